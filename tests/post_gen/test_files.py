"""What the hook after generation does to files: pruning, and `.env` with its secret."""

import os
import re
import stat
from pathlib import Path

from finishing import EXAMPLE
from finishing import Finish


def test_features_that_are_off_are_pruned(finish: Finish, project: Path) -> None:
    finish()
    left = {path.relative_to(project).as_posix() for path in (project / "app").rglob("*")}
    assert left == {"app/mysql.py", "app/main.py"}
    assert not (project / ".features.json").exists()


def test_env_has_a_secret_of_its_own(finish: Finish, project: Path) -> None:
    finish()
    before, secret, after = re.split(r"(?<=\nSECRET_KEY=)(.+)", (project / ".env").read_text())
    assert f"{before}change-me{after}" == EXAMPLE
    assert len(secret) == 64
    assert (project / ".env.example").read_text() == EXAMPLE
    if os.name != "nt":
        assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600


def test_every_project_has_another_secret(finish: Finish, project: Path) -> None:
    secrets = set()
    for _ in range(2):
        (project / ".features.json").write_text("{}", encoding="utf-8")
        finish()
        secrets.add((project / ".env").read_text())
        (project / ".env").unlink()
    assert len(secrets) == 2


def test_an_env_that_was_there_stays(finish: Finish, project: Path) -> None:
    (project / ".env").write_text("SECRET_KEY=mine\n")
    finish()
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"


def test_without_a_secret_env_is_the_example(finish: Finish, project: Path) -> None:
    (project / ".env.example").write_text("ENVIRONMENT=development\n")
    finish()
    assert (project / ".env").read_text() == "ENVIRONMENT=development\n"
