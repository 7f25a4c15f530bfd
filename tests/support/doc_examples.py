"""Run the examples of pages: shell lines with curl, and Dart with a program that uses it.

`examples/` holds what a page needs besides a server; `test_page_examples.py` explains the names.
"""

import os
import re
import shutil
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from support import clean_environment
from support import external_servers
from support import page_steps
from support import processes
from support.variants import Variant

EXAMPLES = Path(__file__).parents[1] / "examples"

USER = {"email": "you@example.com", "password": "your password"}
"""Who the pages say you are."""

SHOWN_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|10\.0\.2\.2):8000")
"""Where the pages say the server is."""

TYPESCRIPT_OPTIONS = [
    *("--strict", "--noUnusedLocals", "--noUnusedParameters", "--erasableSyntaxOnly"),
    *("--lib", "es2023,dom", "--target", "es2022"),
    *("--module", "commonjs", "--moduleResolution", "node10"),  # so that Node finds `./api`
]
"""Those of Vite's templates."""

STRICT_SHELL = """set -euo pipefail
curl() {
    command curl --fail-with-body -sS -w '%{stderr}asked %{method} %{url} %{http_code}\\n' "$@"
}
"""
REQUEST_LINE = re.compile(
    r"^asked (?P<method>\w+) \S+?(?P<path>/api/[^\s?]*)\S* (?P<status>\d+)$", re.M
)
IMPORT = re.compile(r"^import .*;\n", re.M)
PACKAGE = re.compile(r"package:\w+/(\w+\.dart)")


class ServedProject(NamedTuple):
    """A project that is served, a folder for files, and the variables of examples."""

    variant: Variant
    project: Path
    folder: Path
    settings: dict[str, str]

    @property
    def pages(self) -> list[Path]:
        """Return the README and the pages of docs/."""
        return [self.project / "README.md", *sorted((self.project / "docs").glob("*.md"))]

    def real(self, text: str) -> str:
        """Return the text of a page with the address of the test's server."""
        return SHOWN_ADDRESS.sub(self.settings["ADDRESS"], text)


def copy_client(served: ServedProject) -> None:
    """Copy the project's Flutter client; local files replace its packages."""
    for source in (served.project / "flutter" / "lib").iterdir():
        text = PACKAGE.sub(r"\1", source.read_text(encoding="utf-8"))
        (served.folder / source.name).write_text(text, encoding="utf-8")


def write_library(served: ServedProject, blocks: Iterable[str], name: str = "page.dart") -> None:
    """Write the Dart blocks of a page to one file; local files replace packages."""
    text = served.real("\n".join(blocks))
    imports = sorted(set(IMPORT.findall(text)))
    library = PACKAGE.sub(r"\1", "".join(imports)) + IMPORT.sub("", text)
    (served.folder / name).write_text(library, encoding="utf-8")


def prepare_page_program(served: ServedProject, page: Path, library: str = "page.dart") -> Path:
    """Return the program that uses the declarations of a page, from this library."""
    names = [f"{page.stem}_page.{served.variant.auth}.dart", f"{page.stem}_page.dart"]
    for name in names:
        path = served.folder / name
        if path.is_file():
            text = PACKAGE.sub(r"\1", path.read_text(encoding="utf-8"))
            path.write_text(text.replace("'page.dart'", f"'{library}'"), encoding="utf-8")
            return path
    pytest.fail(f"{page.name} has Dart blocks, but there is no examples/{names[-1]} to use them")


def combine_programs(served: ServedProject, programs: Sequence[Path]) -> Path:
    """Write a program that runs these in order, as Dart takes long to start.

    It ends by itself, unless a connection or a timer is left behind.
    """
    imports = [f"import '{path.name}' as one{n};" for n, path in enumerate(programs)]
    calls = [f"  await one{n}.main();" for n in range(len(programs))]
    program = served.folder / "together.dart"
    lines = [*imports, "Future<void> main() async {", *calls, "}"]
    program.write_text("\n".join(lines), encoding="utf-8")
    return program


def run_program(
    served: ServedProject, command: list[str], page: Path, *, error_lines: bool = True
) -> str:
    """Return the output of a program, which must succeed."""
    done = processes.run(
        command,
        cwd=served.folder,
        env=clean_environment.build_environment(**served.settings),
        capture_output=True,
    )
    assert done.returncode == 0, f"{page.name}\n{done.stdout}{done.stderr}"
    return done.stdout + "\n" + done.stderr if error_lines else done.stdout


def log_in_as_admin(served: ServedProject, *, registered: bool) -> None:
    """Create an administrator and log in, unless the variant has no accounts."""
    if served.variant.auth == "none":
        return
    command = [*page_steps.APP, "create-admin", USER["email"]]
    command.append("--promote" if registered else "--password-stdin")
    settings = {"DATABASE_URL": served.settings["DATABASE_URL"]}
    clean_environment.run(command, served.project, USER["password"], **settings)
    form = {"username": USER["email"], "password": USER["password"]}
    tokens = httpx2.post(f"{served.settings['ADDRESS']}/api/v1/auth/token", data=form).json()
    served.settings["TOKEN"] = tokens["access_token"]
    served.settings["REFRESH_TOKEN"] = tokens["refresh_token"]


def require_program(name: str, variable: str = "") -> str:
    """Return the path of a program; without it skip the test or, if servers are required, fail."""
    path = os.environ.get(variable) or shutil.which(name)
    if path is None or shutil.which(path) is None:
        reason = f"no {name}" + (f" on PATH or in {variable}" if variable else " on PATH")
        (pytest.fail if external_servers.servers_required() else pytest.skip)(reason)
    return path
