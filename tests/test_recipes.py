"""Recipes about data and secrets, followed to the letter, and what has come of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy.engine import make_url

import journey
import serving
import showing
import steps
import support
from reading import Reader

RECIPES = support.ROOT / "docs" / "recipes"
CHAPTERS = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL and MariaDB"}
TOOLS = {"sqlite": (), "postgresql": ("pg_dump", "pg_restore"), "mysql": ("mysqldump", "mysql")}
URL = "postgresql://app:app@localhost/app"
OPTIONS = "--host=localhost --user=app --password"
"""Where the pages say the database is."""

TITLE = "Größe 🚀"


def test_a_new_key_logs_nobody_out_and_a_stolen_one_everybody(reader: Reader) -> None:
    chapters = steps.sections(RECIPES / "rotate-secrets.md")
    make_key, then, start = chapters["SECRET_KEY"].partition("Put it into `.env`")
    assert then
    reader.serve()
    tokens = enter(reader)
    reader.read(make_key)
    replace_setting(reader.project / ".env", "SECRET_KEY", reader.printed.strip())
    reader.read(start.lstrip())
    with asking(reader, tokens["access_token"]) as client:
        assert client.get("/items").status_code == 401
        tokens = journey.expect(200, renew(client, tokens))
        journey.authorize(client, tokens)
        assert titles(client) == [TITLE]
        reader.read(chapters["When the key was stolen"])
        assert client.get("/items").status_code == 401
        assert renew(client, tokens).status_code == 401


@pytest.mark.parametrize("engine", CHAPTERS)
def test_what_was_backed_up_can_be_restored(engine: str, reader: Reader, tmp_path: Path) -> None:
    for tool in TOOLS[engine]:
        showing.program(tool)
    chapter = steps.sections(RECIPES / "back-up.md")[CHAPTERS[engine]]
    back_up, then, restore = chapter.partition("To restore")
    assert then
    with (
        serving.scratch_database(engine, tmp_path) as url,
        serving.scratch_database(engine, tmp_path) as restored,
        reader,
    ):
        use_server(reader, engine, url)
        reader.serve()
        enter(reader)
        reader.read(real(back_up, url, restored))
        reader.stop()
        use_server(reader, engine, restored)
        if engine == "sqlite":
            lose_everything(reader.project / "app.db")
        reader.read(real(restore, url, restored))
        assert_all_is_there(reader)


def test_models_that_were_backed_up_can_be_restored(reader: Reader) -> None:
    back_up, then, restore = steps.sections(RECIPES / "back-up.md")["The models"].partition(
        "To restore"
    )
    assert then
    model = reader.project / "models" / "model.skops"
    model.parent.mkdir()
    model.write_text("learned")
    reader.read(back_up)
    model.unlink()
    reader.read(restore)
    assert model.read_text() == "learned"


def test_the_data_moves_to_another_database_and_on_and_back(reader: Reader, tmp_path: Path) -> None:
    page = (RECIPES / "switch-database.md").read_text(encoding="utf-8")
    copy = "uv run python scripts/copy_database.py"
    with (
        serving.scratch_database("postgresql", tmp_path) as second,
        serving.scratch_database("mysql", tmp_path) as third,
        reader,
    ):
        reader.serve()
        enter(reader)
        reader.stop()
        reader.read(real(page, second))
        lose_everything(reader.project / "app.db")
        back = f"{copy} {second} {third}\n{copy} {third} sqlite:///./app.db"
        reader.read(f"On, and back:\n\n```sh\n{back}\n```\n")
        assert_all_is_there(reader)
        use_server(reader, "postgresql", second)
        assert_all_is_there(reader)


def real(text: str, url: str, restored: str = "") -> str:
    """The text of a page with the database where it really is."""
    text = text.replace(f"{URL}_restored", restored).replace(URL, url)
    server, other = make_url(url), make_url(restored or url)
    options = f"--host={server.host} --user={server.username} --password={server.password or ''}"
    options += f" --port={server.port}" if server.port else ""
    text = text.replace(OPTIONS, options).replace("app_restored", str(other.database))
    return text.replace("backup.sql app\n", f"backup.sql {server.database}\n")


def use_server(reader: Reader, engine: str, url: str) -> None:
    """Let the project use this database; SQLite stays where `.env` says it is."""
    if engine != "sqlite":
        reader.settings["DATABASE_URL"] = url


def enter(reader: Reader) -> dict[str, str]:
    """Register at the server of the reader, log in, and store an item."""
    with asking(reader) as client:
        journey.expect(201, client.post("/auth/register", json=journey.ACCOUNT))
        tokens = log_in(client)
        journey.expect(201, client.post("/items", json={"title": TITLE}))
    return tokens


def assert_all_is_there(reader: Reader) -> None:
    """The account and the item that `enter` has made are there, on a server that starts now."""
    reader.serve()
    with asking(reader) as client:
        log_in(client)
        assert titles(client) == [TITLE]


@contextmanager
def asking(reader: Reader, token: str = "") -> Iterator[httpx2.Client]:
    """A client of the server of the reader."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with httpx2.Client(base_url=f"{reader.address}/api/v1", headers=headers) as client:
        yield client


def log_in(client: httpx2.Client) -> dict[str, str]:
    """Tokens; from now on the client uses them."""
    form = {"username": journey.ACCOUNT["email"], "password": journey.ACCOUNT["password"]}
    tokens = journey.expect(200, client.post("/auth/token", data=form))
    journey.authorize(client, tokens)
    return tokens


def renew(client: httpx2.Client, tokens: dict[str, str]) -> httpx2.Response:
    """Ask for the next tokens."""
    return client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


def titles(client: httpx2.Client) -> list[str]:
    """The titles of all items."""
    return [item["title"] for item in journey.expect(200, client.get("/items"))["items"]]


def replace_setting(env: Path, name: str, value: str) -> None:
    """Write another value into a file of settings."""
    lines = env.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [f"{name}={value}\n" if line.startswith(f"{name}=") else line for line in lines]
    assert changed != lines
    env.write_text("".join(changed), encoding="utf-8")


def lose_everything(database: Path) -> None:
    """Delete every row."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM users")
        assert connection.execute("SELECT count(*) FROM items").fetchone() == (0,)
