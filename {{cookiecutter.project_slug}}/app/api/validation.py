"""What is wrong with a request that does not fit its schema, said to whoever wrote the client."""

import re
from json import JSONDecodeError
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from app.api.problems import FieldProblem

MOST_ERRORS = 20
LONGEST_NAME = 100
FORM = "application/x-www-form-urlencoded"  # %if forms

READ_AS = {
    "application/json": r"application/([\w.+-]+\+)?json",
    FORM: rf"{FORM}|multipart/form-data",  # %if forms
    "multipart/form-data": r"multipart/form-data",  # %if forms
}
"""What an operation takes -> the content types that are read as that."""

MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)


def field_problems(request: Request, error: RequestValidationError) -> list[FieldProblem]:
    """What is wrong with each field, or with the whole body; no value that was sent is shown."""
    unread = _how_to_send(request)
    return [_problem(each, error.body, unread) for each in error.errors()[:MOST_ERRORS]]


def _how_to_send(request: Request) -> str | None:
    """What to do about a body of a type that the operation does not read, if it is one."""
    field = getattr(request.scope.get("route"), "body_field", None)
    wanted = field.field_info.media_type if field else None
    given = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if wanted not in READ_AS or re.fullmatch(READ_AS[wanted], given) or not _has_body(request):
        return None
    shown = f"not as {given}" if MEDIA_TYPE.fullmatch(given) else "and say so"
    return f"Send this as {wanted}, {shown} (header Content-Type)"


def _has_body(request: Request) -> bool:
    length = request.headers.get("Content-Length", "0")
    return length != "0" or "Transfer-Encoding" in request.headers


def _problem(problem: dict[str, Any], body: Any, unread: str | None) -> FieldProblem:
    location: tuple[int | str, ...] = problem["loc"]
    kind: str = problem["type"]
    message = problem["msg"].removeprefix("Value error, ")
    if kind == "json_invalid":  # what is given there is no field, but a place in the text
        place = JSONDecodeError(problem["ctx"]["error"], body, int(location[1]))
        message = f"This is no JSON: {place}"
        location = location[:1]
    elif unread and location[0] == "body" and (kind == "missing" or len(location) == 1):
        message = unread  # what is missing may well have been sent
    elif kind == "model_attributes_type":
        message = "Input should be an object"
    return FieldProblem(field=_field_name(location), message=message, code=kind)


def _field_name(location: tuple[int | str, ...]) -> str:
    """``("body", "rows", 0, "name")`` as ``rows.0.name``; ``body`` when it is all of the body."""
    parts = [str(part) for part in location]
    name = ".".join(parts[1:] or parts)
    # Clients name fields too, at any length and in broken Unicode.
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()
