"""Running migrations: what a failed one says, who waits for whom, and what runs by itself."""

import asyncio
import os
import shutil
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli import main
from app.kit.db import locks
from app.kit.db import migrate
from app.kit.db import revisions
from app.kit.db.database import Database
from app.kit.db.engine import make_engine
from app.kit.db.locks import migration_lock
from app.kit.db.migration_errors import REPAIR
from app.kit.exceptions import StartupError
from tests.support.apps import StartApp
from tests.support.settings import make_settings
from tests.support.waiting import MAX_WAIT_SECONDS

REVISION = '''"""A migration of a test."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down_revision!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
{body}


def downgrade() -> None:
    pass
'''
MAKE_THINGS = """
op.create_table(
    "things", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("title", sa.String(20))
)
"""
MAKE_TABLE = 'op.create_table("first_of_tests", sa.Column("id", sa.Integer(), primary_key=True))'
ADD_COLUMN = 'op.add_column("things", sa.Column("more", sa.String(20)))'
MAKE_ROW = """
op.create_table("table_of_tests", sa.Column("text", sa.String(20)))
op.execute("INSERT INTO table_of_tests VALUES (NULL)")
"""
FORBID_NULL = """
with op.batch_alter_table("table_of_tests") as table:
    table.alter_column("text", existing_type=sa.String(20), nullable=False)
"""
ORPHAN = 'revision = "orphan"\ndown_revision = "gone"\n'
CONCURRENTLY = """
with op.get_context().autocommit_block():
    op.create_index("ix_things_title", "things", ["title"], postgresql_concurrently=True)
"""


class Revisions:
    """Migrations of a test, behind those that are there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.head = next(iter(revisions.newest_revisions(folder) or ()), None)

    def add(self, name: str, body: str, follows: str | None = None) -> None:
        """Write one more."""
        code = REVISION.format(
            revision=name, down_revision=follows or self.head, body=indent(body.strip(), " " * 4)
        )
        (self.folder / f"20260102_0304_{name}_test.py").write_text(code, encoding="utf-8")
        self.head = name


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Revisions:
    """A copy of the migrations, to which a test adds some."""
    folder = Path(shutil.copytree(revisions.VERSIONS, tmp_path / "versions"))
    monkeypatch.setattr(revisions, "VERSIONS", folder)
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(locks, "POLL_SECONDS", 0.05)
    return Revisions(folder)


@pytest.fixture
def written(copied: Revisions) -> Revisions:
    """A copy with a table of the tests' own."""
    copied.add("things", MAKE_THINGS)
    return copied


@pytest.fixture
def own_url(empty_database_url: str, written: Revisions) -> str:
    """A database with every table, which the test may change."""
    asyncio.run(bring_up_to_date(empty_database_url))
    return empty_database_url


async def bring_up_to_date(url: str, **settings: Any) -> bool:
    """Migrate as a start does."""
    database = Database(make_settings(database_url=url, **settings))
    try:
        return await database.migrate()
    finally:
        await database.close()


async def with_engine(url: str, work: Callable[[AsyncEngine], Awaitable[Any]]) -> Any:
    """Do something with an engine of its own."""
    engine = make_engine(make_settings(database_url=url))
    try:
        return await work(engine)
    finally:
        await engine.dispose()


async def ask(url: str, question: Any) -> Any:
    """Ask a database something."""

    async def work(engine: AsyncEngine) -> Any:
        async with engine.begin() as connection:
            return await connection.run_sync(question)

    return await with_engine(url, work)


def complaint(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the one line in which ``app migrate`` says why it failed."""
    monkeypatch.setenv("DATABASE_URL", url)
    result = CliRunner().invoke(main, ["migrate"])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    return line


def has_table(url: str, name: str) -> bool:
    """Whether there is such a table."""
    return bool(asyncio.run(ask(url, lambda c: inspect(c).has_table(name))))


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ('op.create_table("things", sa.Column("id", sa.Integer()))', 13, "already exists"),
        ('{}["no such key"]', 13, "KeyError: 'no such key'"),
        ('op.execute("UPDATE nothing SET x = 1")', 13, "nothing"),
    ],
)
def test_a_failure_names_file_line_and_reason(
    own_url: str,
    written: Revisions,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
    line: int,
    reason: str,
) -> None:
    written.add("broken", body)
    message = complaint(own_url, monkeypatch)
    start = f"Error: The migration 20260102_0304_broken_test.py failed in line {line}: "
    assert message.startswith(start)
    assert reason in message.removeprefix(start)
    assert message.endswith(f". Nothing was changed. {REPAIR}")


def test_rows_that_do_not_fit_are_reported(
    own_url: str, written: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.add("good", MAKE_ROW)
    asyncio.run(bring_up_to_date(own_url))
    written.add("broken", FORBID_NULL)
    message = complaint(own_url, monkeypatch)
    assert "broken_test.py failed in line 1" in message
    assert "null" in message.lower() or "Data truncated for column 'text'" in message  # MariaDB
    assert message.endswith(f" Nothing was changed. {REPAIR}")


def test_what_stays_of_half_a_migration_is_reported(
    own_url: str, written: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.add("broken", f'{MAKE_TABLE}\nraise ValueError("too late.")')
    message = complaint(own_url, monkeypatch)
    assert "ValueError: too late. " in message
    if own_url.startswith("mysql"):
        assert "These statements cannot be rolled back: CREATE TABLE first_of_tests (" in message
    else:
        assert message.endswith(f" Nothing was changed. {REPAIR}")
    assert has_table(own_url, "first_of_tests") == own_url.startswith("mysql")


def test_migrations_that_ran_before_it_are_reported(
    own_url: str, written: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.add("good", MAKE_TABLE)
    written.add("broken", 'raise ValueError("too late")')
    message = complaint(own_url, monkeypatch)
    kept = not own_url.startswith("sqlite")  # there, all run in one transaction
    state = "The database is at revision good; this file changed nothing."
    assert message.endswith(f"{state if kept else 'Nothing was changed.'} {REPAIR}")
    assert has_table(own_url, "first_of_tests") == kept


def test_what_ran_outside_of_a_transaction_is_reported(
    own_url: str, written: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.add("broken", f'{MAKE_TABLE}\n{CONCURRENTLY}\nraise ValueError("too late")')
    message = complaint(own_url, monkeypatch)
    if own_url.startswith("sqlite"):
        assert message.endswith(f" Nothing was changed. {REPAIR}")
    else:
        assert "cannot be rolled back: CREATE TABLE first_of_tests" in message
        assert "; CREATE INDEX " in message


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("two", None, "is the newest migration. Chain them with down_revision"),
        (
            "orphan",
            'revision = "orphan"\ndown_revision = "gone"\n',
            "orphan.py follows revision 'gone', which has no file",
        ),
        ("unreadable", "def (", "SyntaxError: invalid syntax (unreadable.py, line 1)"),
        (
            "unfinished",
            'revision = "unfinished"\n',
            "unfinished_py' has no attribute 'down_revision'",
        ),
        (
            "importing",
            "import no_such_package\n",
            "importing.py failed in line 1: ModuleNotFoundError",
        ),
    ],
)
def test_files_that_do_not_fit_together_are_reported(
    own_url: str,
    written: Revisions,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str | None,
    reason: str,
) -> None:
    if content is None:
        before = written.head
        written.add("one", MAKE_TABLE, follows=before)
        written.add("two", ADD_COLUMN, follows=before)
    else:
        (written.folder / f"{name}.py").write_text(content, encoding="utf-8")
    message = complaint(own_url, monkeypatch)
    assert reason in message
    assert "Nothing was" in message
    assert not has_table(own_url, "first_of_tests")


def test_an_autocommit_block_works_also_when_several_start_at_once(
    own_url: str, written: Revisions
) -> None:
    written.add("concurrent", f"{MAKE_TABLE}\n{CONCURRENTLY}\n{ADD_COLUMN}")

    async def start_several() -> list[bool]:
        return await asyncio.gather(*(bring_up_to_date(own_url) for _ in range(4)))

    assert sorted(asyncio.run(start_several())) == [False, False, False, True]
    names = asyncio.run(
        ask(own_url, lambda c: [i["name"] for i in inspect(c).get_indexes("things")])
    )
    assert "ix_things_title" in names
    assert has_table(own_url, "first_of_tests")


async def wait_for_log(log: pytest.LogCaptureFixture, words: str) -> None:
    """Wait until the log says something."""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while words not in log.text:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def test_a_start_says_that_it_waits_for_another(
    own_url: str, written: Revisions, caplog: pytest.LogCaptureFixture
) -> None:
    written.add("later", MAKE_TABLE)

    async def wait(engine: AsyncEngine) -> bool:
        async with migration_lock(engine):
            waiting = asyncio.create_task(bring_up_to_date(own_url))
            await wait_for_log(caplog, "another process is migrating this database; waiting for it")
            assert not waiting.done()
        return await waiting

    assert asyncio.run(with_engine(own_url, wait))


def test_nobody_waits_for_another_for_ever(
    own_url: str, written: Revisions, monkeypatch: pytest.MonkeyPatch
) -> None:
    written.add("later", MAKE_TABLE)
    monkeypatch.setattr(locks, "MAX_WAIT_SECONDS", 0)

    async def wait(engine: AsyncEngine) -> None:
        async with migration_lock(engine):
            await bring_up_to_date(own_url)

    with pytest.raises(StartupError, match="Timed out while another process was migrating"):
        asyncio.run(with_engine(own_url, wait))


@pytest.mark.parametrize("patient", [True, False])
def test_a_table_in_use_is_waited_for_without_blocking_others(
    own_url: str,
    written: Revisions,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    patient: bool,
) -> None:
    is_free = own_url.startswith("sqlite")  # there, nobody waits for readers
    written.add("later", ADD_COLUMN)
    monkeypatch.setattr(migrate, "LOCK_ATTEMPTS", 100 if patient else 1)

    async def wait(engine: AsyncEngine) -> bool:
        async with engine.connect() as reader:
            await reader.execute(text("SELECT * FROM things"))
            start = bring_up_to_date(own_url, database_migration_lock_timeout_seconds=1)
            if is_free or not patient:
                return await start
            waiting = asyncio.create_task(start)
            await wait_for_log(caplog, "a table is locked by other transactions")
            async with engine.connect() as other:
                await other.execute(text("SELECT * FROM things"))
        return await waiting

    if is_free or patient:
        assert asyncio.run(with_engine(own_url, wait))
    else:
        with pytest.raises(StartupError, match=r"later_test.py .*[Ll]ock.*Nothing was changed"):
            asyncio.run(with_engine(own_url, wait))


@pytest.mark.parametrize("more", [[], ["--reload"]])
def test_only_the_command_itself_migrates(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    seen: list[str | None] = []
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    monkeypatch.setenv("DATABASE_AUTO_MIGRATE", "true")
    serve = lambda *_, **__: seen.append(os.environ.get("DATABASE_AUTO_MIGRATE"))  # noqa: E731
    monkeypatch.setattr("app.kit.http.server.run", serve)
    assert CliRunner().invoke(main, ["serve", "--port", "0", *more]).exit_code == 0
    assert seen == ["false"]  # what a process sees that is started again
    assert has_table(empty_database_url, "alembic_version")


@pytest.mark.parametrize("pending", [True, False])
async def test_a_server_of_development_says_that_a_migration_waits(
    start_app: StartApp,
    copied: Revisions,
    capsys: pytest.CaptureFixture[str],
    pending: bool,
) -> None:
    if pending:
        copied.add("later", MAKE_TABLE)
    await start_app(environment="development", database_auto_migrate=False)
    line = "the database lacks the newest migration; run: uv run app migrate"
    assert (line in capsys.readouterr().err) == pending
