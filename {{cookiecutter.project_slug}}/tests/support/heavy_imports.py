"""Large libraries: the application starts without them, and only one is imported at a time."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from app.kit.import_guard import IMPORT_GUARD
from app.kit.project_metadata import ROOT

PROGRAM = """
import json, sys
from app.main import create_app
create_app()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""


def read_startup_imports() -> set[str]:
    """Return the names of all packages that the application imports when it starts."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, check=True, encoding="utf-8"
    )
    loaded = set(json.loads(done.stdout))
    assert "app" in loaded
    return loaded


def assert_waits_for_imports(load: Callable[[], object]) -> None:
    """Assert that ``load``, which may fail, waits while a library is imported."""
    finished = threading.Event()

    def run() -> None:
        with suppress(Exception):
            load()
        finished.set()

    thread = threading.Thread(target=run)
    with IMPORT_GUARD:
        thread.start()
        assert not finished.wait(0.5)
    thread.join()
    assert finished.is_set()
