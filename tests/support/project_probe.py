"""A program that runs in the folder of a generated project and tells what is in it.

    python project_probe.py RESULTS DATABASE_URL < hidden.json

It sees no module that is hidden, so that what the project did not ask for is missing though it is
installed; only for the migrations it sees them all, since those go to SQLite in every project, as
its tests do. Each stage gives what it has found or the traceback of what stopped it. Everything is
done in one process, since most of the time of each would go to the same imports.
"""

import contextlib
import importlib
import io
import json
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

HIDDEN: set[str] = set()


class HidingFinder(PathFinder):
    """Finds installed modules, except hidden ones."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the location of a module that is not hidden."""
        hidden = fullname.partition(".")[0] in HIDDEN
        return None if hidden else super().find_spec(fullname, path, target)


def main() -> None:
    """Run all stages."""
    results, url = sys.argv[1:]
    HIDDEN.update(json.load(sys.stdin))
    sys.path[0] = str(Path.cwd())
    sys.meta_path[sys.meta_path.index(PathFinder)] = HidingFinder
    reports = {stage.__name__: run_stage(stage) for stage in (imports, openapi, commands)}
    HIDDEN.clear()
    os.environ["DATABASE_URL"] = url
    reports["migrations"] = run_stage(migrations)
    Path(results).write_text(json.dumps(reports), encoding="utf-8")


def run_stage(stage: Callable[[], Any]) -> dict[str, Any]:
    """Return the result of a stage, or the traceback of its error."""
    try:
        return {"found": stage()}
    except BaseException:  # noqa: BLE001 - a command may leave, too
        return {"trouble": traceback.format_exc()}


def imports() -> None:
    """Import every module of the application."""
    import app

    for module in pkgutil.walk_packages(app.__path__, "app."):
        if not module.name.startswith("app.db.migrations."):  # Alembic runs those in its context
            importlib.import_module(module.name)


def openapi() -> Any:
    """Return the OpenAPI document."""
    return json.loads(run_app("export-openapi"))


def run_app(*words: str) -> str:
    """Return the output of a command of the project."""
    from app.cli import main as app

    with contextlib.redirect_stdout(io.StringIO()) as output:
        app(words, standalone_mode=False)
    return output.getvalue()


def commands() -> dict[str, list[str]]:
    """Map each command of the project to its options and those of its subcommands."""
    from app.cli import main as app

    return {name: list_options(command) for name, command in app.commands.items()}


def list_options(command: Any) -> list[str]:
    """Return the options of a command of click and of its subcommands."""
    own = [option for parameter in command.params for option in parameter.opts]
    below = getattr(command, "commands", {}).values()
    return [*own, *(option for each in below for option in list_options(each))]


def migrations() -> None:
    """Create every table by migrations, and compare the tables with the models."""
    from alembic import command
    from alembic.config import Config

    run_app("migrate")
    command.check(Config(toml_file="pyproject.toml", stdout=io.StringIO()))


if __name__ == "__main__":
    main()
