"""Projects that follow the template: `cruft create`, then `cruft update` after changes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from following import add_line
from following import contents
from following import cruft
from following import switch
from generating import FOLDER
from generating import commit
from generating import files_of
from generating import git
from generating import publish


@pytest.fixture
def published(template: Path, tmp_path: Path) -> Path:
    """The template as a repository that the test may change."""
    return publish(template, tmp_path / "template")


@pytest.fixture
def create(published: Path, tmp_path: Path) -> Callable[..., Path]:
    """Create a project that follows the template; all of it is committed."""

    def created(**answers: str) -> Path:
        extra = json.dumps(answers)
        cruft(tmp_path, "create", str(published), "--no-input", "--extra-context", extra)
        return tmp_path / "my_backend"

    return created


def test_the_created_project_is_the_one_that_cookiecutter_makes(
    create: Callable[..., Path], bake: Callable[..., Path]
) -> None:
    project = create(database="mysql", auth="none")
    baked = bake(database="mysql", auth="none")
    assert contents(project) == contents(baked)
    assert files_of(project) == files_of(baked) | {".cruft.json"}
    assert str(project.parent) not in (project / ".cookiecutter.json").read_text(encoding="utf-8")


def test_an_update_brings_the_template_and_keeps_what_is_the_persons(
    create: Callable[..., Path], published: Path
) -> None:
    project = create()
    env = (project / ".env").read_text(encoding="utf-8")
    add_line(project / "app" / "main.py", "# my own line")
    add_line(project / "README.md", "My own words.")
    (project / "app" / "mine.py").write_text("mine = True\n", encoding="utf-8")
    commit(project)
    add_line(published / FOLDER / "app" / "utils" / "ids.py", "# a newer template")
    add_line(published / FOLDER / "app" / "utils" / "text.py", "# for some  # %if jwt")
    add_line(published / FOLDER / "app" / "utils" / "text.py", "# for others  # %if mysql")
    commit(published)

    cruft(project, "update", "-y")

    changed = git(project, "status", "--porcelain").split("\n")
    assert {line[3:] for line in changed} == {
        *(".cruft.json", "app/utils/ids.py", "app/utils/text.py")
    }
    added = git(project, "diff", "HEAD", "--", "app")
    assert "+# a newer template\n" in added
    assert "+# for some\n" in f"{added}\n"
    assert "for others" not in added
    assert (project / ".env").read_text(encoding="utf-8") == env
    assert "# my own line" in (project / "app" / "main.py").read_text(encoding="utf-8")


def test_a_new_feature_of_the_template_arrives(
    create: Callable[..., Path], published: Path
) -> None:
    project = create(database="mysql")
    questions = published / "cookiecutter.json"
    asked = json.loads(questions.read_text(encoding="utf-8"))
    asked |= {"metrics": ["no", "yes"]}
    asked["__metrics"] = "{{ 'yes' if cookiecutter.get('metrics') == 'yes' else '' }}"
    questions.write_text(json.dumps(asked), encoding="utf-8")
    manifest = published / FOLDER / ".features.json"
    features = json.loads(manifest.read_text(encoding="utf-8"))
    features["metrics"] = {"on": "{{ cookiecutter.__metrics }}", "paths": ["app/metrics.py"]}
    manifest.write_text(json.dumps(features), encoding="utf-8")
    (published / FOLDER / "app" / "metrics.py").write_text("on = True\n", encoding="utf-8")
    add_line(published / FOLDER / "app" / "utils" / "ids.py", "METRICS = True  # %if metrics")
    commit(published)

    cruft(project, "update", "-y")
    assert not (project / "app" / "metrics.py").exists()
    commit(project)
    switch(project, metrics="yes")
    assert (project / "app" / "metrics.py").exists()
    assert "METRICS = True\n" in (project / "app" / "utils" / "ids.py").read_text(encoding="utf-8")
