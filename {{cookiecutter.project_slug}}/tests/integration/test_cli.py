"""The command ``app``: what it does, and that it says in a sentence what is wrong."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.cli import main
from app.core.exceptions import StartupError
from app.core.project import ROOT
from app.main import create_app
from tests.support.processes import command
from tests.support.settings import make_settings


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, arguments)


def test_migrate_says_whether_there_was_anything_to_do(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert run("migrate").output == "The database is up to date now.\n"
    again = run("migrate")
    assert (again.exit_code, again.output) == (0, "There was nothing to do.\n")


def test_export_openapi_needs_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{(tmp_path / 'no' / 'app.db').as_posix()}")
    result = run("export-openapi")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == create_app(make_settings()).openapi()


@pytest.mark.parametrize("name", ["migrate", "serve", "export-openapi"])
def test_a_wrong_setting_is_told_in_a_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")
    result = run(name)
    assert result.exit_code == 1
    assert "LOG_LEVEL: Input should be 'DEBUG', 'INFO'" in result.stderr
    assert "given: 'LOUD'" in result.stderr


def test_reloading_is_for_one_worker() -> None:
    result = run("serve", "--reload", "--workers", "2")
    assert result.exit_code == 2
    assert "--reload works with one worker only" in result.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_must_be_one(port: str) -> None:
    assert run("serve", "--port", port).exit_code == 2


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that comes before the server happens, and no more."""
    monkeypatch.setenv("DATABASE_AUTO_MIGRATE", "false")
    monkeypatch.setattr("app.server.run", lambda *_, **__: None)


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]])
def test_nothing_is_promised_that_cannot_start(
    more: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise StartupError("A file is wrong.")

    monkeypatch.setattr("app.cli.create_app", refuse)
    result = run("serve", "--port", "0", *more)
    assert (result.exit_code, result.stderr) == (1, "Error: A file is wrong.\n")


@pytest.mark.usefixtures("unserved")
def test_the_documentation_is_promised_where_it_will_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    lines = run("serve", "--port", port).stderr.splitlines()
    assert lines[-1] == f"Documentation: http://127.0.0.1:{port}/docs"


@pytest.fixture
def taken() -> Iterator[str]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]])
def test_a_port_that_is_taken_is_told_before_anything_is_promised(
    taken: str, more: list[str]
) -> None:
    result = run("serve", "--port", taken, *more)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: Port {taken} is taken by another program; choose another one with --port.\n"
    )


def test_an_address_that_is_not_this_machine_s_is_told() -> None:
    result = run("serve", "--host", "192.0.2.1")
    assert result.exit_code == 1
    assert "Nothing can listen at 192.0.2.1, port 8000" in result.stderr
    assert "choose another place with --host or --port" in result.stderr


def run_alone(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a person does."""
    return subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_every_wrong_setting_is_told_and_no_traceback() -> None:
    done = run_alone("migrate", ENVIRONMENT="prod", DATABASE_POOL_SIZE="0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ENVIRONMENT: Input should be 'development', 'testing' or 'production'" in done.stderr
    assert "DATABASE_POOL_SIZE: Input should be greater than or equal to 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_told_and_no_traceback(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{(tmp_path / 'missing' / 'app.db').as_posix()}"
    done = run_alone("serve", "--port", "0", DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database at sqlite")
    assert done.stderr.endswith("Is it running, and is DATABASE_URL right?\n")
