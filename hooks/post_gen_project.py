"""Finishes a generated project: features left out, secret, packages, first commit, what to type.

What fails is told in the last lines; no file is lost.
"""

import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

WINDOWS = os.name == "nt"
SCRIPTS = Path(".venv", "Scripts" if WINDOWS else "bin")
UV = "uv" if shutil.which("uv") else shutil.which("uv", path=Path(sys.executable).parent)
FIRST_COMMIT = [["git", "init", "-q"], ["git", "add", "."], ["git", "commit", "-qm", "Generate"]]
# A person's own git settings are for their commits; some would fail this one.
GIT_SETTINGS = ["init.defaultBranch=main", "core.hooksPath=.git/none", "commit.gpgSign=false"]
# One pack of objects takes a third of the time of a file each; git packs none that are `text`.
GIT_SETTINGS += ["core.bigFileThreshold=1", "init.templateDir=", "maintenance.auto=false"]
ATTRIBUTES = Path(".git", "info", "attributes")
# Where these are set, they mean another repository or environment than the project's.
ELSEWHERE = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"]


def main() -> None:
    """Take every step; packages come first, so that the first commit holds the lock file."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # for code pages
    answers = json.loads(Path(".cookiecutter.json").read_text("utf-8"))["cookiecutter"]
    prune(json.loads(unquote("{{ cookiecutter | left_out | jsonify | urlencode }}")))
    if "True" in "{{ cookiecutter | for_comparison }}":  # by `cruft update`, which needs no more
        return
    write_env(Path(".env"))
    install, failed, skip = install_commands(), [], os.environ.get("TEMPLATE_SKIP_INSTALL")
    wanted = answers["install_dependencies"] == "yes" and not skip
    if wanted and not succeed("Installing the packages", install):
        failed += [f"installing the packages. To repeat it: {typed(install)}"]
    inside = any((folder / ".git").exists() for folder in (Path.cwd(), *Path.cwd().parents))
    if not inside and not first_commit(answers):
        failed += [f"the first commit. To repeat it: {typed(FIRST_COMMIT)}"]
    print(*last_lines(answers["database"], "" if wanted else typed(install), failed), sep="\n")


def prune(left_out: list[str]) -> None:
    """Delete these files, which only an earlier generation made, and the folders that are empty."""
    for path in map(Path, left_out):
        path.unlink(missing_ok=True)
        for folder in path.parents[:-1]:
            with suppress(OSError):  # a person's own files are in it, or it is gone
                folder.rmdir()


def write_env(env: Path) -> None:
    """Copy the example, with a secret of its own; what a person wrote stays."""
    if not env.exists():
        text = Path(".env.example").read_text("utf-8")
        secret = f"SECRET_KEY={base64.urlsafe_b64encode(os.urandom(48)).decode()}"
        env.touch(mode=0o600)
        env.write_text(re.sub("(?m)^SECRET_KEY=.*", secret, text), "utf-8", newline="\n")


def install_commands() -> list[list[str]]:
    """With the uv that is there, else with one fetched into the project's own environment."""
    if UV:
        return [[UV, "sync"]]
    python = "python" if WINDOWS else sys.executable
    fetch = [str(SCRIPTS / "python"), "-m", "pip", "install", "--quiet", "uv"]
    return [[python, "-m", "venv", ".venv"], fetch, [str(SCRIPTS / "uv"), "sync", "--inexact"]]


def first_commit(answers: dict[str, str]) -> bool:
    """Commit in the name of the author, whom git need not know yet; leave no half of it."""
    author = [f"user.name={answers['author_name']}", f"user.email={answers['author_email']}"]
    settings = [word for setting in GIT_SETTINGS + author for word in ("-c", setting)]
    ATTRIBUTES.parent.mkdir(parents=True)
    ATTRIBUTES.write_text("* -text\n", "utf-8")
    commands = [[git, *settings, *words] for git, *words in FIRST_COMMIT]
    done = succeed("Making the first commit", commands)
    shutil.rmtree(ATTRIBUTES.parent if done else ".git", ignore_errors=True)
    return done


def succeed(step: str, commands: list[list[str]]) -> bool:
    """Run one command after the other, until one fails."""
    print(f"{step} ...", flush=True)
    kept = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    surroundings = {"UV_PYTHON": sys.executable, **kept}
    calls = (subprocess.run(call, env=surroundings, stdin=subprocess.DEVNULL) for call in commands)
    try:
        return not any(call.returncode for call in calls)
    except OSError as error:
        print(f"{error.filename or commands[0][0]}: {error.strerror}")
        return False


def last_lines(database: str, install: str, failed: list[str]) -> list[str]:
    """What to type next, in at most eight lines."""
    run = "uv run " if UV == "uv" else f"{SCRIPTS}{os.sep}"
    lines = [
        "Done. What to type next:",
        f"  Go there:  {typed([['cd', str(Path.cwd())]])}",
        f"  Install:   {install}" if install else "",
        "  Database:  set DATABASE_URL in .env to your server" if database != "sqlite" else "",
        f"  Start:     {run}app serve  (then open http://127.0.0.1:8000/docs)",
        f"  Test:      {run}pytest",
        "  Settings:  .env",
    ]
    return [line for line in lines if line] + [f"  Failed:    {step}" for step in failed]


def typed(commands: list[list[str]]) -> str:
    """Commands as this system's usual shell takes them."""
    mark, quote = ("; ", subprocess.list2cmdline) if WINDOWS else (" && ", shlex.join)
    return mark.join(map(quote, commands))


if __name__ == "__main__":
    main()
