"""Running what pages show: shell lines with curl, and Dart blocks with a program that uses them.

What a page needs beyond a server stands in `examples/`; `test_examples.py` says under which name.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

import steps
import support
from support import Variant

EXAMPLES = Path(__file__).with_name("examples")

SOMEBODY = {"email": "you@example.com", "password": "your password"}
"""Who the pages say you are."""

SHOWN = re.compile(r"http://(?:127\.0\.0\.1|10\.0\.2\.2):8000")
"""Where the pages say the server is."""

STRICT = """set -euo pipefail
curl() {
    command curl --fail-with-body -sS -w '%{stderr}asked %{method} %{url} %{http_code}\\n' "$@"
}
"""
ASKED = re.compile(r"^asked (?P<method>\w+) \S+?(?P<path>/api/[^\s?]*)\S* (?P<status>\d+)$", re.M)
IMPORT = re.compile(r"^import .*;\n", re.M)
PACKAGE = re.compile(r"package:\w+/(\w+\.dart)")


class Served(NamedTuple):
    """A project that is served, a folder to work in, and what examples may know."""

    variant: Variant
    project: Path
    folder: Path
    settings: dict[str, str]

    @property
    def pages(self) -> list[Path]:
        """Everything that people read, the README first."""
        return [self.project / "README.md", *sorted((self.project / "docs").glob("*.md"))]

    def real(self, text: str) -> str:
        """The text of a page with the server where it really is."""
        return SHOWN.sub(self.settings["ADDRESS"], text)


def write_library(served: Served, blocks: Iterable[str], name: str = "page.dart") -> None:
    """Put the Dart blocks of a page together in one file, with our packages for theirs."""
    text = served.real("\n".join(blocks))
    imports = sorted(set(IMPORT.findall(text)))
    library = PACKAGE.sub(r"\1", "".join(imports)) + IMPORT.sub("", text)
    (served.folder / name).write_text(library, encoding="utf-8")


def driver(served: Served, page: Path, library: str = "page.dart") -> Path:
    """The program that uses what the page declares, which stands in this library."""
    names = [f"{page.stem}.{served.variant.auth}.dart", f"{page.stem}.dart"]
    for name in names:
        path = served.folder / name
        if path.is_file():
            text = PACKAGE.sub(r"\1", path.read_text(encoding="utf-8"))
            path.write_text(text.replace("'page.dart'", f"'{library}'"), encoding="utf-8")
            return path
    pytest.fail(f"{page.name} has Dart blocks, but there is no examples/{names[-1]} to use them")


def together(served: Served, programs: Sequence[Path]) -> Path:
    """A program that runs these in their order: Dart takes long to begin, and no longer for all."""
    imports = [f"import '{path.name}' as one{n};" for n, path in enumerate(programs)]
    calls = [f"  await one{n}.main();" for n in range(len(programs))]
    program = served.folder / "together.dart"
    lines = [*imports, "Future<void> main() async {", *calls, "}"]
    program.write_text("\n".join(lines), encoding="utf-8")
    return program


def run(served: Served, command: list[str], page: Path, *, error_lines: bool = True) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=served.folder,
        env=support.environment(**served.settings),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{page.name}\n{done.stdout}{done.stderr}"
    return done.stdout + "\n" + done.stderr if error_lines else done.stdout


def enter(served: Served, *, registered: bool) -> None:
    """Where there are accounts, let the reader of the pages be an administrator, and log in."""
    if served.variant.auth == "none":
        return
    command = [*steps.APP, "create-admin", SOMEBODY["email"]]
    command.append("--promote" if registered else "--password-stdin")
    settings = {"DATABASE_URL": served.settings["DATABASE_URL"]}
    support.run(command, served.project, SOMEBODY["password"], **settings)
    form = {"username": SOMEBODY["email"], "password": SOMEBODY["password"]}
    tokens = httpx2.post(f"{served.settings['ADDRESS']}/api/v1/auth/token", data=form).json()
    served.settings["TOKEN"] = tokens["access_token"]


def program(name: str, variable: str = "") -> str:
    """Where a program is; without it the test is skipped or, where servers are required, fails."""
    path = os.environ.get(variable) or shutil.which(name)
    if path is None or shutil.which(path) is None:
        reason = f"no {name}" + (f" on PATH or in {variable}" if variable else " on PATH")
        (pytest.fail if support.servers_required() else pytest.skip)(reason)
    return path
