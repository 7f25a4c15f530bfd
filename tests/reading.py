"""Somebody who reads a page of docs/ and does what it says, in a generated project of their own.

Steps are those of `steps.py`. Shell blocks run in one shell for the whole page, in which `uv run`
means the tools of this repository; `uv run app serve` starts the server, or starts it again. What
is shown in other languages is for the eye, but for Dart, which `test_docs.py` has compiled.
"""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import serving
import showing
import steps
import support

SHELL = (
    showing.STRICT
    + """set -a
if [[ -e $VARIABLES ]]; then . "$VARIABLES"; fi
uv() {
    [[ $1 == run ]] || { echo "uv $1 needs a network" >&2; return 1; }
    case $2 in
        app) "$PYTHON" -c "from app.cli import main; main()" "${@:3}" ;;
        python) "$PYTHON" "${@:3}" ;;
        *) "${PYTHON%/*}/$2" "${@:3}" ;;
    esac
}
"""
)
KEEP = '\ndeclare -p | grep -E "^declare -x [A-Z_]+=" | grep -v " PATH=" > "$VARIABLES"'
SERVE = "uv run app serve"
FOLLOWED = {f"recipes/{name}.md" for name in ("back-up", "rotate-secrets", "switch-database")}
"""Pages that `test_recipes.py` has followed, since it looks at what comes of them."""

FOR_THE_EYE = ("", "text", "json", "dart", "ini", "toml", "console")
"""Nothing of these can be run here but Dart, which `test_docs.py` gathers."""


class Reader:
    """Reads pages. The server runs until it is stopped, by the end of the block at the latest."""

    def __init__(self, project: Path, folder: Path) -> None:
        """Work in this copy of a project; keep logs and variables in ``folder``."""
        self.project = project
        self.settings: dict[str, str] = {}
        self.address = ""
        self.printed = ""
        self._folder = folder
        self._server = ExitStack()

    def __enter__(self) -> Self:
        """Nothing is started before a page asks for it."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop the server."""
        self.stop()

    def read(self, text: str) -> list[str]:
        """Do all that a text says; the paths of the files that were made."""
        plays = {"sh": self._shell, **dict.fromkeys(FOR_THE_EYE, lambda _text: None)}
        return steps.walk(self.project, text, plays)

    def serve(self, command: str = SERVE) -> None:
        """Start the server, and stop the one that runs."""
        self.stop()
        arguments = shlex.split(command.removeprefix(SERVE))
        server = serving.serving(
            [*steps.APP, "serve", *arguments], self.project, self._folder, **self.settings
        )
        self.address = self._server.enter_context(server)

    def stop(self) -> None:
        """Stop the server, if it runs."""
        self._server.close()

    def _shell(self, text: str) -> None:
        if text.startswith(SERVE):
            self.serve(text.strip())
            return
        if "curl" in text:
            assert self.address, f"nobody serves yet\n{text}"
            text = showing.SHOWN.sub(self.address, text)
        self.printed = support.run(
            [showing.program("bash"), "-c", SHELL + text + KEEP],
            self.project,
            PYTHON=sys.executable,
            PYTHONPATH=str(self.project),
            VARIABLES=str(self._folder / "variables"),
            MYPY_CACHE_DIR=str(support.mypy_cache()),
            **self.settings,
        )
