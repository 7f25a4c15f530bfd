"""`.cruft.json`: Cookiecutter writes it, too, so that cruft can update the project."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import template_origin
from support import processes
from support.cruft_projects import append_line
from support.cruft_projects import read_contents
from support.cruft_projects import run_cruft
from support.generation import TEMPLATE_FOLDER
from support.generation import commit_all
from support.generation import create_repository
from support.generation import run_cookiecutter
from support.generation import run_git

GITHUB = "https://github.com/owner/template.git"


@pytest.fixture
def published(template: Path, tmp_path: Path) -> Path:
    """The template as a repository that the test may change."""
    return create_repository(template, tmp_path / "template")


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


def test_the_state_is_that_of_cruft(published: Path, tmp_path: Path) -> None:
    config = tmp_path / "gitconfig"
    config.write_text(
        f'[url "{published.as_uri()}"]\ninsteadOf = {GITHUB}\n[user]\nname = T\nemail = t@e.org\n'
    )
    by_cookiecutter = generated(
        "gh:owner/template", tmp_path / "one", GIT_CONFIG_GLOBAL=str(config)
    )
    (tmp_path / "two").mkdir()
    create = ("create", GITHUB, "--no-input")
    run_cruft(tmp_path / "two", *create, GIT_CONFIG_GLOBAL=str(config))
    by_cruft = tmp_path / "two" / "my_backend"
    for project in (by_cookiecutter, by_cruft):
        assert ".cruft.json" in run_git(project, "ls-files").split("\n")
        assert run_git(project, "status", "--porcelain") == ""
    assert (by_cookiecutter / ".cruft.json").read_bytes() == (by_cruft / ".cruft.json").read_bytes()
    assert read_contents(by_cookiecutter) == read_contents(by_cruft)
    assert state(by_cruft)["template"] == GITHUB
    assert state(by_cruft)["commit"] == run_git(published, "rev-parse", "HEAD")


def test_a_project_of_cookiecutter_is_updated(published: Path, tmp_path: Path) -> None:
    project = generated(published, tmp_path / "one", "author_name=Zoë {{ x }}")
    project = project.rename(tmp_path / "moved")
    assert state(project)["template"] == str(published)
    newer = published / "local_extensions.py"  # what reads the template is newer, too
    text = newer.read_text(encoding="utf-8")
    newer.write_text(text.replace("quoted=", "shout=str.upper, quoted="))
    questions = published / "cookiecutter.json"
    version = json.loads(questions.read_text(encoding="utf-8"))["_version"]
    questions.write_text(questions.read_text().replace(f'"{version}"', '"9.8.7"'))
    append_line(published / TEMPLATE_FOLDER / "README.md", "{{ 'new' | shout }}")
    commit_all(published)

    output = run_cruft(project, "update", "-y", TEMPLATE_SKIP_INSTALL="")

    assert output.splitlines()[:2] == [
        f"Writing the files (template {number}) ..." for number in (version, "9.8.7")
    ]
    assert "Go there" not in output
    assert "Installing" not in output
    assert (project / "README.md").read_text(encoding="utf-8").endswith("\nNEW\n")
    changed = run_git(project, "diff", "HEAD", "--name-only").split("\n")
    assert set(changed) == {".cookiecutter.json", ".cruft.json", "README.md"}
    assert '+    "_version": "9.8.7",' in run_git(
        project, "diff", "HEAD", "--", ".cookiecutter.json"
    )
    assert state_of_cruft(project)["context"]["cookiecutter"]["author_name"] == "Zoë {{ x }}"
    commit_all(project)
    assert "already up to date" in run_cruft(project, "update", "-y")


def state_of_cruft(project: Path) -> dict[str, Any]:
    """The same after an update; cruft writes it in the encoding of the system."""
    kept: dict[str, Any] = json.loads((project / ".cruft.json").read_text())
    return kept


def test_a_template_in_a_folder_of_its_repository(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "templates.git" / "deep" / "backend")
    run_git(tmp_path / "templates.git", "init", "-q")
    commit_all(tmp_path / "templates.git")
    arguments = ("--directory", "deep/backend", "--checkout", "HEAD")
    project = generated((tmp_path / "templates.git").as_uri(), tmp_path / "one", *arguments)
    assert state(project)["directory"] == "deep/backend"
    assert state(project)["template"] == (tmp_path / "templates.git").as_uri()
    assert state(project)["checkout"] == "HEAD"
    append_line(
        tmp_path / "templates.git" / "deep" / "backend" / TEMPLATE_FOLDER / "README.md", "New."
    )
    commit_all(tmp_path / "templates.git")
    assert "Go there" not in run_cruft(project, "update", "-y")
    assert (project / "README.md").read_text(encoding="utf-8").endswith("New.\n")


def test_a_folder_without_repository_has_no_cruft_state(template: Path, tmp_path: Path) -> None:
    shutil.copytree(template, tmp_path / "repository" / "copied")
    (tmp_path / "repository" / "a.txt").touch()
    run_git(tmp_path / "repository", "init", "-q")
    run_git(tmp_path / "repository", "add", "a.txt")
    run_git(tmp_path / "repository", "commit", "-qm", "Something else")
    project = generated(tmp_path / "repository" / "copied", tmp_path / "one")
    assert not (project / ".cruft.json").exists()


def test_git_variables_of_another_repository_are_ignored_by_the_origin(
    published: Path, tmp_path: Path
) -> None:
    project = generated(published, tmp_path / "one", GIT_DIR=str(tmp_path / "nowhere"))
    assert state(project)["commit"] == run_git(published, "rev-parse", "HEAD")


def render_in(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be where Cookiecutter renders, before git was asked anything."""
    monkeypatch.chdir(template / TEMPLATE_FOLDER)
    template_origin.git.cache_clear()


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://me:secret@example.com/owner/a.git", "https://example.com/owner/a.git"),
        ("https://secret@example.com/owner/a.git", "https://example.com/owner/a.git"),
        ("http://me:secret@example.com:3000/a.git", "http://example.com:3000/a.git"),
        ("https://x-token:secret@[::1]:8080/a.git", "https://[::1]:8080/a.git"),
        ("https://example.com/a.git?private_token=secret", "https://example.com/a.git"),
        ("https://example.com/a.git#secret", "https://example.com/a.git"),
        ("git+https://secret@example.com/a.git", "git+https://example.com/a.git"),
        ("ssh://git:secret@example.com:22/owner/a.git", "ssh://git@example.com:22/owner/a.git"),
        ("git:secret@example.com:owner/a.git", "git@example.com:owner/a.git"),
        ("file:///srv/a.git", "file:///srv/a.git"),
        ("C:\\templates\\a", "C:\\templates\\a"),
        ("ssh://git@example.com/owner/a.git", "ssh://git@example.com/owner/a.git"),
        ("git@example.com:owner/a.git", "git@example.com:owner/a.git"),
        ("https://example.com/owner/a@b.git", "https://example.com/owner/a@b.git"),
    ],
)
def test_no_password_is_kept(
    published: Path, monkeypatch: pytest.MonkeyPatch, origin: str, address: str
) -> None:
    run_git(published, "remote", "add", "origin", origin)
    render_in(published, monkeypatch)
    answers = {"_template": "gh:owner/a", "_repo_dir": str(published)}
    assert template_origin.template_address(answers, str(published)) == address
    by_cruft = {"_template": origin, "_commit": "0"}
    assert template_origin.template_address(by_cruft, str(published)) == address


def test_without_git_there_is_no_cruft_state(
    published: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    render_in(published, monkeypatch)
    answers = {"_template": str(published), "_repo_dir": str(published)}
    assert template_origin.cruft_state(answers)
    render_in(published, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert template_origin.cruft_state(answers) == ""


def test_a_clone_without_origin_has_no_cruft_state(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    render_in(published, monkeypatch)
    answers = {"_template": "gh:owner/a", "_repo_dir": str(published)}
    assert template_origin.cruft_state(answers) == ""


def clone(published: Path, folder: Path, origin: str) -> Path:
    """A clone of the template as somebody has it who got it from this address."""
    run_git(published, "clone", "-q", str(published), str(folder))
    run_git(folder, "config", "remote.origin.url", origin)
    return folder


@pytest.mark.parametrize("origin", [GITHUB, "https://me:secret@github.com/owner/template.git"])
def test_a_clone_is_updated_from_its_url(published: Path, tmp_path: Path, origin: str) -> None:
    cloned = clone(published, tmp_path / "clone", origin)
    project = generated(cloned, tmp_path / "one")
    assert state(project)["template"] == GITHUB
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "{published.as_uri()}"]\ninsteadOf = {GITHUB}\n')
    shutil.rmtree(cloned)
    append_line(published / TEMPLATE_FOLDER / "README.md", "New.")
    commit_all(published)
    run_cruft(project, "update", "-y", GIT_CONFIG_GLOBAL=str(config))
    assert (project / "README.md").read_text(encoding="utf-8").endswith("New.\n")


def test_an_unpublished_commit_is_found_in_the_clone(published: Path, tmp_path: Path) -> None:
    cloned = clone(published, tmp_path / "clone", GITHUB)
    append_line(cloned / TEMPLATE_FOLDER / "README.md", "Mine.")
    commit_all(cloned)
    assert state(generated(cloned, tmp_path / "one"))["template"] == str(cloned)


def test_a_clone_of_a_folder_is_its_own_origin(published: Path, tmp_path: Path) -> None:
    cloned = clone(published, tmp_path / "clone", str(published))
    assert state(generated(cloned, tmp_path / "one"))["template"] == str(cloned)


def test_another_working_tree_of_the_repository(published: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    command = ["git", "-C", str(published), "worktree", "add", "-q", "--detach", str(tree)]
    processes.run(command, check=True)
    assert state(generated(tree, tmp_path / "one"))["template"] == str(tree)
