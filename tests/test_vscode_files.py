"""The settings and tasks for VS Code in a generated project."""

import json
from typing import Any

from support import page_steps
from support.paths import TEMPLATE

FOLDER = TEMPLATE / ".vscode"


def read(name: str) -> dict[str, Any]:
    """A file, which holds nothing that depends on answers."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert "cookiecutter" not in text
    content: dict[str, Any] = json.loads(text)
    return content


def test_the_tasks_are_the_commands_of_the_readme() -> None:
    tasks = {task["label"]: task for task in read("tasks.json")["tasks"]}
    sections = page_steps.split_sections(TEMPLATE / "README.md")
    assert tasks["serve"]["command"] in page_steps.read_commands(sections["Run"])
    tests, *checks = page_steps.read_commands(sections["Test"])
    assert tasks["test"]["command"] == tests
    assert [tasks[name]["command"] for name in tasks["check"]["dependsOn"]] == checks


def test_every_task_is_expected() -> None:
    tasks = read("tasks.json")["tasks"]
    used = {"serve", "test", "check"} | {
        name for task in tasks for name in task.get("dependsOn", ())
    }
    assert {task["label"] for task in tasks} == used


def test_the_recommended_extensions_match_the_settings() -> None:
    settings, recommended = read("settings.json"), read("extensions.json")["recommendations"]
    assert settings["[python]"]["editor.defaultFormatter"] in recommended
    assert settings["python.defaultInterpreterPath"].endswith("/.venv")
    assert settings["python.testing.pytestEnabled"]
