"""What the hook after generation does to files: pruning, and `.env` with its secret."""

import os
import re
import stat
from pathlib import Path

from finishing import EXAMPLE
from finishing import LEFT_OUT
from finishing import Finish
from finishing import posix_only


def test_what_is_off_goes_with_the_folders_that_are_empty_then(
    finish: Finish, project: Path
) -> None:
    (project / LEFT_OUT[-1]).unlink()
    finish()
    assert [path.relative_to(project) for path in (project / "app").rglob("*")] == [
        Path("app/main.py")
    ]


def test_a_person_s_own_files_stay_in_folders_that_are_off(finish: Finish, project: Path) -> None:
    own = project / "app" / "auth" / "deep" / "mine.py"
    own.write_text("mine = True\n", encoding="utf-8")
    finish()
    assert own.read_text(encoding="utf-8") == "mine = True\n"
    assert [*own.parent.iterdir()] == [own]


@posix_only
def test_a_folder_that_is_a_link_stays(finish: Finish, project: Path, tmp_path: Path) -> None:
    folder = (project / "app" / "auth").rename(tmp_path / "elsewhere")
    (project / "app" / "auth").symlink_to(folder)
    finish()
    assert (project / "app" / "auth").is_symlink()


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
