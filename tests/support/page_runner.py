"""Do what a page of docs/ says, in a copy of a generated project.

Steps have the forms that `page_steps.py` lists. All shell blocks of a page run in one shell, in
which `uv run` means the tools of this repository; `uv run app serve` starts or restarts the server.
Blocks in other languages are not run; Dart and TypeScript have tests of their own.
"""

import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from support import app_server
from support import clean_environment
from support import doc_examples
from support import external_servers
from support import page_steps

SHELL = (
    doc_examples.STRICT_SHELL
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
SAVE_VARIABLES = '\ndeclare -p | grep -E "^declare -x [A-Z_]+=" | grep -v " PATH=" > "$VARIABLES"'
SERVE = "uv run app serve"
PAGES_WITH_OWN_TEST = {
    f"recipes/{name}.md" for name in ("back-up", "rotate-secrets", "switch-database")
}
PAGES_WITH_OWN_TEST |= {"to-the-internet.md"}
"""Pages that have a test of their own, which checks the results, too."""

NOT_RUN_LANGUAGES = ("", "text", "json", "dart", "ts", "ini", "toml", "console")
"""Nothing of these can be run here; Dart and TypeScript have tests of their own."""


class PageRunner:
    """Runs pages. Its server runs until it is stopped, or until the block ends."""

    def __init__(self, project: Path, folder: Path) -> None:
        """Work in this copy of a project; keep logs and variables in ``folder``."""
        self.project = project
        self.settings: dict[str, str] = {}
        self.address = ""
        self.printed = ""
        self._folder = folder
        self._server = ExitStack()

    def __enter__(self) -> Self:
        """Start nothing yet; a page starts the server."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop the server."""
        self.stop()

    def read(self, text: str) -> list[str]:
        """Run a page, and return the paths of the files that were made."""
        plays = {"sh": self._shell, **dict.fromkeys(NOT_RUN_LANGUAGES, lambda _text: None)}
        return page_steps.run_steps(self.project, text, plays)

    def serve(self, command: str = SERVE) -> None:
        """Start the server, after stopping the one that runs."""
        self.stop()
        arguments = shlex.split(command.removeprefix(SERVE))
        server = app_server.run_server(
            [*page_steps.APP, "serve", *arguments], self.project, self._folder, **self.settings
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
            text = doc_examples.SHOWN_ADDRESS.sub(self.address, text)
        self.printed = clean_environment.run(
            [doc_examples.require_program("bash"), "-c", SHELL + text + SAVE_VARIABLES],
            self.project,
            PYTHON=sys.executable,
            PYTHONPATH=str(self.project),
            VARIABLES=str(self._folder / "variables"),
            MYPY_CACHE_DIR=str(clean_environment.mypy_cache()),
            **self.settings,
        )


def check_lint_and_format(project: Path) -> None:
    """Run the linter and the formatter of a project."""
    for command in ("uv run ruff check", "uv run ruff format --check"):
        page_steps.run_uninstalled(project, command)


def check_migrations(project: Path, folder: Path) -> None:
    """Migrate an empty database of every engine, and compare the tables with the models."""
    for engine in ("sqlite", "postgresql", "mysql"):
        with external_servers.scratch_database(engine, folder) as url:
            clean_environment.run([*page_steps.APP, "migrate"], project, DATABASE_URL=url)
            clean_environment.run(
                [sys.executable, "-m", "alembic", "check"], project, DATABASE_URL=url
            )
