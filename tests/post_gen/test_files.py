"""The hook deletes files of features that are off, and writes `.env` with a new secret."""

import os
import re
import stat
from pathlib import Path

from support.post_gen_hook import ENV_EXAMPLE
from support.post_gen_hook import OMITTED_FILES
from support.post_gen_hook import RunHook
from support.post_gen_hook import posix_only


def test_files_of_features_that_are_off_are_deleted_with_empty_folders(
    finish: RunHook, project: Path
) -> None:
    (project / OMITTED_FILES[-1]).unlink()
    finish()
    assert [path.relative_to(project) for path in (project / "app").rglob("*")] == [
        Path("app/main.py")
    ]


def test_files_of_the_user_stay_in_folders_of_features_that_are_off(
    finish: RunHook, project: Path
) -> None:
    own = project / "app" / "auth" / "deep" / "mine.py"
    own.write_text("mine = True\n", encoding="utf-8")
    finish()
    assert own.read_text(encoding="utf-8") == "mine = True\n"
    assert [*own.parent.iterdir()] == [own]


@posix_only
def test_a_symbolic_link_to_a_folder_is_kept(
    finish: RunHook, project: Path, tmp_path: Path
) -> None:
    folder = (project / "app" / "auth").rename(tmp_path / "elsewhere")
    (project / "app" / "auth").symlink_to(folder)
    finish()
    assert (project / "app" / "auth").is_symlink()


def test_env_has_a_new_secret(finish: RunHook, project: Path) -> None:
    finish()
    before, secret, after = re.split(r"(?<=\nSECRET_KEY=)(.+)", (project / ".env").read_text())
    assert f"{before}change-me{after}" == ENV_EXAMPLE
    assert len(secret) == 64
    assert (project / ".env.example").read_text() == ENV_EXAMPLE
    if os.name != "nt":
        assert stat.S_IMODE((project / ".env").stat().st_mode) == 0o600


def test_every_project_has_a_different_secret(finish: RunHook, project: Path) -> None:
    secrets = set()
    for _ in range(2):
        finish()
        secrets.add((project / ".env").read_text())
        (project / ".env").unlink()
    assert len(secrets) == 2


def test_an_existing_env_is_kept(finish: RunHook, project: Path) -> None:
    (project / ".env").write_text("SECRET_KEY=mine\n")
    finish()
    assert (project / ".env").read_text() == "SECRET_KEY=mine\n"


def test_without_a_secret_env_is_the_example(finish: RunHook, project: Path) -> None:
    (project / ".env.example").write_text("ENVIRONMENT=development\n")
    finish()
    assert (project / ".env").read_text() == "ENVIRONMENT=development\n"
