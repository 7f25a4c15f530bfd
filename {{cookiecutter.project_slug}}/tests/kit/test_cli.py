"""The command ``app``: what it does, and that it says in a sentence what is wrong."""

import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner
from click.testing import Result
from fastapi import FastAPI
from uvicorn.supervisors.watchfilesreload import FileFilter

from app import __main__ as program
from app.cli import main
from app.core.config import load_settings
from app.kit.cli import Commands
from app.kit.cli import serve_command
from app.kit.exceptions import StartupError
from app.kit.http import server
from app.kit.project_metadata import ROOT
from app.main import create_app
from tests.support.processes import command
from tests.support.settings import make_settings

INTERRUPTED = """
import signal, sys
from importlib import import_module

class CtrlC:
    def find_spec(self, name, *_):
        if name == "app.main":
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, CtrlC())
module, function = sys.argv.pop(1).split(":")
getattr(import_module(module), function)()
"""
"""Ctrl-C while the command still imports the application."""


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(main, arguments)


def test_migrate_says_whether_there_was_anything_to_do(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    assert run("migrate").output == "Migrated the database.\n"
    again = run("migrate")
    assert (again.exit_code, again.output) == (0, "The database is already up to date.\n")


def test_export_openapi_needs_no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{(tmp_path / 'no' / 'app.db').as_posix()}")
    result = run("export-openapi", "--server", "https://api.example.com/")
    assert result.exit_code == 0
    servers = [{"url": "https://api.example.com"}]
    document = create_app(make_settings()).openapi()
    assert json.loads(result.stdout) == {**document, "servers": servers}


def test_export_openapi_names_the_server_of_the_laptop_by_default() -> None:
    assert json.loads(run("export-openapi").stdout)["servers"][0]["url"] == "http://localhost:8000"


@pytest.mark.parametrize("name", ["migrate", "serve", "export-openapi"])
def test_a_wrong_setting_is_reported_in_one_sentence(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    monkeypatch.setattr("app.kit.http.server.run", lambda *_, **__: None)


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]])
def test_nothing_is_promised_that_cannot_start(more: list[str]) -> None:
    def refuse() -> FastAPI:
        raise StartupError("A file is wrong.")

    commands = Commands(commands=[serve_command(load_settings, refuse)])
    result = CliRunner().invoke(commands, ["serve", "--port", "0", *more])
    assert (result.exit_code, result.stderr) == (1, "Error: A file is wrong.\n")


@pytest.mark.usefixtures("unserved")
def test_the_documentation_is_promised_where_it_will_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    lines = run("serve", "--port", port).stderr.splitlines()
    assert lines[-1] == f"Documentation: http://127.0.0.1:{port}/docs"


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize(
    ("host", "address", "url"),
    [
        ("0.0.0.0", "192.168.1.20", "http://192.168.1.20"),  # noqa: S104
        ("::", "fd00::2", "http://[fd00::2]"),
        ("127.0.0.1", "192.168.1.20", None),
    ],
)
def test_the_addresses_for_a_phone_are_named_where_it_can_open_them(
    host: str, address: str, url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.kit.http.server.check_address", lambda *_: None)
    monkeypatch.setattr("app.kit.cli.addresses_in_networks", lambda _host: [address])
    lines = run("serve", "--host", host, "--port", "8000").stderr.splitlines()
    named = [line for line in lines if line.startswith("From a phone")]
    assert named == ([f"From a phone on the same network: {url}:8000"] if url else [])


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_an_address_can_be_opened_in_a_browser(host: str, url: str) -> None:
    assert server.browser_url(host, 8000) == url


def test_reloading_watches_code_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda make, **options: given.update(options))
    server.run("app.main:create_app", workers=1, reload=True)
    options = {"reload": True, "log_config": None, **watching(given)}
    is_watched = FileFilter(uvicorn.Config("app.main:create_app", **options))
    for name in ("app/main.py", ".env", "config/development.toml"):
        assert is_watched(ROOT / name), name
    for name in ("app.db", ".env.example", "app/__pycache__/main.cpython-313.pyc"):
        assert not is_watched(ROOT / name), name
    assert given["reload_dirs"] == [str(ROOT)]


def watching(options: dict[str, Any]) -> dict[str, Any]:
    """Those of the options of Uvicorn that say what it watches."""
    return {name: value for name, value in options.items() if name.startswith("reload_")}


@pytest.fixture
def taken() -> Iterator[str]:
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield str(listener.getsockname()[1])


@pytest.mark.usefixtures("unserved")
@pytest.mark.parametrize("more", [[], ["--workers", "2"], ["--reload"]])
def test_a_port_that_is_taken_is_reported_before_anything_is_promised(
    taken: str, more: list[str]
) -> None:
    result = run("serve", "--port", taken, *more)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: Port {taken} is already in use; choose another one with --port.\n"
    )


def test_an_address_that_is_not_this_machine_s_is_rejected() -> None:
    result = run("serve", "--host", "192.0.2.1")
    assert result.exit_code == 1
    assert "Cannot listen on 192.0.2.1, port 8000" in result.stderr
    assert "choose another address with --host or --port" in result.stderr


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


def test_ctrl_c_during_the_imports_leaves_no_traceback() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    entry_point = tomllib.loads(text)["project"]["scripts"]["app"]
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, entry_point, "serve"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_python_runs_the_package_as_the_command() -> None:
    command_line = [sys.executable, "-m", "app", "serve", "--help"]
    help_text = subprocess.check_output(command_line, cwd=ROOT, encoding="utf-8")
    assert "app serve [OPTIONS]" in help_text


def test_every_wrong_setting_is_reported_without_a_traceback() -> None:
    done = run_alone("migrate", ENVIRONMENT="prod", DATABASE_POOL_SIZE="0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ENVIRONMENT: Input should be 'development', 'testing' or 'production'" in done.stderr
    assert "DATABASE_POOL_SIZE: Input should be greater than or equal to 1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_is_not_there_is_reported_without_a_traceback(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{(tmp_path / 'missing' / 'app.db').as_posix()}"
    done = run_alone("serve", "--port", "0", DATABASE_URL=nowhere)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Cannot connect to the database at sqlite")
    folder = tmp_path / "missing"
    assert done.stderr.endswith(
        f" The folder {folder} does not exist: create it, or change DATABASE_URL.\n"
    )
    assert "Traceback" not in done.stderr


def test_a_database_file_that_cannot_be_opened_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("The thread of aiosqlite would print a traceback.")

    monkeypatch.setattr("aiosqlite.connect", refuse)
    url = f"sqlite:///{(tmp_path / ('long' * 100)).as_posix()}"  # no file can have this name
    monkeypatch.setenv("DATABASE_URL", url)
    result = run("migrate")
    assert result.exit_code == 1
    hint = f"Is DATABASE_URL correct, and may the server write to the folder {tmp_path}?\n"
    assert result.stderr.endswith(hint)


def test_an_error_while_modules_are_imported_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise StartupError("The job greet has no type for name.")

    monkeypatch.setitem(sys.modules, "app.cli", Broken("app.cli"))
    with pytest.raises(SystemExit, match=r"^Error: The job greet has no type for name\.$"):
        program.main()
