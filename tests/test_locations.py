"""Where the template can be and where projects can be generated."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support import processes
from support.generation import create_repository
from support.generation import list_files
from support.generation import run_cookiecutter
from support.generation import run_git
from support.paths import ROOT


@pytest.fixture(scope="module")
def repository(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a repository, as it is published."""
    folder = tmp_path_factory.mktemp("published")
    published = create_repository(template, folder / "working copy")
    bare = folder / "template.git"
    processes.run(["git", "clone", "-q", "--bare", str(published), str(bare)], check=True)
    return bare


def generated(template: Path | str, folder: Path, *arguments: str, **settings: str) -> None:
    """Generate with all defaults."""
    done = run_cookiecutter(template, folder, "--no-input", *arguments, **settings)
    assert done.returncode == 0, done.stdout + done.stderr


def test_from_a_relative_folder(bake: Callable[..., Path], template: Path, tmp_path: Path) -> None:
    generated(os.path.relpath(template, tmp_path), tmp_path)
    assert list_files(tmp_path / "my_backend") == list_files(bake())


def test_from_a_repository(bake: Callable[..., Path], repository: Path, tmp_path: Path) -> None:
    generated(repository.as_uri(), tmp_path)
    assert list_files(tmp_path / "my_backend") == list_files(bake()) | {".cruft.json"}


def test_from_github(bake: Callable[..., Path], repository: Path, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    github = "https://github.com/owner/template.git"
    config.write_text(f'[url "{repository.as_uri()}"]\ninsteadOf = {github}\n')
    generated("gh:owner/template", tmp_path, GIT_CONFIG_GLOBAL=str(config))
    assert list_files(tmp_path / "my_backend") == list_files(bake()) | {".cruft.json"}


@pytest.mark.parametrize("name", ["with blanks", "Ünïcode 目录", "it's & more"])
def test_into_any_folder(
    bake: Callable[..., Path], template: Path, tmp_path: Path, name: str
) -> None:
    generated(template, tmp_path, "-o", name)
    project = tmp_path / name / "my_backend"
    assert list_files(project) == list_files(bake())
    assert run_git(project, "status", "--porcelain") == ""


def test_from_a_folder_with_an_unusual_name(
    bake: Callable[..., Path], repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "Ünïcode 目录"
    processes.run(["git", "clone", "-q", str(repository), str(folder)], check=True)
    generated(folder, tmp_path)
    assert list_files(tmp_path / "my_backend") == list_files(bake()) | {".cruft.json"}


def test_generating_again_keeps_files_of_the_user(template: Path, tmp_path: Path) -> None:
    generated(template, tmp_path)
    project = tmp_path / "my_backend"
    secret = (project / ".env").read_text(encoding="utf-8")
    (project / "mine.txt").touch()
    generated(template, tmp_path, "--overwrite-if-exists")
    assert (project / ".env").read_text(encoding="utf-8") == secret
    assert (project / "mine.txt").exists()
    assert run_git(project, "status", "--porcelain") == "?? mine.txt"


def test_file_names_are_valid_on_every_system(template: Path) -> None:
    assert not (template / ".gitmodules").exists()
    for name in list_files(template):
        path = template / name
        assert not (ROOT / name).is_symlink(), name
        assert path.stat().st_size < 1_000_000, name
        assert b"\r" not in path.read_bytes(), name


def test_a_clone_has_unix_line_endings_on_every_system(repository: Path, tmp_path: Path) -> None:
    clone = ["git", "clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    processes.run([*clone, str(repository), str(tmp_path / "clone")], check=True)
    for name in list_files(tmp_path / "clone"):
        assert b"\r" not in (tmp_path / "clone" / name).read_bytes(), name


def test_generated_files_have_unix_line_endings(bake: Callable[..., Path]) -> None:
    project = bake()
    for name in list_files(project):
        assert b"\r" not in (project / name).read_bytes(), name
