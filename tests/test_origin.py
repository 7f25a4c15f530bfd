"""`.cruft.json`: made by Cookiecutter, too, so that cruft can bring what is new later."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import template_origin
from following import add_line
from following import contents
from following import cruft
from generating import FOLDER
from generating import commit
from generating import git
from generating import publish
from generating import run_cookiecutter

GITHUB = "https://github.com/owner/template.git"


@pytest.fixture
def published(template: Path, tmp_path: Path) -> Path:
    """The template as a repository that the test may change."""
    return publish(template, tmp_path / "template")


def generated(template: Path | str, folder: Path, *arguments: str, **settings: str) -> Path:
    """Generate in a new folder with all defaults, by Cookiecutter."""
    folder.mkdir()
    done = run_cookiecutter(template, folder, "--no-input", *arguments, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "my_backend"


def state(project: Path) -> dict[str, Any]:
    """What the project says about its template."""
    kept: dict[str, Any] = json.loads((project / ".cruft.json").read_text(encoding="ascii"))
    return kept


def test_it_is_what_cruft_would_have_written(published: Path, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "{published.as_uri()}"]\ninsteadOf = {GITHUB}\n[user]\nname = T\nemail = t@e.org\n'
    )
    by_cookiecutter = generated(
        "gh:owner/template", tmp_path / "one", GIT_CONFIG_GLOBAL=str(config)
    )
    (tmp_path / "two").mkdir()
    create = ("create", GITHUB, "--no-input")
    cruft(tmp_path / "two", *create, GIT_CONFIG_GLOBAL=str(config))
    by_cruft = tmp_path / "two" / "my_backend"
    for project in (by_cookiecutter, by_cruft):
        assert ".cruft.json" in git(project, "ls-files").split("\n")
        assert git(project, "status", "--porcelain") == ""
    assert (by_cookiecutter / ".cruft.json").read_bytes() == (by_cruft / ".cruft.json").read_bytes()
    assert contents(by_cookiecutter) == contents(by_cruft)
    assert state(by_cruft)["template"] == GITHUB
    assert state(by_cruft)["commit"] == git(published, "rev-parse", "HEAD")


def test_a_project_of_cookiecutter_is_updated(published: Path, tmp_path: Path) -> None:
    project = generated(published, tmp_path / "one", "author_name=Zoë {{ x }}")
    project = project.rename(tmp_path / "moved")
    assert state(project)["template"] == str(published)
    newer = published / "local_extensions.py"  # what reads the template is newer, too
    text = newer.read_text(encoding="utf-8")
    newer.write_text(text.replace("quoted=quoted,", "quoted=quoted, shout=str.upper,"))
    questions = published / "cookiecutter.json"
    version = json.loads(questions.read_text(encoding="utf-8"))["_version"]
    questions.write_text(questions.read_text().replace(f'"{version}"', '"9.8.7"'))
    add_line(published / FOLDER / "README.md", "{{ 'new' | shout }}")
    commit(published)

    output = cruft(project, "update", "-y", TEMPLATE_SKIP_INSTALL="")

    assert output.splitlines()[:2] == [f"Template {version}", "Template 9.8.7"]
    assert "Go there" not in output
    assert "Installing" not in output
    assert (project / "README.md").read_text(encoding="utf-8").endswith("\nNEW\n")
    changed = git(project, "diff", "HEAD", "--name-only").split("\n")
    assert set(changed) == {".cookiecutter.json", ".cruft.json", "README.md"}
    assert '+    "_version": "9.8.7",' in git(project, "diff", "HEAD", "--", ".cookiecutter.json")
    assert state_of_cruft(project)["context"]["cookiecutter"]["author_name"] == "Zoë {{ x }}"
    commit(project)
    assert "already up to date" in cruft(project, "update", "-y")


def state_of_cruft(project: Path) -> dict[str, Any]:
    """The same after an update; cruft writes it in the encoding of the system."""
    kept: dict[str, Any] = json.loads((project / ".cruft.json").read_text())
    return kept


def test_a_template_in_a_folder_of_its_repository(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "templates.git" / "deep" / "backend")
    git(tmp_path / "templates.git", "init", "-q")
    commit(tmp_path / "templates.git")
    arguments = ("--directory", "deep/backend", "--checkout", "HEAD")
    project = generated((tmp_path / "templates.git").as_uri(), tmp_path / "one", *arguments)
    assert state(project)["directory"] == "deep/backend"
    assert state(project)["template"] == (tmp_path / "templates.git").as_uri()
    assert state(project)["checkout"] == "HEAD"
    add_line(tmp_path / "templates.git" / "deep" / "backend" / FOLDER / "README.md", "New.")
    commit(tmp_path / "templates.git")
    assert "Go there" not in cruft(project, "update", "-y")
    assert (project / "README.md").read_text(encoding="utf-8").endswith("New.\n")


def test_a_folder_that_no_repository_holds_leaves_none(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "repository" / "copied")
    (tmp_path / "repository" / "a.txt").touch()
    git(tmp_path / "repository", "init", "-q")
    git(tmp_path / "repository", "add", "a.txt")
    git(tmp_path / "repository", "commit", "-qm", "Something else")
    project = generated(tmp_path / "repository" / "copied", tmp_path / "one")
    assert not (project / ".cruft.json").exists()


def test_a_file_of_git_in_the_surroundings_means_something_else(
    published: Path, tmp_path: Path
) -> None:
    project = generated(published, tmp_path / "one", GIT_DIR=str(tmp_path / "nowhere"))
    assert state(project)["commit"] == git(published, "rev-parse", "HEAD")


def render_in(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where Cookiecutter renders, before git was asked anything."""
    monkeypatch.chdir(template / FOLDER)
    template_origin.git.cache_clear()


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://me:secret@example.com/owner/a.git", "https://example.com/owner/a.git"),
        ("https://secret@example.com/owner/a.git", "https://example.com/owner/a.git"),
        ("ssh://git@example.com/owner/a.git", "ssh://git@example.com/owner/a.git"),
        ("git@example.com:owner/a.git", "git@example.com:owner/a.git"),
        ("https://example.com/owner/a@b.git", "https://example.com/owner/a@b.git"),
    ],
)
def test_no_password_is_kept(
    published: Path, monkeypatch: pytest.MonkeyPatch, origin: str, address: str
) -> None:
    git(published, "remote", "add", "origin", origin)
    render_in(published, monkeypatch)
    answers = {"_template": "gh:owner/a", "_repo_dir": str(published)}
    assert template_origin.template_address(answers, str(published)) == address


def test_without_git_there_is_none(
    published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    render_in(published, monkeypatch)
    answers = {"_template": str(published), "_repo_dir": str(published)}
    assert template_origin.cruft_state(answers)
    render_in(published, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert template_origin.cruft_state(answers) == ""


def test_a_clone_of_nobody_knows_where_leaves_none(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_in(published, monkeypatch)
    answers = {"_template": "gh:owner/a", "_repo_dir": str(published)}
    assert template_origin.cruft_state(answers) == ""


def test_another_working_tree_of_the_repository(published: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    command = ["git", "-C", str(published), "worktree", "add", "-q", "--detach", str(tree)]
    subprocess.run(command, check=True)
    assert state(generated(tree, tmp_path / "one"))["template"] == str(tree)
