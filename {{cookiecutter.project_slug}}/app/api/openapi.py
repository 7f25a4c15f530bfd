"""The OpenAPI document: FastAPI's own, with every error of every operation as a problem."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from app.api.problems import CODES
from app.api.problems import MEDIA_TYPE
from app.api.problems import Problem
from app.api.problems import example_of
from app.api.problems import phrase
from app.api.problems import problems

REFERENCE = "#/components/schemas/{model}"
PROBLEM = {"$ref": REFERENCE.format(model="Problem")}
ALWAYS = problems(
    internal_error=500, unavailable=503, database_unavailable=503, server_stopping=503
)
OF_BODIES = problems(bad_request=400, content_too_large=413, validation_error=422)
OF_PARAMETERS = problems(validation_error=422)
OF_SECURITY = problems(unauthorized=401, invalid_token=401)  # %if jwt
REPLACED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own shapes of a 422, which generators of Dart clients cannot read."""


def operation_id(route: APIRoute) -> str:
    """The name of the endpoint's function: what a generated client calls its method."""
    return route.name


def install_openapi(app: FastAPI) -> None:
    """Let ``/openapi.json`` and ``/docs`` show the completed document."""
    build = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(build())
        return build()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            for status, codes in sorted(_errors(operation).items()):
                responses[str(status)] = _answer(status, codes)
    _, shapes = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    schemas = {**document["components"]["schemas"], **shapes["$defs"]}
    for name in REPLACED:
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _errors(operation: dict[str, Any]) -> dict[int, list[str]]:
    """Each error that an operation can answer, with its codes: implied ones, and declared ones."""
    found: dict[int, list[str]] = {}
    for errors in (*_implied(operation), operation["responses"]):
        for status, answer in errors.items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                codes = found.setdefault(int(status), [])
                codes += (code for code in answer.get(CODES, ()) if code not in codes)
    return found


def _implied(operation: dict[str, Any]) -> list[dict[int | str, dict[str, Any]]]:
    """The errors that follow from what an operation takes."""
    implied = [ALWAYS]
    if "requestBody" in operation:
        implied.append(OF_BODIES)
    if "parameters" in operation:
        implied.append(OF_PARAMETERS)
    # %if jwt
    if "security" in operation:
        implied.append(OF_SECURITY)
    # %endif
    return implied


def _answer(status: int, codes: Sequence[str]) -> dict[str, Any]:
    """How an error is described: its codes, the declared ones last, and an example of it."""
    names = f": {', '.join(f'`{code}`' for code in codes)}" if codes else ""
    content: dict[str, Any] = {"schema": PROBLEM}
    if codes and status != HTTPStatus.UNPROCESSABLE_ENTITY:  # of which the schema has one
        content["example"] = example_of(status, codes[0])
    return {"description": f"{phrase(status)}{names}", "content": {MEDIA_TYPE: content}}
