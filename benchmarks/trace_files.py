"""Write down which files of an app are entered, for `size.py`.

Python imports it at its start as `sitecustomize`, in the server and in each process that the server
starts. `current` beside it is a symbolic link whose target is the name of the running request.
"""

import inspect
import os
import sys
import threading
from pathlib import Path
from types import FrameType

FOLDER = Path(__file__).parent
CURRENT = FOLDER / "current"
APP = os.environ.get("TRACED_APP", "") + os.sep

seen: set[tuple[int, str, str]] = set()


def enter(frame: FrameType, event: str, _argument: object) -> None:
    """Write the file of a function down, once for each process and request."""
    path = frame.f_code.co_filename
    if event != "call" or not path.startswith(APP) or not is_function(frame):
        return
    key = (os.getpid(), str(CURRENT.readlink()), path)
    if key in seen or is_importing(frame):
        return
    seen.add(key)
    with (FOLDER / f"entered-{key[0]}").open("a", encoding="utf-8") as file:
        file.write(f"{key[1]} {path}\n")


def is_function(frame: FrameType) -> bool:
    """Return whether this is a function, and not the body of a module or a class."""
    return bool(frame.f_code.co_flags & inspect.CO_OPTIMIZED)


def is_importing(frame: FrameType | None) -> bool:
    """Return whether the function is called while a module of the app is imported."""
    while frame is not None:
        code = frame.f_code
        if code.co_name == "<module>" and code.co_filename.startswith(APP):
            return frame.f_globals.get("__name__") != "__main__"
        frame = frame.f_back
    return False


if os.sep != APP:
    threading.setprofile(enter)
    sys.setprofile(enter)
