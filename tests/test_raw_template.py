"""The template folder is a working project: it has few guards, and its tests pass on each engine.

`dev.py check` covers its lint, format, types and layers. `test_installed_projects.py` runs all
tests on PostgreSQL, and all but statistics with accounts on MySQL; they are not repeated here.
"""

import re
import sys

import pytest

from support import clean_environment
from support.generation import list_template_files
from support.paths import TEMPLATE

FOLDERS = [
    ("tests/integration", "sqlite"),
    ("tests/kit", "sqlite"),
    ("tests/ai/statistical", "mysql"),
    ("tests/integration/statistical", "mysql"),
    ("tests/integration/statistical_accounts", "mysql"),
    ("tests/ai", "sqlite"),
    ("tests/unit", "sqlite"),  # these know no database
]
LISTS_OF_FEATURES = {
    "app/api/middleware.py",
    "app/api/v1/router.py",
    "app/cli.py",
    "app/core/config/settings.py",
    "app/main.py",
    "app/models/__init__.py",
}
"""Files with a line or two for each feature; all others have fewer guards."""
MAX_GUARDS = 105
MAX_GUARDS_IN_FILE = 3
GUARD = re.compile(r"# %if \w+$", re.MULTILINE)
GUARDED_IMPORT = re.compile(r"^(?:from \S+ )?import (?!(\w+) as \1\b).*# %if \w+$", re.MULTILINE)
TEST_FILE = re.compile(r"(?:.*/)?test_\w+\.py")


@pytest.mark.parametrize(("folder", "engine"), FOLDERS)
def test_its_own_tests_pass(folder: str, engine: str) -> None:
    command = [sys.executable, "-m", "pytest", folder]
    clean_environment.run_backend_tests(command, TEMPLATE, engine)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_they_pass_in_several_processes_at_once(engine: str) -> None:
    files = [f"tests/integration/test_{name}.py" for name in ("items", "items_pages")]
    files.append("tests/kit/test_database.py")
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *files]
    clean_environment.run_backend_tests(command, TEMPLATE, engine)


def test_the_list_of_tests_is_complete() -> None:
    folders = tuple(f"{folder}/" for folder, _ in FOLDERS)
    files = [name for name in list_template_files() if TEST_FILE.fullmatch(name)]
    assert files
    assert [name for name in files if not name.startswith(folders)] == []


def test_the_code_has_few_guards() -> None:
    guards = {path: len(GUARD.findall(text)) for path, text in read_modules("app/").items()}
    assert 0 < sum(guards.values()) <= MAX_GUARDS
    crowded = {path for path, count in guards.items() if count > MAX_GUARDS_IN_FILE}
    assert crowded <= LISTS_OF_FEATURES


def test_only_imports_for_other_modules_have_guards() -> None:
    modules = read_modules("")
    assert [path for path, text in modules.items() if GUARDED_IMPORT.search(text)] == []


def read_modules(folder: str) -> dict[str, str]:
    """Map each Python file of a folder in the template to its text."""
    paths = [name for name in list_template_files() if name.endswith(".py")]
    return {
        path: (TEMPLATE / path).read_text(encoding="utf-8")
        for path in paths
        if path.startswith(folder)
    }
