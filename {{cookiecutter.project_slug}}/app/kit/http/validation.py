"""Describes validation errors of a request for the developer of the client."""

import re
from json import JSONDecodeError
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError

from app.kit.http.problems import FieldProblem

MAX_REPORTED_ERRORS = 20
MAX_NAME_LENGTH = 100
FORM = "application/x-www-form-urlencoded"

READ_AS = {
    "application/json": r"application/([\w.+-]+\+)?json",
    FORM: rf"{FORM}|multipart/form-data",
    "multipart/form-data": r"multipart/form-data",
}
"""Media type of an operation -> pattern of accepted content types."""

MEDIA_TYPE = re.compile(r"[\w.+-]{1,50}/[\w.+-]{1,50}", re.ASCII)


def field_problems(request: Request, error: RequestValidationError) -> list[FieldProblem]:
    """Return the errors of each field, or of the whole body, without any submitted value."""
    unread = _how_to_send(request)
    return [_problem(each, error.body, unread) for each in error.errors()[:MAX_REPORTED_ERRORS]]


def _how_to_send(request: Request) -> str | None:
    """Return a hint if the content type of the body is not the one that the operation reads."""
    field = getattr(request.scope.get("route"), "body_field", None)
    wanted = field.field_info.media_type if field else None
    given = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if wanted not in READ_AS or re.fullmatch(READ_AS[wanted], given) or not _has_body(request):
        return None
    instead = f", not as {given}" if MEDIA_TYPE.fullmatch(given) else ""
    return f"Send the body as {wanted}{instead} (header Content-Type)"


def _has_body(request: Request) -> bool:
    length = request.headers.get("Content-Length", "0")
    return length != "0" or "Transfer-Encoding" in request.headers


def _problem(problem: dict[str, Any], body: Any, unread: str | None) -> FieldProblem:
    location: tuple[int | str, ...] = problem["loc"]
    kind: str = problem["type"]
    message = problem["msg"].removeprefix("Value error, ")
    if kind == "json_invalid":  # the location is a position in the text, not a field
        place = JSONDecodeError(problem["ctx"]["error"], body, int(location[1]))
        message = f"Invalid JSON: {place}"
        location = location[:1]
    elif unread and location[0] == "body" and (kind == "missing" or len(location) == 1):
        message = unread  # the field may have been sent in another format
    elif kind == "model_attributes_type":
        message = "Input should be an object"
    return FieldProblem(field=_field_name(location), message=message, code=kind)


def _field_name(location: tuple[int | str, ...]) -> str:
    """Return ``rows.0.name`` for ``("body", "rows", 0, "name")``; ``body`` for the whole body."""
    parts = [str(part) for part in location]
    name = ".".join(parts[1:] or parts)
    # Clients may send field names of any length and with lone surrogates.
    return name[:MAX_NAME_LENGTH].encode("utf-8", "replace").decode()
