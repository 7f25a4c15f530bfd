"""Change the answers of a project with custom code, one after the other, and back again."""

import asyncio
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from support import clean_environment
from support import external_servers
from support import page_steps
from support import variants
from support.cruft_projects import MIGRATIONS
from support.cruft_projects import add_custom_code
from support.cruft_projects import change_answers
from support.cruft_projects import read_contents
from support.cruft_projects import run_cruft
from support.generation import commit_all
from support.generation import create_repository
from support.generation import run_cookiecutter
from support.generation import run_git

MODULES = ("ai_llm", "ai_statistical", "ai_custom_models")
QUESTIONS = [name for name in variants.QUESTIONS if not name.startswith("_")]
ENGINES = ("postgresql", "mysql")
PAGE = "docs/upgrading.md"
MIGRATIONS_TEST = "tests/integration/test_migrations.py"
SOME_TESTS = [
    MIGRATIONS_TEST,
    "tests/integration/test_notes.py",
    "tests/kit/test_openapi.py",
    "tests/kit/test_settings.py",
]
ID = "4ed3a9f8-9d4c-4a3c-8b64-37ec47ee7f4b"
OF_ACCOUNTS = "tests/integration/accounts/test_notes_ownership.py"
"""A test of the person's own that only a project with accounts can have."""

ROWS = [
    "INSERT INTO items (id, title, title_folded, created_at, updated_at) VALUES ('4ed3a9f8-9d4c-"
    "4a3c-8b64-37ec47ee7f4b', 'Tea', 'tea', '2026-01-02 03:04:05.06', '2026-01-02 03:04:05.06')",
    "INSERT INTO notes (id, text, done, created_at, updated_at) VALUES ('4ed3a9f8-9d4c-"
    "4a3c-8b64-37ec47ee7f4b', 'Tea', false, '2026-01-02 03:04:05.06', '2026-01-02 03:04:05.06')",
]
"""Rows from before there were accounts."""


class Journey:
    """One project, its template, and what it should be."""

    def __init__(self, template: Path, folder: Path, fresh: Callable[..., Path], **answers: str):
        self.template, self.folder, self.fresh = (
            create_repository(template, folder / "t"),
            folder,
            fresh,
        )
        self.answers = answers
        given = [f"{name}={answer}" for name, answer in answers.items()]
        done = run_cookiecutter(self.template, folder, "--no-input", *given)
        assert done.returncode == 0, done.stdout + done.stderr
        self.project = folder / "my_backend"
        add_custom_code(self.project, page_steps.run_uninstalled)
        commit_all(self.project)

    def change_answers(self, **answers: str) -> None:
        """Change answers by one command, and commit what came of it."""
        self.becomes(lambda: change_answers(self.project, **answers), **answers)

    def becomes(self, change: Callable[[], object], **answers: str) -> None:
        """Whatever makes the change, the project is a fresh one with the same work."""
        before = migrations(self.project)
        change()
        self.answers |= answers
        expected = self.folder / "-".join(self.answers.values())
        shutil.copytree(self.fresh(**self.answers), expected)
        add_custom_code(expected, run_writing)
        if self.answers["auth"] == "none":
            (self.project / OF_ACCOUNTS).unlink(missing_ok=True)
        elif not (self.project / OF_ACCOUNTS).exists():
            (expected / OF_ACCOUNTS).unlink()
        found, wanted = read_contents(self.project), read_contents(expected)
        differing = [
            name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name)
        ]
        assert not differing, differing
        assert migrations(self.project) == before
        commit_all(self.project)

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
        commit_all(self.project)

    def test(self, engine: str, *files: str) -> None:
        """Run tests of its own on an engine."""
        command = [sys.executable, "-m", "pytest", "-q", *files]
        clean_environment.run_backend_tests(command, self.project, engine)


def migrations(project: Path) -> dict[str, bytes]:
    """The history of the project."""
    return {path.name: path.read_bytes() for path in (project / MIGRATIONS).glob("*.py")}


def run_writing(project: Path, command: str) -> str:
    """Run what writes code; other commands would only make what is compared with nothing."""
    return (
        page_steps.run_uninstalled(project, command) if command.startswith("uv run app new") else ""
    )


def run(project: Path, command: str, given: str = "") -> str:
    """Run a command of a page."""
    words = shlex.split(command)
    if words[:2] == ["uvx", "cruft"]:
        return run_cruft(project, *words[2:], given=given)
    return (
        run_git(project, *words[1:])
        if words[0] == "git"
        else page_steps.run_uninstalled(project, command)
    )


def section(project: Path, heading: str) -> str:
    """What the page says below a heading."""
    return page_steps.split_sections(project / PAGE)[heading]


def add_rows(file: Path) -> None:
    """An item and a note from before there were accounts."""
    with sqlite3.connect(file) as connection:
        for statement in ROWS:
            connection.execute(statement.replace(ID, ID.replace("-", "")))


def written_on(engine: str, journey: Journey, like: Path) -> str:
    """What Alembic writes on another engine where it wrote this migration on SQLite."""
    aside = like.rename(journey.folder / like.name)
    with external_servers.scratch_database(engine, journey.folder) as url:
        for command in ("upgrade head", "revision --autogenerate -m other"):
            alembic = [sys.executable, "-m", "alembic", *command.split()]
            clean_environment.run(alembic, journey.project, DATABASE_URL=url)
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
            app = [*page_steps.APP, *shlex.split(command)[3:], "--password-stdin"]
            return clean_environment.run(app, project, "correct horse\n")
        return run(project, command)

    page = section(journey.project, "Rows from before there were accounts")
    page_steps.follow_steps(journey.project, page, as_a_person)


def test_all_features_can_be_switched_on(
    template: Path, tmp_path: Path, bake: Callable[..., Path]
) -> None:
    journey = Journey(template, tmp_path, bake, **dict.fromkeys(MODULES, "no"), auth="none")
    for module in MODULES:
        journey.change_answers(**{module: "yes"})
    modules = journey.migrate("modules")
    written = written_on("postgresql", journey, modules)
    assert upgrade_in(written) == upgrade_in(modules.read_text())
    journey.finish()
    journey.test("sqlite", *SOME_TESTS)

    add_rows(journey.project / "app.db")
    (ask,) = page_steps.read_commands(section(journey.project, "Change an answer"))
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

    journey.change_answers(database="postgresql")
    journey.test("postgresql", *SOME_TESTS[:2])


def take_rows_along(engine: str, journey: Journey, before: str) -> None:
    """The migration gives rows an owner on this engine, too, which asks for one of each row."""
    alembic = [sys.executable, "-m", "alembic"]
    with external_servers.scratch_database(engine, journey.folder) as url:
        clean_environment.run([*alembic, "upgrade", before], journey.project, DATABASE_URL=url)
        for statement in ROWS:
            asyncio.run(external_servers.execute_statement(make_url(url), statement))
        clean_environment.run([*alembic, "upgrade", "head"], journey.project, DATABASE_URL=url)


def test_all_features_can_be_switched_off(
    template: Path, tmp_path: Path, bake: Callable[..., Path]
) -> None:
    journey = Journey(template, tmp_path, bake, **dict.fromkeys(MODULES, "yes"), auth="jwt")
    journey.change_answers(ai_llm="no")
    journey.change_answers(ai_statistical="no", ai_custom_models="no")
    journey.change_answers(auth="none")
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
