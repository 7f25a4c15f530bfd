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
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import sessions
import template_answers

ROOT = Path(__file__).resolve().parent
TEMPLATE = ROOT / "{{cookiecutter.project_slug}}"
DEMO = ROOT / "demo"
BAKED = ROOT / "baked"
DEMO_ANSWERS = ("ai_llm=yes", "ai_statistical=yes")
VENV = ROOT / ".venv"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
PYTHON = str(VENV / SCRIPTS / ("python.exe" if os.name == "nt" else "python"))
CACHE = VENV / "cache"
BY_PROJECT = ("loadscope", "--no-loadscope-reorder")
"""How tests are distributed, by the scheduler in `tests/conftest.py`."""

QUICK_TEMPLATE_TESTS = [
    "tests/unit",
    "tests/integration/accounts/test_logging_in.py",
    "tests/integration/test_items.py",
    "tests/kit/test_openapi.py",
]
QUICK_VARIANTS = [
    "sqlite-jwt-ai_llm-ai_statistical",
    "postgresql-none",
    "mysql-jwt-ai_custom_models",
]
"""What `test --quick` runs beside the checks."""

SCHEMA_TESTS = "tests/test_schema_fuzzing.py"

NO_VENV = """This Python cannot make virtual environments: its module ensurepip is missing.
Install it (on Debian and Ubuntu: sudo apt install python3-venv), or install uv, and try again."""

COMMANDS = ("demo", "test", "check", "fix", "bake")
HELP = """commands:
  demo    generate a project with chat and statistics into demo/ and serve it until Ctrl-C
  test    run every check and test; with arguments, only pytest, with them;
          with --quick, the checks, a part of the template's own tests on SQLite, and 3 variants
  check   lint, format and types, of this repository and of the template folder
  fix     let the linter and the formatter mend what they can
  bake    generate a project into a new folder under baked/, with answers as KEY=VALUE

examples:
  python3 dev.py test --quick
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
        usage="python3 dev.py COMMAND [--quick] [-- ARGUMENTS]",
        description="The commands of daily work on this template.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("--quick", action="store_true", help="a part of `test`: see below")
    options = parser.parse_args(words[: words.index("--")])
    command = options.command
    if arguments and command not in ("test", "bake"):
        parser.error(f"`{command}` takes no arguments")
    if options.quick and (command != "test" or arguments):
        parser.error("--quick is for `test` without arguments")
    for name in ("SIGTERM", "SIGHUP"):  # the second one comes from a terminal that is closed
        stop = getattr(signal, name, None)
        if stop and signal.getsignal(stop) is signal.SIG_DFL:
            signal.signal(stop, signal.default_int_handler)
    try:
        return run("quick" if options.quick else command, arguments)
    except KeyboardInterrupt:
        return 130


def run(command: str, arguments: list[str]) -> int:
    """Prepare the environment that the command needs, then run the command."""
    os.chdir(ROOT)
    environment("bake" if command in ("demo", "bake") else "dev")
    # A cache in the template folder would be generated with everything else.
    os.environ["RUFF_CACHE_DIR"] = str(CACHE / "ruff")
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE / "python")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # which would compile all of it at every start
    if command == "demo":
        return demo()
    if command == "bake":
        return bake(arguments)
    if arguments:
        return run_steps([Step("tests", tool("pytest", *arguments), alone=True)])
    steps = {"fix": fixes, "check": checks, "test": tests, "quick": quick_tests}
    return run_steps(steps[command]())


# The environment


def environment(group: str) -> None:
    """Install into `.venv` what pyproject.toml requires; do nothing if it is up to date."""
    stamp, needed = VENV / "dev.stamp", fingerprint()
    present = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
    if present in (f"{group} {needed}", f"dev {needed}") and works(PYTHON):
        return
    duration = "some minutes" if group == "dev" else "about a minute"
    say(f"Preparing .venv (only the first time, {duration}) ...")
    uv = virtual_environment()
    command = [*uv, "pip", "install", "--python", PYTHON, "--quiet", "--group", group]
    if group == "dev":  # the template folder is a project too, with needs of its own
        needs = str(TEMPLATE / "pyproject.toml")
        command += ["--exact", "--requirements", needs, "--group", f"{needs}:dev"]
    must(command, "The environment could not be installed; see above.")
    stamp.write_text(f"{group} {needed}", encoding="utf-8")


def virtual_environment() -> list[str]:
    """Create `.venv` if necessary, and return the command of the uv inside it."""
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


def fingerprint() -> str:
    """Return a hash that changes whenever the environment has to be updated."""
    projects = (ROOT / "pyproject.toml", TEMPLATE / "pyproject.toml")
    return hashlib.sha256(b"".join(path.read_bytes() for path in projects)).hexdigest()


def works(*command: str) -> bool:
    """Return whether this program exists and runs."""
    try:
        done = subprocess.run([*command, "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def must(command: list[str], sentence: str) -> None:
    """Run a command, and exit if it fails."""
    if subprocess.call(command):
        sys.exit(sentence)


# Generating and serving


def demo() -> int:
    """Serve a project with most features; generate it the first time only."""
    project = generated(DEMO)
    if project:
        say(f"Using {project.relative_to(ROOT)} (delete it to generate it again).")
    else:
        os.environ["TEMPLATE_SKIP_NEXT_STEPS"] = "1"
        try:
            project = generate(DEMO, ["--overwrite-if-exists", *DEMO_ANSWERS])
        except BaseException:  # the next call would take half a project for a whole one
            shutil.rmtree(DEMO, ignore_errors=True)
            raise
    app = project / ".venv" / SCRIPTS / ("app.exe" if os.name == "nt" else "app")
    if not app.is_file():
        must([PYTHON, "-m", "uv", "sync", "--project", str(project)], "Its packages are missing.")
    return serve([str(app), "serve"], project)


def bake(answers: list[str]) -> int:
    """Generate a project into a new folder, so that earlier ones are kept."""
    refuse_unknown_choices(answers)
    BAKED.mkdir(exist_ok=True)
    say(f"Generated: {generate(Path(tempfile.mkdtemp(prefix='', dir=BAKED)), answers)}")
    return 0


def refuse_unknown_choices(answers: list[str]) -> None:
    """Exit with an error for a wrong answer; Cookiecutter would show a traceback."""
    questions = json.loads((ROOT / "cookiecutter.json").read_text(encoding="utf-8"))
    offered = template_answers.read_choices(questions)
    for answer in answers:
        key, _, choice = answer.partition("=")
        if key in offered and choice not in offered[key]:
            sys.exit(template_answers.validate_choice(key, choice, offered[key]))


def generate(folder: Path, arguments: list[str]) -> Path:
    """Generate a project from these answers and the defaults; return its folder."""
    command = [PYTHON, "-m", "cookiecutter", str(ROOT), "--no-input", "-o", str(folder)]
    must(command + arguments, "The project was not generated; see above.")
    return generated(folder) or sys.exit(f"Nothing was generated in {folder}.")


def generated(folder: Path) -> Path | None:
    """Return the project in this folder, if there is one."""
    return next((path.parent for path in folder.glob("*/.cookiecutter.json")), None)


def serve(command: list[str], project: Path) -> int:
    """Run the server until it ends or Ctrl-C is pressed."""
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
    """Return the preferred port or, if it is in use, any other."""
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
    """Return whether the server becomes ready before it exits or the time-out passes."""
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
    """Return the command of a tool in `.venv`."""
    return [shutil.which(name, path=VENV / SCRIPTS) or name, *arguments]


def checks() -> list[Step]:
    """Return the checks that need no generated project; Ruff finds the settings of each folder."""
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
    """Return the steps that fix lint and format."""
    lint, layout = tool("ruff", "check", "--fix"), tool("ruff", "format")
    return [Step("lint", lint, alone=True), Step("format", layout, alone=True)]


def tests() -> list[Step]:
    """Return the checks and all tests.

    Those of the schema share one name, by which xdist tells tests apart: it would run one of them.
    """
    schema = Step("tests of the schema", tool("pytest", SCHEMA_TESTS), alone=True)
    others = tool("pytest", *in_parallel(*BY_PROJECT), "-v", f"--ignore={SCHEMA_TESTS}")
    return [*checks(), schema, Step("tests", others, alone=True)]


def quick_tests() -> list[Step]:
    """Return the checks, and a selection of tests that needs few minutes and no server."""
    os.environ.pop("TEST_DATABASE_URL", None)  # which would choose another engine than SQLite
    own = tool("pytest", *in_parallel("load"), "-p", "no:cacheprovider", *QUICK_TEMPLATE_TESTS)
    named = " or ".join(f"[{name}]" for name in QUICK_VARIANTS)
    variants = tool("pytest", *in_parallel(*BY_PROJECT), "tests/test_variants.py", "-k", named)
    return [
        *checks(),
        Step("tests of the template", own, TEMPLATE, alone=True),
        Step("variants", variants, alone=True),
    ]


def in_parallel(*distribution: str) -> list[str]:
    """Return options for three workers per two CPUs, as tests wait a third of their time."""
    workers = str((os.cpu_count() or 1) * 3 // 2)
    return ["-n", workers, "--dist", *distribution]


def run_steps(steps: list[Step]) -> int:
    """Run all steps, even after a failure, and print a table of them at the end."""
    rows, failed, began = [], 0, time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        begun = [None if step.alone else pool.submit(run_step, step) for step in steps]
        try:
            for number, (step, running) in enumerate(zip(steps, begun, strict=True), 1):
                say(f"\n[{number}/{len(steps)}] {step.name}")
                output, code, seconds = running.result() if running else run_step(step)
                say(output)
                failed += code != 0
                rows.append((step.name, seconds, "FAILED" if code else "passed"))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    rows.append(("all", time.monotonic() - began, f"{failed} FAILED" if failed else "passed"))
    say("\n".join(["", *(f"{name:<26} {spent:6.1f} s  {result}" for name, spent, result in rows)]))
    return 1 if failed else 0


def run_step(step: Step) -> tuple[str, int, float]:
    """Return the output, exit code and seconds of a step; a step that runs alone prints itself."""
    start = time.monotonic()
    if step.alone:
        return "", sessions.run_to_end(step.command, step.folder), time.monotonic() - start
    done = subprocess.run(
        step.command,
        cwd=step.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout, done.returncode, time.monotonic() - start


def say(text: str) -> None:
    """Print without buffering, so that the order of all output is right."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
