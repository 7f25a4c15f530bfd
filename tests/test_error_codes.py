"""Every error code of the backend is listed in its OpenAPI document."""

import ast
import json
import sys

from support import clean_environment
from support.paths import TEMPLATE

COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "export-openapi"]
OF_FIELDS = {"InvalidInput"}
"""Errors whose code stands beside a field: the problem itself is always `validation_error`."""

BASES = {"Conflict", "DomainError", "InvalidInput"}
BASES |= {"ContentRejected", "UpstreamError", "UpstreamTimeout"}
"""Errors that are only raised as subclasses, or with another code."""


def codes() -> set[str]:
    """Return the codes of all errors: those of classes, and those passed as `code=`."""
    trees = [
        ast.parse(path.read_text(encoding="utf-8")) for path in (TEMPLATE / "app").rglob("*.py")
    ]
    return set().union(*map(codes_of_classes, trees)) | codes_of_calls(trees)


def codes_of_classes(tree: ast.Module) -> set[str]:
    """Return the values of `code = "…"` in classes."""
    return {
        assignment.value.value
        for definition in ast.walk(tree)
        if isinstance(definition, ast.ClassDef) and definition.name not in BASES
        for assignment in definition.body
        if isinstance(assignment, ast.Assign)
        and [ast.unparse(target) for target in assignment.targets] == ["code"]
        and isinstance(assignment.value, ast.Constant)
        and isinstance(assignment.value.value, str)
    }


def codes_of_calls(trees: list[ast.Module]) -> set[str]:
    """Return the codes that calls pass as `code=`."""
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


def test_every_error_code_is_in_openapi() -> None:
    document = json.loads(clean_environment.run(COMMAND, TEMPLATE))
    descriptions = " ".join(
        answer["description"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for answer in operation["responses"].values()
    )
    assert "email_taken" in codes()
    assert [code for code in sorted(codes()) if f"`{code}`" not in descriptions] == []
