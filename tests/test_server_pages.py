"""What the pages of a project say about its database and about a server without containers, done.

There is neither Docker nor systemd here: their commands are cut off, and their places are folders.
"""

import asyncio
import configparser
import re
import secrets
import shlex
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from support import clean_environment
from support import doc_examples
from support import external_servers
from support import page_steps
from support.paths import ROOT

ENGINES = ("sqlite", "postgresql", "mysql")
TOOLS = {"sqlite": (), "postgresql": ("pg_dump", "pg_restore"), "mysql": ("mariadb",)}
INSIDE = re.compile(r"docker compose (?:exec \w+|run --rm app) ")
COPY = re.compile(r"docker compose cp (?:\w+:)?(\S+) (?:\w+:)?(\S+)")
AROUND = re.compile(r"(docker compose|systemctl) (stop|start) ")
DATED = re.compile(r"backup-\d{8}-\d{6}\.db")

Bake = Callable[..., Path]


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_the_readme_makes_the_database_of_the_example(engine: str, bake: Bake) -> None:
    name, server = (
        f"scratch_{secrets.token_hex(6)}",
        make_url(external_servers.require_server(engine)),
    )
    project = bake(database=engine, docker="no", project_slug=name)
    (made,) = page_steps.read_blocks((project / "README.md").read_text(encoding="utf-8"), "sql")
    made = re.sub(r"\bapp\b", name, made)
    (example,) = re.findall(
        "^DATABASE_URL=(.+)", (project / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    try:
        for statement in made.strip().split("\n"):
            asyncio.run(external_servers.execute_statement(server, statement))
        url = example.replace("app", name).replace("localhost", f"localhost:{server.port}")
        assert "Migrated the database" in clean_environment.run(
            [*page_steps.APP, "migrate"], project, DATABASE_URL=url
        )
    finally:
        for statement in (f"DROP DATABASE IF EXISTS {name}", f"DROP USER IF EXISTS {name}"):
            asyncio.run(external_servers.execute_statement(server, statement))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_was_backed_up_in_containers_can_be_restored(
    engine: str, bake: Bake, tmp_path: Path
) -> None:
    for tool in TOOLS[engine]:
        doc_examples.require_program(tool)
    copy, restore = back_up(bake(database=engine))
    with external_servers.scratch_database(engine, tmp_path) as url:
        inside = tmp_path / "inside"
        inside.mkdir()
        places = {"/tmp": str(inside), "python ": f"{sys.executable} "}  # noqa: S108
        places |= {"/data/app.db": str(make_url(url).database), "/data": str(inside)}
        if engine != "sqlite":
            places |= of_server(url)
        execute(url, "CREATE TABLE kept (n INTEGER)")
        follow(copy, places, tmp_path)
        execute(url, "DROP TABLE kept", "CREATE TABLE later (n INTEGER)")
        follow(restore, places, tmp_path)
        execute(url, "DROP TABLE kept", "CREATE TABLE later (n INTEGER)")


def test_a_file_that_was_backed_up_on_a_server_can_be_restored(bake: Bake, tmp_path: Path) -> None:
    project = bake(docker="no")
    copy, restore = back_up(project)
    with external_servers.scratch_database("sqlite", tmp_path) as url:
        database = f"/var/lib/{project.name}/app.db"
        python = f"/srv/{project.name}/.venv/bin/python"
        places = {database: str(make_url(url).database), python: sys.executable}
        with pytest.raises(AssertionError, match="unable to open database file"):
            follow(copy, places, tmp_path)
        assert list(tmp_path.glob("*.db")) == []
        execute(url, "PRAGMA journal_mode=WAL", "CREATE TABLE kept (n INTEGER)")
        follow(copy, places, tmp_path)
        execute(url, "DROP TABLE kept", "CREATE TABLE later (n INTEGER)")
        (made,) = (path.name for path in tmp_path.iterdir() if DATED.fullmatch(path.name))
        (shown,) = DATED.findall(" ".join(restore))
        follow(restore, {**places, shown: made}, tmp_path)
        execute(url, "DROP TABLE kept", "CREATE TABLE later (n INTEGER)")


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_other_back_ups_are_those_of_the_recipe(engine: str, bake: Bake) -> None:
    recipe = (ROOT / "docs" / "recipes" / "back-up.md").read_text(encoding="utf-8")
    tested = page_steps.read_commands(recipe.replace("app:app@", "app@"))
    copy, restore = back_up(bake(database=engine, docker="no"))
    assert set(copy + restore) <= set(tested)


def test_commands_on_a_server_are_run_as_the_service_is(bake: Bake) -> None:
    page = (bake(docker="no") / "docs" / "deployment.md").read_text(encoding="utf-8")
    (text,) = page_steps.read_blocks(page, "ini")
    unit = configparser.ConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    service = dict(unit["Service"])
    (command,) = (line for line in page_steps.read_commands(page) if line.startswith("systemd-run"))
    words = shlex.split(command.replace("--property=", ""))
    given = dict(word.split("=", 1) for word in words if "=" in word)
    assert given.keys() >= {"User", "DynamicUser", "StateDirectory", "EnvironmentFile"}
    assert given.items() <= service.items()
    assert f"{service['ExecStart'].split()[0]} create-admin" in command


def back_up(project: Path) -> tuple[list[str], list[str]]:
    """The first commands that copy a database, and those that restore it."""
    part = page_steps.split_sections(project / "docs" / "deployment.md")["Back it up"]
    copy, then, restore = part.partition("### On a server")[0].partition("To restore")
    assert then
    return page_steps.read_commands(copy), page_steps.read_commands(restore)


def of_server(url: str) -> dict[str, str]:
    """How the pages name their server, its user and its database -> how this one is."""
    server = make_url(url)
    where = f"--host={server.host} --port={server.port} --user"
    password = f"--password={server.password or ''}"
    return {
        "--username=app": f"{where}name={server.username}",
        '-u app -p"$MARIADB_PASSWORD"': f"{where}={server.username} {password}",
        " my_backend ": f" {server.database} ",
        " my_backend;": f" {server.database};",
        ' my_backend"': f' {server.database}"',
        " my_backend\n": f" {server.database}\n",
    }


def follow(commands: list[str], places: dict[str, str], folder: Path) -> None:
    """Run the commands of a page, with their places on this machine."""
    for command in commands:
        if AROUND.match(command):
            continue
        line = COPY.sub(r"cp \1 \2", INSIDE.sub("", command)) + "\n"
        for theirs, ours in places.items():
            line = line.replace(theirs, ours)
        clean_environment.run([doc_examples.require_program("bash"), "-c", line], folder)


def execute(url: str, *statements: str) -> None:
    """Run statements; one fails when a table is not there, or is there already."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parts.database))) as connection:
            for statement in statements:
                connection.execute(statement)
        return
    for statement in statements:
        asyncio.run(external_servers.execute_statement(parts, statement))
