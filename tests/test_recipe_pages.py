"""Recipes about data and secrets do what they promise."""

import re
import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.engine import make_url

from support import doc_examples
from support import external_servers
from support import page_runner
from support import page_steps
from support import user_journey
from support.generation import run_git
from support.page_runner import PageRunner
from support.paths import ROOT

RECIPES = ROOT / "docs" / "recipes"
CHAPTERS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL and MariaDB"}
TOOLS = {"sqlite": (), "postgresql": ("pg_dump", "pg_restore"), "mysql": ("mysqldump", "mysql")}
URL = "postgresql://app:app@localhost/my_backend"
OPTIONS = "--host=localhost --user=app --password"
"""Where the pages say the database is."""

TITLE = "Größe 🚀"


def test_the_docs_of_a_project_name_every_recipe(bake: Callable[..., Path]) -> None:
    page = bake() / "docs" / "extending.md"
    section = page_steps.split_sections(page)["Find a recipe"]
    names = {path.name for path in RECIPES.glob("*.md")} - {"index.md"}
    assert set(re.findall(r"`([\w-]+\.md)`", section)) == names


def test_a_new_secret_keeps_sessions_and_a_stolen_one_ends_them(reader: PageRunner) -> None:
    chapters = page_steps.split_sections(RECIPES / "rotate-secrets.md")
    make_key, then, start = chapters["SECRET_KEY"].partition("In `.env`, on every machine")
    assert then
    reader.serve()
    tokens = enter(reader)
    lost = user_journey.expect_json(200, renew_at(reader, tokens))
    reader.read(make_key)
    env = reader.project / ".env"
    old = setting(env, "SECRET_KEY")
    replace_setting(env, "SECRET_KEY", f"{reader.printed.strip()}\nSECRET_KEY_PREVIOUS={old}")
    reader.read(start.lstrip())
    with asking(reader, tokens["access_token"]) as client:
        assert titles(client) == [TITLE]
        assert (
            user_journey.expect_json(200, renew(client, tokens))["refresh_token"]
            == lost["refresh_token"]
        )
    replace_setting(env, "SECRET_KEY_PREVIOUS", old[::-1])  # as good as none
    reader.serve()
    with asking(reader, tokens["access_token"]) as client:
        assert client.get("/items").status_code == 401
        tokens = user_journey.expect_json(200, renew(client, tokens))
        user_journey.authorize(client, tokens)
        assert titles(client) == [TITLE]
        reader.read(chapters["When the key was stolen"])
        assert client.get("/items").status_code == 401
        assert renew(client, tokens).status_code == 401


@pytest.mark.parametrize("engine", CHAPTERS)
def test_what_was_backed_up_can_be_restored(
    engine: str, reader: PageRunner, tmp_path: Path
) -> None:
    for tool in TOOLS[engine]:
        doc_examples.require_program(tool)
    chapter = page_steps.split_sections(RECIPES / "back-up.md")[CHAPTERS[engine]]
    back_up, then, restore = chapter.partition("To restore")
    assert then
    with (
        external_servers.scratch_database(engine, tmp_path) as url,
        external_servers.scratch_database(engine, tmp_path) as restored,
        reader,
    ):
        use_server(reader, engine, url)
        reader.serve()
        enter(reader)
        reader.read(real(back_up, url, restored))
        page_runner.check_lint_and_format(reader.project)
        assert untracked(reader) == (["scripts/back_up.py"] if engine == "sqlite" else [])
        reader.stop()
        use_server(reader, engine, restored)
        if engine == "sqlite":
            lose_everything(reader.project / "app.db")
        reader.read(real(restore, url, restored))
        assert_all_is_there(reader)


def test_models_that_were_backed_up_can_be_restored(reader: PageRunner) -> None:
    back_up, then, restore = page_steps.split_sections(RECIPES / "back-up.md")[
        "The models"
    ].partition("To restore")
    assert then
    model = reader.project / "storage" / "models" / "model.skops"
    model.parent.mkdir(parents=True)
    model.write_text("learned")
    reader.read(back_up)
    assert untracked(reader) == []
    model.unlink()
    reader.read(restore)
    assert model.read_text() == "learned"


def test_the_data_moves_to_another_database_and_on_and_back(
    reader: PageRunner, tmp_path: Path
) -> None:
    page = (RECIPES / "switch-database.md").read_text(encoding="utf-8")
    copy = "uv run python scripts/copy_database.py"
    with (
        external_servers.scratch_database("postgresql", tmp_path) as second,
        external_servers.scratch_database("mysql", tmp_path) as third,
        reader,
    ):
        reader.serve()
        enter(reader)
        reader.stop()
        reader.read(real(page, second))
        page_runner.check_lint_and_format(reader.project)
        lose_everything(reader.project / "app.db")
        back = f"{copy} {second} {third}\n{copy} {third} sqlite:///./app.db"
        reader.read(f"On, and back:\n\n```sh\n{back}\n```\n")
        assert_all_is_there(reader)
        for wrong, message in (
            (f"{second} {third}", "has rows"),
            (f"sqlite:///./other.db {third}", "is the address right"),
            (second, "usage: copy_database.py FROM TO"),
        ):
            with pytest.raises(AssertionError, match=message):
                reader.read(f"Wrong:\n\n```sh\n{copy} {wrong}\n```\n")
        use_server(reader, "postgresql", second)
        assert_all_is_there(reader)


def real(text: str, url: str, restored: str = "") -> str:
    """The text of a page with the database where it really is."""
    text = text.replace(f"{URL}_restored", restored).replace(URL, url)
    server, other = make_url(url), make_url(restored or url)
    options = f"--host={server.host} --user={server.username} --password={server.password or ''}"
    options += f" --port={server.port}" if server.port else ""
    text = text.replace(OPTIONS, options).replace("my_backend_restored", str(other.database))
    return text.replace("backup.sql my_backend\n", f"backup.sql {server.database}\n")


def use_server(reader: PageRunner, engine: str, url: str) -> None:
    """Let the project use this database; SQLite stays where `.env` says it is."""
    if engine != "sqlite":
        reader.settings["DATABASE_URL"] = url


def enter(reader: PageRunner) -> dict[str, str]:
    """Register at the server of the reader, log in, and store an item."""
    with asking(reader) as client:
        user_journey.expect_json(201, client.post("/auth/register", json=user_journey.ACCOUNT))
        tokens = log_in(client)
        user_journey.expect_json(201, client.post("/items", json={"title": TITLE}))
    return tokens


def assert_all_is_there(reader: PageRunner) -> None:
    """The account and the item that `enter` has made are there, on a server that starts now."""
    reader.serve()
    with asking(reader) as client:
        log_in(client)
        assert titles(client) == [TITLE]


@contextmanager
def asking(reader: PageRunner, token: str = "") -> Iterator[httpx2.Client]:
    """A client of the server of the reader."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx2.Client(base_url=f"{reader.address}/api/v1", headers=headers) as client:
        yield client


def log_in(client: httpx2.Client) -> dict[str, str]:
    """Tokens; from now on the client uses them."""
    form = {"username": user_journey.ACCOUNT["email"], "password": user_journey.ACCOUNT["password"]}
    tokens = user_journey.expect_json(200, client.post("/auth/token", data=form))
    user_journey.authorize(client, tokens)
    return tokens


def renew(client: httpx2.Client, tokens: dict[str, str]) -> httpx2.Response:
    """Ask for the next tokens."""
    return client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


def renew_at(reader: PageRunner, tokens: dict[str, str]) -> httpx2.Response:
    """Ask the server of the reader for the next tokens."""
    with asking(reader) as client:
        return renew(client, tokens)


def titles(client: httpx2.Client) -> list[str]:
    """The titles of all items."""
    return [item["title"] for item in user_journey.expect_json(200, client.get("/items"))["items"]]


def replace_setting(env: Path, name: str, value: str) -> None:
    """Write another value into a file of settings."""
    lines = env.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [f"{name}={value}\n" if line.startswith(f"{name}=") else line for line in lines]
    assert changed != lines
    env.write_text("".join(changed), encoding="utf-8")


def setting(env: Path, name: str) -> str:
    """Return a value of a file of settings."""
    lines = env.read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix(f"{name}=") for line in lines if line.startswith(f"{name}="))


def untracked(reader: PageRunner) -> list[str]:
    """Return the files that git would add."""
    status = run_git(reader.project, "status", "--porcelain", "--untracked-files=all")
    return [line.removeprefix("?? ") for line in status.splitlines()]


def lose_everything(database: Path) -> None:
    """Delete every row."""
    with closing(sqlite3.connect(database)) as connection, connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
        for (table,) in connection.execute(tables).fetchall():
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
