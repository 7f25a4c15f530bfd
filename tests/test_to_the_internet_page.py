"""docs/to-the-internet.md: its files are valid, and its commands work where they can run here."""

import os
import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from support import clean_environment
from support import doc_examples
from support import page_steps
from support.paths import ROOT

PAGE = ROOT / "docs" / "to-the-internet.md"
CHAPTERS = page_steps.split_sections(PAGE)
SETTINGS, SERVICE, PROXY, ADMIN, BACK_UP, UPDATE = (
    next(text for heading, text in CHAPTERS.items() if heading.startswith(number))
    for number in ("3.", "4.", "5.", "6.", "7.", "8.")
)

Bake = Callable[..., Path]


class Server:
    """A folder that stands for the root of a server, with the project of the page."""

    def __init__(self, root: Path, project: Path) -> None:
        self.project = project
        self.places = {
            "/srv/my_backend/.venv/bin/python": sys.executable,
            **{place: f"{root}{place}" for place in ("/etc", "/var/lib", "/var/backups")},
        }
        for place in ("/etc/cron.daily", "/var/lib/my_backend"):
            (root / place[1:]).mkdir(parents=True)

    def here(self, text: str) -> str:
        """The text with the places of this machine."""
        pattern = "|".join(map(re.escape, self.places))
        return re.sub(pattern, lambda found: self.places[found[0]], text)

    def type(self, command: str, **settings: str) -> str:
        """Run what a page says to type."""
        shell = [
            doc_examples.require_program("bash"),
            "-c",
            self.here(doc_examples.STRICT_SHELL + command),
        ]
        return clean_environment.run(shell, self.project, **settings)


@pytest.fixture
def server(bake: Bake, tmp_path: Path) -> Server:
    """A server of a project with statistics, of which nothing but the places is there."""
    if os.name == "nt":
        pytest.skip("the page is about Linux")
    return Server(tmp_path / "root", bake(ai_statistical="yes"))


def settings_of(server: Server) -> dict[str, str]:
    """The settings that the page writes."""
    (block,) = page_steps.read_blocks(SETTINGS, "sh")
    server.type(block)
    file = Path(server.here("/etc/my_backend.env"))
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_production_starts_with_the_settings(server: Server) -> None:
    given = settings_of(server)
    assert given["ENVIRONMENT"] == "production"
    printed = clean_environment.run([*page_steps.APP, "migrate"], server.project, **given)
    assert "Migrated the database" in printed
    assert Path(server.here("/var/lib/my_backend/app.db")).exists()


def test_the_nightly_backup_keeps_a_copy_per_day(server: Server) -> None:
    given = settings_of(server)
    clean_environment.run([*page_steps.APP, "migrate"], server.project, **given)
    models = Path(server.here("/var/lib/my_backend/models"))
    models.mkdir()
    (models / "model.skops").write_text("learned")
    write, run = page_steps.read_blocks(BACK_UP, "sh")
    server.type(write)
    for _ in range(2):
        server.type(run)
    database, archive = sorted(Path(server.here("/var/backups/my_backend")).iterdir())
    assert (database.suffix, archive.name[1:]) == (".db", ".models.tar.gz")
    assert database.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_systemd_accepts_the_service_of_the_project(server: Server, tmp_path: Path) -> None:
    page = (server.project / "docs" / "deployment.md").read_text(encoding="utf-8")
    (unit,) = page_steps.read_blocks(SERVICE, "ini")
    assert [unit] == page_steps.read_blocks(page, "ini")
    assert page_steps.read_blocks(ADMIN, "sh")[0] in page_steps.read_blocks(page, "sh")
    (sync,) = (line for line in page_steps.read_commands(UPDATE) if line.startswith("uv sync"))
    assert sync in page_steps.read_commands(page)
    assert sync in page_steps.read_commands(CHAPTERS["2. Fetch the project"])
    systemd = doc_examples.require_program("systemd-analyze")
    file = tmp_path / "my_backend.service"
    file.write_text(unit.replace("/srv/my_backend/.venv/bin/app", sys.executable))
    clean_environment.run([systemd, "verify", "--man=no", str(file)], tmp_path)


def test_caddy_accepts_the_file(tmp_path: Path) -> None:
    (text,) = page_steps.read_blocks(PROXY, "text")
    file = tmp_path / "Caddyfile"
    file.write_text(text)
    caddy = doc_examples.require_program("caddy")
    clean_environment.run([caddy, "validate", "--config", str(file)], tmp_path, HOME=str(tmp_path))
    assert clean_environment.run([caddy, "fmt", str(file)], tmp_path, HOME=str(tmp_path)) == text
