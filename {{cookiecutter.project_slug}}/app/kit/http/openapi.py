"""The OpenAPI document of FastAPI, completed with the error responses of every operation."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode
from pydantic.json_schema import models_json_schema

from app.kit.http.openapi_generators import complete_for_generators
from app.kit.http.problems import CODES_KEY
from app.kit.http.problems import MEDIA_TYPE
from app.kit.http.problems import Problem
from app.kit.http.problems import error_responses
from app.kit.http.problems import example_problem
from app.kit.http.problems import reason_phrase

Responses = dict[int | str, dict[str, Any]]
"""The value of `responses=` of an endpoint."""

REFERENCE = "#/components/schemas/{model}"
PROBLEM = {"$ref": REFERENCE.format(model="Problem")}
ALWAYS = error_responses(
    host_not_allowed=400,
    internal_error=500,
    unavailable=503,
    database_unavailable=503,
    database_busy=503,
    server_stopping=503,
)
OF_BODIES = error_responses(
    bad_request=400,
    request_timeout=408,
    content_too_large=413,
    validation_error=422,
    server_busy=503,
)
OF_PARAMETERS = error_responses(validation_error=422)
REPLACED = ("HTTPValidationError", "ValidationError")
"""FastAPI's schemas for 422, which generators of Dart clients cannot read."""


def operation_id(route: APIRoute) -> str:
    """Return the name of the endpoint function; generated clients use it for their method."""
    return route.name


def install_openapi(
    app: FastAPI,
    *,
    schemas: Sequence[type[BaseModel]] = (),
    security_errors: Responses | None = None,
) -> None:
    """Make ``/openapi.json`` and ``/docs`` show the completed document.

    ``schemas`` are added because FastAPI does not detect them, such as the events of a stream;
    ``security_errors`` are added to every operation that has ``security``.
    """
    build = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(build(), [Problem, *schemas], security_errors or {})
        return build()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(
    document: dict[str, Any], models: Sequence[type[BaseModel]], security_errors: Responses
) -> None:
    for path in document["paths"].values():
        for method, operation in path.items():
            responses = operation["responses"]
            for status, codes in sorted(_errors(method, operation, security_errors).items()):
                responses[str(status)] = _answer(status, codes)
    modes: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(models, "serialization")
    _, shapes = models_json_schema(list(modes.items()), ref_template=REFERENCE)
    schemas = {**document["components"]["schemas"], **shapes["$defs"]}
    for name in REPLACED:
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    complete_for_generators(document)


def _errors(
    method: str, operation: dict[str, Any], security_errors: Responses
) -> dict[int, list[str]]:
    """Map each error status of an operation to its codes, implied ones before declared ones."""
    found: dict[int, list[str]] = {}
    for errors in (*_implied(method, operation, security_errors), operation["responses"]):
        for status, answer in errors.items():
            if int(status) >= HTTPStatus.BAD_REQUEST:
                codes = found.setdefault(int(status), [])
                codes += (code for code in answer.get(CODES_KEY, ()) if code not in codes)
    return found


def _implied(method: str, operation: dict[str, Any], security_errors: Responses) -> list[Responses]:
    """Return the errors that the method, the body and the parameters of an operation imply."""
    implied = [ALWAYS]
    # %if anonymous
    if method != "get":
        implied.append(error_responses(cross_site_request=403))
    # %endif
    if "requestBody" in operation:
        implied.append(OF_BODIES)
    # %if uploads
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        implied.append(error_responses(too_many_uploads=503))
    # %endif
    if "parameters" in operation:
        implied.append(OF_PARAMETERS)
    if "security" in operation:
        implied.append(security_errors)
    return implied


def _answer(status: int, codes: Sequence[str]) -> dict[str, Any]:
    """Return the response object of an error: its codes, and an example."""
    names = f": {', '.join(f'`{code}`' for code in codes)}" if codes else ""
    content: dict[str, Any] = {"schema": PROBLEM}
    if codes and status != HTTPStatus.UNPROCESSABLE_ENTITY:  # the schema has an example of it
        content["example"] = example_problem(status, codes[0])
    return {"description": f"{reason_phrase(status)}{names}", "content": {MEDIA_TYPE: content}}
