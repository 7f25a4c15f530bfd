"""The commands in the messages of the generated project are those that people type."""

import ast
import re
from pathlib import Path

import pytest

from support.paths import TEMPLATE

COMMANDS = (
    r"(?<!uv run )\b(?:app (?:create-admin|export-openapi|invite|migrate|new|remove-example"
    r"|reset-password|serve)|alembic (?:check|downgrade|merge|revision|upgrade))\b"
)
APP = TEMPLATE / "app"


def messages(path: Path) -> list[str]:
    """The texts in a file, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    ]


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=str)
def test_messages_name_commands_as_people_type_them(path: Path) -> None:
    assert [text for text in messages(path) if re.search(COMMANDS, text)] == []


def test_some_messages_name_commands() -> None:
    texts = [text for path in APP.rglob("*.py") for text in messages(path)]
    assert any("uv run app migrate" in text for text in texts)
    assert re.search(COMMANDS, "then run: app migrate")
