"""The commands of daily work on this template.

It builds the environment `.venv` and calls the tools in it, with nothing but the standard library,
so that a fresh clone needs no other step. What is tested stands in `tests/`, not here.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whatever python3 is reads this line
    sys.exit("dev.py needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info))

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
DEMO = ROOT / "demo"
BAKED = ROOT / "baked"
VENV = ROOT / ".venv"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
PYTHON = str(VENV / SCRIPTS / ("python.exe" if os.name == "nt" else "python"))
CACHE = VENV / "cache"
REPORT = CACHE / "report.xml"
VARIANT = re.compile(r"\[([a-z]+-(?:jwt|none)(?:-ai_\w+)*)")

NO_VENV = """This Python cannot make virtual environments: its module ensurepip is missing.
Install it (on Debian and Ubuntu: sudo apt install python3-venv), or install uv, and try again."""

COMMANDS = ("demo", "test", "check", "fix", "bake")
HELP = """commands:
  demo    generate the default project into demo/ and serve it until Ctrl-C
  test    run every check and test; with arguments, only pytest, with them
  check   lint, format and types, of this repository and of the template folder
  fix     let the linter and the formatter mend what they can
  bake    generate a project into a new folder under baked/, with answers as KEY=VALUE

examples:
  python3 dev.py test -- tests/test_variants.py -k mysql
  python3 dev.py bake -- database=postgresql auth=none

The tests find their servers by TEST_POSTGRESQL_URL, TEST_MYSQL_URL and TEST_REDIS_URL, by default
on this machine, and Dart by TEST_DART or on PATH. Without one of these its tests are skipped or,
with REQUIRE_SERVERS=1, fail."""


class Step(NamedTuple):
    """One line of the table that `test` and `check` end with."""

    name: str
    command: list[str]
    folder: Path = ROOT
    alone: bool = False
    """Whether it runs by itself, and prints meanwhile; the others run side by side."""


def main() -> int:
    """Read the command line and run one command."""
    words = [*sys.argv[1:], "--"]
    arguments = words[words.index("--") + 1 : -1]  # what stands after it is not ours to read
    parser = argparse.ArgumentParser(
        usage="python3 dev.py COMMAND [-- ARGUMENTS]",
        description="The commands of daily work on this template.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    command = parser.parse_args(words[: words.index("--")]).command
    if arguments and command not in ("test", "bake"):
        parser.error(f"`{command}` takes no arguments")
    try:
        return run(command, arguments)
    except KeyboardInterrupt:
        return 130


def run(command: str, arguments: list[str]) -> int:
    """Make the environment that the command needs, then run it."""
    os.chdir(ROOT)
    os.environ.update(wheels_of_this_machine())
    environment("bake" if command in ("demo", "bake") else "dev")
    # A cache in the template folder would be generated with everything else.
    os.environ["RUFF_CACHE_DIR"] = str(CACHE / "ruff")
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "python")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # which would compile all of it at every start
    if command == "demo":
        return demo()
    if command == "bake":
        return bake(arguments)
    REPORT.unlink(missing_ok=True)
    if arguments:
        return run_steps([Step("tests", pytest(*arguments), alone=True)])
    return run_steps({"fix": fixes, "check": checks, "test": tests}[command]())


# The environment


def environment(group: str) -> None:
    """Bring `.venv` to what pyproject.toml asks for; nothing to do when it did not change."""
    stamp, needed = VENV / "dev.stamp", fingerprint()
    present = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
    if present in (f"{group} {needed}", f"dev {needed}") and works(PYTHON):
        return
    say(f"Preparing .venv for `{group}`, once …")
    uv = virtual_environment()
    command = [*uv, "pip", "install", "--python", PYTHON, "--quiet", "--group", group]
    if group == "dev":  # the template folder is a project too, with needs of its own
        needs = str(TEMPLATE / "pyproject.toml")
        command += ["--exact", "--requirements", needs, "--group", f"{needs}:dev"]
    must(command, "The environment could not be installed; see above.")
    stamp.write_text(f"{group} {needed}", encoding="utf-8")


def virtual_environment() -> list[str]:
    """Make `.venv` unless it is there, and return the command of the uv inside it."""
    own_uv = [PYTHON, "-m", "uv"]
    found = shutil.which("uv")
    if not works(PYTHON):
        if found:
            make = [found, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)]
        elif importlib.util.find_spec("ensurepip"):
            make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
        else:
            sys.exit(NO_VENV)
        must(make, "The environment could not be made; see above.")
    if not works(*own_uv):
        if found:
            install = [found, "pip", "install", "--quiet", "--python", PYTHON, "uv"]
        else:
            install = [PYTHON, "-m", "pip", "install", "--quiet", "uv"]
        must(install, "uv could not be installed into .venv; see above.")
    return own_uv


def wheels_of_this_machine() -> dict[str, str]:
    """Variables that let uv find PyTorch where this machine's pip does.

    Without such a folder it comes from the index that the template's pyproject.toml names, which
    not every machine can reach.
    """
    if "UV_FIND_LINKS" in os.environ:
        return {}
    command = [sys.executable, "-m", "pip", "config", "list"]
    lines = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout
    named = re.findall(r"(?m)^\S+\.find-links='(.*)'$", lines)
    folders = [folder for each in named for folder in each.split()]
    found = [folder for folder in folders if any(Path(folder).glob("torch-*.whl"))]
    return {"UV_FIND_LINKS": found[0], "UV_NO_SOURCES": "1"} if found else {}


def fingerprint() -> str:
    """Change whenever the environment has to."""
    projects = (ROOT / "pyproject.toml", TEMPLATE / "pyproject.toml")
    return hashlib.sha256(b"".join(path.read_bytes() for path in projects)).hexdigest()


def works(*command: str) -> bool:
    """Whether this program is there and runs."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def must(command: list[str], sentence: str) -> None:
    """Run a command that nothing can go on without."""
    if subprocess.call(command):
        sys.exit(sentence)


# Generating and serving


def demo() -> int:
    """Serve the default project; it is generated the first time only."""
    project = generated(DEMO)
    if project:
        say(f"Using {project.relative_to(ROOT)} (delete it to have it generated anew).")
    else:
        project = generate(DEMO, ["--overwrite-if-exists"])
    app = project / ".venv" / SCRIPTS / ("app.exe" if os.name == "nt" else "app")
    if not app.is_file():
        must([PYTHON, "-m", "uv", "sync", "--project", str(project)], "Its packages are missing.")
    return serve([str(app), "serve"], project)


def bake(answers: list[str]) -> int:
    """Generate a project into a folder of its own, so that earlier ones stay."""
    BAKED.mkdir(exist_ok=True)
    say(f"Generated: {generate(Path(tempfile.mkdtemp(prefix='', dir=BAKED)), answers)}")
    return 0


def generate(folder: Path, arguments: list[str]) -> Path:
    """Answer every question with its default or as the arguments say; return the new project."""
    command = [PYTHON, "-m", "cookiecutter", str(ROOT), "--no-input", "-o", str(folder)]
    must(command + arguments, "The project was not generated; see above.")
    return generated(folder) or sys.exit(f"Nothing was generated in {folder}.")


def generated(folder: Path) -> Path | None:
    """The project in this folder, if one was generated."""
    return next((path.parent for path in folder.glob("*/.cookiecutter.json")), None)


def serve(command: list[str], project: Path) -> int:
    """Run the server until it ends or Ctrl-C is pressed."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([*command, "--port", str(port)], cwd=project)
    try:
        if wait_until_ready(server, f"{address}/health/ready"):
            say(f"\nTry it: {address}/docs   (Ctrl-C stops it)\n")
            return server.wait()
        sys.exit("The server did not start; see above.")
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def free_port(preferred: int = 8000) -> int:
    """The usual port, or any other if that one is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            if os.name != "nt":  # there, this option would share a port that is taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    sys.exit("No free port was found on 127.0.0.1.")


def wait_until_ready(server: subprocess.Popen[bytes], url: str, seconds: float = 60) -> bool:
    """Ask until the server answers, it ends, or the time is up."""
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - an address of our own
                return True
        except OSError:
            time.sleep(0.1)
    return False


# Checking and testing


def tool(name: str, *arguments: str) -> list[str]:
    """The command of a tool that lives in `.venv`."""
    return [shutil.which(name, path=VENV / SCRIPTS) or name, *arguments]


def checks() -> list[Step]:
    """What needs no generated project. Ruff finds the template folder's own settings by itself."""
    mypy = tool("mypy", "--cache-dir")
    return [
        Step("lint", tool("ruff", "check")),
        Step("format", tool("ruff", "format", "--check")),
        Step("types", [*mypy, str(CACHE / "mypy")]),
        Step("types of the template", [*mypy, str(CACHE / "mypy-template")], TEMPLATE),
        Step("layers of the template", tool("lint-imports", "--no-cache"), TEMPLATE),
        Step("documentation", tool("properdocs", "build")),
    ]


def fixes() -> list[Step]:
    """What mends itself."""
    lint, layout = tool("ruff", "check", "--fix"), tool("ruff", "format")
    return [Step("lint", lint, alone=True), Step("format", layout, alone=True)]


def tests() -> list[Step]:
    """The checks, then all tests: each processor takes the next one when it is done with one."""
    parallel = ["-n", "auto", "--dist", "load", "--maxschedchunk", "1"]
    return [*checks(), Step("tests", pytest(*parallel, "-v"), alone=True)]


def pytest(*arguments: str) -> list[str]:
    """The command of pytest, which leaves a report for the tables."""
    return tool("pytest", f"--junitxml={REPORT}", *arguments)


def run_steps(steps: list[Step]) -> int:
    """Run every step, whatever the earlier ones gave, and end with a table."""
    rows, failed, began = [], 0, time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        begun = [None if step.alone else pool.submit(run_step, step) for step in steps]
        for number, (step, running) in enumerate(zip(steps, begun, strict=True), 1):
            say(f"\n[{number}/{len(steps)}] {step.name}")
            output, code, seconds = running.result() if running else run_step(step)
            say(output)
            failed += code != 0
            rows.append((step.name, seconds, "FAILED" if code else "passed"))
    rows.append(("all", time.monotonic() - began, f"{failed} FAILED" if failed else "passed"))
    if REPORT.is_file():
        say("\n".join(["", *tables()]))
    say("\n".join(["", *(f"{name:<26} {spent:6.1f} s  {result}" for name, spent, result in rows)]))
    return 1 if failed else 0


def run_step(step: Step) -> tuple[str, int, float]:
    """What a step printed that does not run alone, how it ended, and its seconds."""
    start = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=step.folder,
        stdout=None if step.alone else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout or "", done.returncode, time.monotonic() - start


def tables() -> list[str]:
    """What the report tells, unless pytest was stopped while it wrote it."""
    try:
        return [*by_file(), "", *by_variant()]
    except ElementTree.ParseError:
        return ["pytest was stopped before it had written its report."]


def by_file() -> list[str]:
    """A line for each file of tests."""
    return lines_of({case: case.get("classname", "") for case in test_cases()})


def by_variant() -> list[str]:
    """A line for each variant that was tested, with what its tests covered."""
    variants = {case: variant_of(case.get("name", "")) for case in test_cases()}
    return lines_of({case: name for case, name in variants.items() if name}, "property")


def variant_of(test: str) -> str:
    """The variant that stands in the name of a test; empty if there is none."""
    found = VARIANT.search(test)
    return found[1] if found else ""


def test_cases() -> Iterator[ElementTree.Element]:
    """What the report says of each test."""
    return ElementTree.parse(REPORT).iter("testcase")  # noqa: S314 - a file of our own


def lines_of(names: dict[ElementTree.Element, str], noted: str = "nothing") -> list[str]:
    """A line for each name: its tests, their seconds, and what is noted of them."""
    lines = []
    for name in dict.fromkeys(names.values()):
        cases = [case for case, its in names.items() if its == name]
        seconds = sum(float(case.get("time", 0)) for case in cases)
        notes = [note.get("value", "") for case in cases for note in case.iter(noted)]
        failed = [each for case in cases for tag in ("failure", "error") for each in case.iter(tag)]
        notes += [f"{len(failed)} FAILED"] if failed else []
        lines.append(f"{name:<60} {len(cases):4} tests {seconds:7.1f} s  {', '.join(notes)}")
    return lines


def say(text: str) -> None:
    """Print at once, in its place between what the tools print."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
