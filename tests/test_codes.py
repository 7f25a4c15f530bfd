"""Every code that the backend gives an error stands in its OpenAPI document."""

import ast
import json
import sys

import support

COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "export-openapi"]
OF_FIELDS = {"InvalidInput"}
"""Errors whose code stands beside a field: the problem itself is always `validation_error`."""


def codes() -> set[str]:
    """The codes of the errors that the source raises by name."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in (support.TEMPLATE / "app").rglob("*.py")
    ]
    return {
        keyword.value.value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id not in OF_FIELDS
        for keyword in call.keywords
        if keyword.arg == "code"
        and isinstance(keyword.value, ast.Constant)
        and isinstance(keyword.value.value, str)
    }


def test_every_code_is_named() -> None:
    document = json.loads(support.run(COMMAND, support.TEMPLATE))
    descriptions = " ".join(
        answer["description"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
    )
    assert "email_taken" in codes()
    assert [code for code in sorted(codes()) if f"`{code}`" not in descriptions] == []
