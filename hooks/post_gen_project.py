"""Finishes a generated project: features left out, secret, packages, first commit, what to type.

What fails is said in the last lines, a failed installation first; no file is lost.
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
VENV = ["venv", "--quiet", "--relocatable", "--allow-existing"]
NOT_INSTALLED = "The packages could not be installed, see above. All files were written."
FIRST_COMMIT = [["git", "init", "-q"], ["git", "add", "."], ["git", "commit", "-qm", "Generate"]]
# A person's own git settings are for their commits; some would fail this one.
GIT_SETTINGS = ["init.defaultBranch=main", "core.hooksPath=.git/none", "commit.gpgSign=false"]
# Where these are set, they mean another repository or environment than the project's.
ELSEWHERE = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"]


def main() -> None:
    """Finish the project; install packages first, so that the first commit has the lock file."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # for code pages
    answers = json.loads(Path(".cookiecutter.json").read_text("utf-8"))["cookiecutter"]
    delete_files(json.loads(unquote("{{ cookiecutter | omitted_files | jsonify | urlencode }}")))
    if "True" in "{{ cookiecutter | for_comparison }}":  # by `cruft update`, which needs no more
        return
    write_env(Path(".env"))
    install, skip = install_commands(), os.environ.get("TEMPLATE_SKIP_INSTALL")
    wanted = answers["install_dependencies"] == "yes" and not skip
    installed = wanted and succeed("Installing the packages", install)
    link_relatively(Path(".venv"))
    no_commit = first_commit(answers)
    if os.environ.get("TEMPLATE_SKIP_NEXT_STEPS"):  # dev.py goes on by itself
        return
    print("Done." if installed or not wanted else NOT_INSTALLED, "Next steps:")
    to_install = "" if installed else typed(install)
    steps = next_steps(to_install, database_step(answers), no_commit)
    print(*(f"  {name + ':':<10} {text}" for name, text in steps.items() if text), sep="\n")


def delete_files(names: list[str]) -> None:
    """Delete files of an earlier generation, and the folders that become empty."""
    for path in map(Path, names):
        path.unlink(missing_ok=True)
        for folder in path.parents[:-1]:
            with suppress(OSError):  # a person's own files are in it, or it is gone
                folder.rmdir()


def write_env(env: Path) -> None:
    """Copy `.env.example` with a new secret; keep an existing `.env`."""
    if not env.exists():
        text = Path(".env.example").read_text("utf-8")
        secret = f"SECRET_KEY={base64.urlsafe_b64encode(os.urandom(48)).decode()}"
        env.touch(mode=0o600)
        env.write_text(re.sub("(?m)^SECRET_KEY=.*", secret, text), "utf-8", newline="\n")


def install_commands() -> list[list[str]]:
    """Return the commands that install the packages: with uv, or with a downloaded uv."""
    if UV:
        return [[UV, *VENV], [UV, "sync"]]
    python = "python" if WINDOWS else sys.executable
    fetch = [str(SCRIPTS / "python"), "-m", "pip", "install", "--quiet", "uv"]
    uv = str(SCRIPTS / "uv")
    return [[python, "-m", "venv", ".venv"], fetch, [uv, *VENV], [uv, "sync", "--inexact"]]


def link_relatively(venv: Path) -> None:
    """Make the path of the editable installation relative, so that the project can be moved."""
    for file in [*venv.glob("lib/*/site-packages/*.pth"), *venv.glob("Lib/site-packages/*.pth")]:
        if file.read_text("utf-8").strip() in (str(Path.cwd()), os.path.realpath(".")):
            file.unlink()  # it may be a hard link into the cache of uv
            file.write_text(os.path.relpath(".", file.parent), "utf-8")


def first_commit(answers: dict[str, str]) -> str:
    """Commit everything as the author; return the reason if there is no commit."""
    around = repository_around(Path.cwd())
    if around == Path.cwd():  # generated again
        return ""
    if around and (around / "cookiecutter.json").exists():
        return "this folder is inside the template. Move it out of there, or generate with -o .."
    if around:
        return f"this folder is inside the repository {around}. Commit it there, or move it out"
    if not shutil.which("git"):
        return f"git is not installed. Install it, then run: {typed(FIRST_COMMIT)}"
    author = [f"user.name={answers['author_name']}", f"user.email={answers['author_email']}"]
    settings = [word for setting in GIT_SETTINGS + author for word in ("-c", setting)]
    commands = [[git, *settings, *words] for git, *words in FIRST_COMMIT]
    done = False
    try:
        done = succeed("Making the first commit", commands)
    finally:
        if not done:
            shutil.rmtree(".git", ignore_errors=True)
    return "" if done else f"git failed, see above. To try again: {typed(FIRST_COMMIT)}"


def repository_around(folder: Path) -> Path | None:
    """Return the innermost repository that contains this folder, if there is one."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


def succeed(step: str, commands: list[list[str]]) -> bool:
    """Run commands until one fails; return whether all succeeded."""
    print(f"{step} ...", flush=True)
    kept = {name: text for name, text in os.environ.items() if name not in ELSEWHERE}
    surroundings = {"UV_PYTHON": sys.executable, **kept}
    calls = (subprocess.run(call, env=surroundings, stdin=subprocess.DEVNULL) for call in commands)
    try:
        return not any(call.returncode for call in calls)
    except OSError as error:
        print(f"{error.filename or commands[0][0]}: {error.strerror}")
        return False


def next_steps(install: str, database: str, no_commit: str) -> dict[str, str]:
    """Return the commands to type next; empty ones are not shown."""
    run = "uv run " if UV == "uv" else f"{SCRIPTS}{os.sep}"
    return {
        "Go there": typed([["cd", str(Path.cwd())]]),
        "Install": install,
        "Database": database,
        "Start": f"{run}app serve  (then open http://127.0.0.1:8000/docs)",
        "Test": f"{run}pytest",
        "Settings": ".env",
        "No commit": no_commit,
    }


def database_step(answers: dict[str, str]) -> str:
    """Return how to get the database; empty for SQLite."""
    if answers["database"] == "sqlite":
        return ""
    if answers["docker"] == "yes":
        return f"docker compose up --detach --wait {answers['database']}"
    return "set DATABASE_URL in .env to your server; README.md shows how to create the database"


def typed(commands: list[list[str]]) -> str:
    """Return commands in the syntax of this system's usual shell."""
    mark, quote = ("; ", subprocess.list2cmdline) if WINDOWS else (" && ", shlex.join)
    return mark.join(map(quote, commands))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # Cookiecutter says "Aborted!"
        if os.environ.get("TEMPLATE_SKIP_NEXT_STEPS"):  # dev.py deletes what there is
            sys.exit(130)
        here = str(Path.cwd())
        sys.exit(
            f"Stopped before the project was complete. Delete {here} and generate it again, "
            f"or finish the installation: {typed([['cd', here], *install_commands()])}"
        )
