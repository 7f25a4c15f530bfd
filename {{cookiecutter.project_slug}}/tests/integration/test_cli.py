"""The command ``app``: what it does, and that it says in a sentence what is wrong."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.cli import main
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
