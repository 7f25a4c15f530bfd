"""The answers stay in the project, and generate the same project again."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support.generation import create_small_template
from support.generation import list_files
from support.generation import run_cookiecutter

KEPT = {
    *("project_name", "project_slug", "description", "author_name", "author_email"),
    *("database", "auth", "ai_llm", "ai_statistical", "ai_custom_models", "docker", "ci"),
    "install_dependencies",
    "_version",
}
TINY = {
    ".cookiecutter.json": "",
    ".features.json": "{}",
    ".env.example": "",
    "a.py": "a = 1  # %if jwt\nb = 2  # %if mysql\n",
}


def again(template: Path, folder: Path, answers: Path) -> Path:
    """Generate from an answers file, without a question."""
    folder.mkdir()
    done = run_cookiecutter(template, folder, "--replay-file", str(answers))
    assert done.returncode == 0, done.stdout + done.stderr
    (project,) = folder.iterdir()
    return project


def contents(project: Path) -> dict[str, bytes]:
    """Every file but the one with the secret, which is another each time."""
    return {name: (project / name).read_bytes() for name in list_files(project) - {".env"}}


def test_the_file_contains_only_the_answers(bake: Callable[..., Path]) -> None:
    project = bake(project_name='Café "7"', database="mysql", auth="none")
    kept = json.loads((project / ".cookiecutter.json").read_text(encoding="utf-8"))
    assert set(kept) == {"cookiecutter"}
    assert set(kept["cookiecutter"]) == KEPT
    assert kept["cookiecutter"]["project_name"] == 'Café "7"'
    assert kept["cookiecutter"]["project_slug"] == "cafe_7"


@pytest.mark.parametrize(("database", "auth"), [("sqlite", "jwt"), ("mysql", "none")])
def test_replaying_generates_the_same_project(
    template: Path, bake: Callable[..., Path], tmp_path: Path, database: str, auth: str
) -> None:
    project = bake(project_name='Café "7"', database=database, auth=auth)
    second = again(template, tmp_path / "again", project / ".cookiecutter.json")
    assert contents(second) == contents(project)


def test_an_answer_may_be_changed_in_the_file(
    template: Path, bake: Callable[..., Path], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.json"
    text = (bake(auth="jwt") / ".cookiecutter.json").read_text(encoding="utf-8")
    answers.write_text(text.replace('"jwt"', '"none"'), encoding="utf-8")
    assert contents(again(template, tmp_path / "again", answers)) == contents(bake(auth="none"))


def test_a_wrong_answer_in_the_file_is_refused(
    template: Path, bake: Callable[..., Path], tmp_path: Path
) -> None:
    answers = tmp_path / "answers.json"
    text = (bake() / ".cookiecutter.json").read_text(encoding="utf-8")
    answers.write_text(text.replace('"sqlite"', '"sqllite"'), encoding="utf-8")
    done = run_cookiecutter(template, tmp_path, "--replay-file", str(answers))
    assert done.returncode == 1
    assert done.stderr == (
        "database: 'sqllite' is not one of sqlite, postgresql, mysql; for example: sqlite\n"
    )
    assert [*tmp_path.iterdir()] == [answers]


def test_the_last_answers_can_be_replayed(template: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, arguments in ((first, ["--no-input", "auth=none"]), (second, ["--replay"])):
        folder.mkdir()
        done = run_cookiecutter(template, folder, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
    assert contents(second / "my_backend") == contents(first / "my_backend")


def test_a_newer_template_derives_new_values(bake: Callable[..., Path], tmp_path: Path) -> None:
    answers = bake(auth="jwt", database="mysql") / ".cookiecutter.json"
    template = create_small_template(
        tmp_path / "newer", TINY | {"b.py": "c = 3  # %if both\n"}, hooks=True
    )
    questions = json.loads((template / "cookiecutter.json").read_text(encoding="utf-8"))
    both = "cookiecutter.get('auth') == 'jwt' and cookiecutter.get('database') == 'mysql'"
    questions["__both"] = f"{{{{ 'yes' if {both} else '' }}}}"
    (template / "cookiecutter.json").write_text(json.dumps(questions), encoding="utf-8")
    kept = '{{ {"cookiecutter": cookiecutter} | jsonify }}'
    (template / "{{cookiecutter.project_slug}}" / ".cookiecutter.json").write_text(kept)
    project = again(template, tmp_path / "again", answers)
    assert (project / "a.py").read_text() == "a = 1\nb = 2\n"
    assert (project / "b.py").read_text() == "c = 3\n"
