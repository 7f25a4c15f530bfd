"""A project with work of its own changes its answers, one after the other, there and back.

Each time it is what a fresh project with these answers and the same work would be. Its migrations
are its own history: none is rewritten, new ones are written by Alembic, and they run on every
engine. `docs/upgrading.md` of the project is followed to the letter.
"""

import asyncio
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

import serving
import steps
import support
from following import MIGRATIONS
from following import contents
from following import cruft
from following import switch
from following import work
from generating import commit
from generating import git
from generating import publish
from generating import run_cookiecutter

MODULES = ("ai_llm", "ai_statistical", "ai_custom_models")
QUESTIONS = [name for name in support.ANSWERS if not name.startswith("_")]
ENGINES = ("postgresql", "mysql")
PAGE = "docs/upgrading.md"
MIGRATIONS_TEST = "tests/integration/test_migrations.py"
SOME_TESTS = [
    MIGRATIONS_TEST,
    "tests/integration/test_notes.py",
    "tests/integration/test_openapi.py",
    "tests/unit/test_settings.py",
]
ID = "4ed3a9f8-9d4c-4a3c-8b64-37ec47ee7f4b"
ROWS = [
    "INSERT INTO items (id, title, title_folded, created_at, updated_at) VALUES ('4ed3a9f8-9d4c-"
    "4a3c-8b64-37ec47ee7f4b', 'Tea', 'tea', '2026-01-02 03:04:05.06', '2026-01-02 03:04:05.06')",
    "INSERT INTO notes (id, text, created_at, updated_at) VALUES ('4ed3a9f8-9d4c-"
    "4a3c-8b64-37ec47ee7f4b', 'Tea', '2026-01-02 03:04:05.06', '2026-01-02 03:04:05.06')",
]
"""Rows from before there were accounts."""


class Journey:
    """One project, its template, and what it should be."""

    def __init__(self, template: Path, folder: Path, fresh: Callable[..., Path], **answers: str):
        self.template, self.folder, self.fresh = publish(template, folder / "t"), folder, fresh
        self.answers = answers
        given = [f"{name}={answer}" for name, answer in answers.items()]
        done = run_cookiecutter(self.template, folder, "--no-input", *given)
        assert done.returncode == 0, done.stdout + done.stderr
        self.project = folder / "my_backend"
        work(self.project, steps.run_here)
        commit(self.project)

    def switch(self, **answers: str) -> None:
        """Change answers by one command, and commit what came of it."""
        self.becomes(lambda: switch(self.project, **answers), **answers)

    def becomes(self, change: Callable[[], object], **answers: str) -> None:
        """Whatever makes the change, the project is a fresh one with the same work."""
        before = migrations(self.project)
        change()
        self.answers |= answers
        expected = self.folder / "-".join(self.answers.values())
        shutil.copytree(self.fresh(**self.answers), expected)
        work(expected, run_nothing)
        assert contents(self.project) == contents(expected)
        assert migrations(self.project) == before
        commit(self.project)

    def migrate(self, name: str) -> Path:
        """Have a migration written, as the page says, and return it; it has not run yet."""
        run(self.project, "uv run app migrate")
        run(self.project, f'uv run alembic revision --autogenerate -m "{name}"')
        (written,) = (self.project / MIGRATIONS).glob(f"*_{name}.py")
        return written

    def finish(self) -> None:
        """Run the migrations, and everything that looks at code."""
        for command in ("app migrate", "ruff check", "ruff format --check"):
            run(self.project, f"uv run {command}")
        commit(self.project)

    def test(self, engine: str, *files: str) -> None:
        """Run tests of its own on an engine."""
        command = [sys.executable, "-m", "pytest", "-q", *files]
        support.run_own_tests(command, self.project, engine)


def migrations(project: Path) -> dict[str, bytes]:
    """The history of the project."""
    return {path.name: path.read_bytes() for path in (project / MIGRATIONS).glob("*.py")}


def run_nothing(_project: Path, _command: str) -> str:
    """For work whose commands would only make what is compared with nothing."""
    return ""


def run(project: Path, command: str, given: str = "") -> str:
    """Run a command of a page."""
    words = shlex.split(command)
    if words[:2] == ["uvx", "cruft"]:
        return cruft(project, *words[2:], given=given)
    return git(project, *words[1:]) if words[0] == "git" else steps.run_here(project, command)


def section(project: Path, heading: str) -> str:
    """What the page says below a heading."""
    return steps.sections(project / PAGE)[heading]


def add_rows(file: Path) -> None:
    """An item and a note from before there were accounts."""
    with sqlite3.connect(file) as connection:
        for statement in ROWS:
            connection.execute(statement.replace(ID, ID.replace("-", "")))


def written_on(engine: str, journey: Journey, like: Path) -> str:
    """What Alembic writes on another engine where it wrote this migration on SQLite."""
    aside = like.rename(journey.folder / like.name)
    with serving.scratch_database(engine, journey.folder) as url:
        for command in ("upgrade head", "revision --autogenerate -m other"):
            alembic = [sys.executable, "-m", "alembic", *command.split()]
            support.run(alembic, journey.project, DATABASE_URL=url)
    (written,) = (journey.project / MIGRATIONS).glob("*_other.py")
    aside.rename(like)
    text = written.read_text(encoding="utf-8")
    written.unlink()
    return text


def upgrade_in(text: str) -> str:
    """What a migration does."""
    return text.partition("def upgrade()")[2].partition("def downgrade()")[0]


def give_owners(journey: Journey, migration: Path) -> None:
    """Follow the page for the rows that were there, and name the person's own table, too."""

    def as_a_person(project: Path, command: str) -> str:
        text = migration.read_text(encoding="utf-8")
        migration.write_text(text.replace('["items"', '["notes", "items"'), encoding="utf-8")
        if "reset-password" in command:  # nobody types it here
            app = [*steps.APP, *shlex.split(command)[3:], "--password-stdin"]
            return support.run(app, project, "correct horse\n")
        return run(project, command)

    page = section(journey.project, "Rows from before there were accounts")
    steps.follow(journey.project, page, as_a_person)


def test_everything_is_switched_on(
    template: Path, tmp_path: Path, bake: Callable[..., Path]
) -> None:
    journey = Journey(template, tmp_path, bake, **dict.fromkeys(MODULES, "no"), auth="none")
    for module in MODULES:
        journey.switch(**{module: "yes"})
    modules = journey.migrate("modules")
    written = written_on("postgresql", journey, modules)
    assert upgrade_in(written) == upgrade_in(modules.read_text())
    journey.finish()
    journey.test("sqlite", *SOME_TESTS)

    add_rows(journey.project / "app.db")
    (ask,) = steps.commands(section(journey.project, "Change an answer"))
    typed = ["2" if name == "auth" else "" for name in QUESTIONS]
    answer = "\n".join([*typed, ""])
    journey.becomes(lambda: run(journey.project, ask, answer), auth="jwt")
    accounts = journey.migrate("accounts")
    before = f"{accounts.read_text().partition('down_revision = ')[2].splitlines()[0]}".strip('"')
    give_owners(journey, accounts)
    with sqlite3.connect(journey.project / "app.db") as connection:
        (owner,) = connection.execute("SELECT id FROM users WHERE password_hash != ''").fetchone()
        for table in ("items", "notes"):
            assert connection.execute(f"SELECT owner_id FROM {table}").fetchall() == [(owner,)]  # noqa: S608
    journey.finish()
    for engine in ENGINES:
        take_rows_along(engine, journey, before)
    journey.test("mysql", MIGRATIONS_TEST)

    journey.switch(database="postgresql")
    journey.test("postgresql", *SOME_TESTS[:2])


def take_rows_along(engine: str, journey: Journey, before: str) -> None:
    """The migration gives rows an owner on this engine, too, which asks for one of each row."""
    alembic = [sys.executable, "-m", "alembic"]
    with serving.scratch_database(engine, journey.folder) as url:
        support.run([*alembic, "upgrade", before], journey.project, DATABASE_URL=url)
        for statement in ROWS:
            asyncio.run(serving.execute(make_url(url), statement))
        support.run([*alembic, "upgrade", "head"], journey.project, DATABASE_URL=url)


def test_everything_is_switched_off(
    template: Path, tmp_path: Path, bake: Callable[..., Path]
) -> None:
    journey = Journey(template, tmp_path, bake, **dict.fromkeys(MODULES, "yes"), auth="jwt")
    journey.switch(ai_llm="no")
    journey.switch(ai_statistical="no", ai_custom_models="no")
    journey.switch(auth="none")
    with pytest.raises(AssertionError, match="SECRET_KEY: there is no such setting"):
        run(journey.project, "uv run app migrate")
    env = journey.project / ".env"
    lines = [line for line in env.read_text().splitlines() if not line.startswith("SECRET_KEY=")]
    env.write_text("\n".join(lines))
    nothing = journey.migrate("nothing")
    written = written_on("mysql", journey, nothing)
    assert upgrade_in(written) == upgrade_in(nothing.read_text())
    journey.finish()
    for engine in ENGINES:
        journey.test(engine, MIGRATIONS_TEST)
    journey.test("sqlite")
