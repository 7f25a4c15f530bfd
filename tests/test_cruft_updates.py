"""Update projects from newer versions of the template with cruft."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.cruft_projects import append_line
from support.cruft_projects import change_answers
from support.cruft_projects import read_contents
from support.cruft_projects import run_cruft
from support.generation import TEMPLATE_FOLDER
from support.generation import commit_all
from support.generation import create_repository
from support.generation import list_files
from support.generation import run_git


@pytest.fixture
def published(template: Path, tmp_path: Path) -> Path:
    """The template as a repository that the test may change."""
    return create_repository(template, tmp_path / "template")


@pytest.fixture
def create(published: Path, tmp_path: Path) -> Callable[..., Path]:
    """Create a project that follows the template; all of it is committed."""

    def created(**answers: str) -> Path:
        extra = json.dumps(answers)
        run_cruft(tmp_path, "create", str(published), "--no-input", "--extra-context", extra)
        return tmp_path / "my_backend"

    return created


def test_cruft_and_cookiecutter_create_the_same_project(
    create: Callable[..., Path], bake: Callable[..., Path]
) -> None:
    project = create(database="mysql", auth="none")
    baked = bake(database="mysql", auth="none")
    assert read_contents(project) == read_contents(baked)
    assert list_files(project) == list_files(baked) | {".cruft.json"}
    assert str(project.parent) not in (project / ".cookiecutter.json").read_text(encoding="utf-8")


def test_an_update_keeps_changes_of_the_user(create: Callable[..., Path], published: Path) -> None:
    project = create()
    env = (project / ".env").read_text(encoding="utf-8")
    append_line(project / "app" / "main.py", "# my own line")
    append_line(project / "README.md", "My own words.")
    (project / "app" / "mine.py").write_text("mine = True\n", encoding="utf-8")
    commit_all(project)
    append_line(published / TEMPLATE_FOLDER / "app" / "utils" / "ids.py", "# a newer template")
    append_line(published / TEMPLATE_FOLDER / "app" / "utils" / "clock.py", "# for some  # %if jwt")
    append_line(
        published / TEMPLATE_FOLDER / "app" / "utils" / "clock.py", "# for others  # %if mysql"
    )
    commit_all(published)

    run_cruft(project, "update", "-y")

    changed = run_git(project, "status", "--porcelain").split("\n")
    assert {line[3:] for line in changed} == {
        *(".cruft.json", "app/utils/clock.py", "app/utils/ids.py")
    }
    added = run_git(project, "diff", "HEAD", "--", "app") + "\n"
    assert "+# a newer template\n" in added
    assert "+# for some\n" in added
    assert "for others" not in added
    assert (project / ".env").read_text(encoding="utf-8") == env
    assert "# my own line" in (project / "app" / "main.py").read_text(encoding="utf-8")


def test_an_update_can_add_a_new_feature(create: Callable[..., Path], published: Path) -> None:
    project = create(database="mysql")
    questions = published / "cookiecutter.json"
    asked = json.loads(questions.read_text(encoding="utf-8"))
    asked |= {"metrics": ["no", "yes"]}
    asked["__metrics"] = "{{ 'yes' if cookiecutter.get('metrics') == 'yes' else '' }}"
    questions.write_text(json.dumps(asked), encoding="utf-8")
    manifest = published / TEMPLATE_FOLDER / ".features.json"
    features = json.loads(manifest.read_text(encoding="utf-8"))
    features["metrics"] = {"on": "{{ cookiecutter.__metrics }}", "paths": ["app/metrics.py"]}
    manifest.write_text(json.dumps(features), encoding="utf-8")
    (published / TEMPLATE_FOLDER / "app" / "metrics.py").write_text("on = True\n", encoding="utf-8")
    append_line(
        published / TEMPLATE_FOLDER / "app" / "utils" / "ids.py", "METRICS = True  # %if metrics"
    )
    commit_all(published)

    run_cruft(project, "update", "-y")
    assert not (project / "app" / "metrics.py").exists()
    commit_all(project)
    change_answers(project, metrics="yes")
    assert (project / "app" / "metrics.py").exists()
    assert "METRICS = True\n" in (project / "app" / "utils" / "ids.py").read_text(encoding="utf-8")
