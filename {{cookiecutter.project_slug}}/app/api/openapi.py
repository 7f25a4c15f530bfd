"""The OpenAPI document: FastAPI's own, with every error of every operation as a problem."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from app.api.problems import MEDIA_TYPE
from app.api.problems import Problem
from app.api.problems import phrase

REFERENCE = "#/components/schemas/{model}"
PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}}
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
            declared = {
                int(status) for status in responses if int(status) >= HTTPStatus.BAD_REQUEST
            }
            for status in sorted(declared | _implied(operation)):
                responses[str(status)] = {"description": phrase(status), **PROBLEM}
    _, shapes = models_json_schema([(Problem, "serialization")], ref_template=REFERENCE)
    schemas = {**document["components"]["schemas"], **shapes["$defs"]}
    for name in REPLACED:
        schemas.pop(name, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _implied(operation: dict[str, Any]) -> set[int]:
    """The errors that follow from what an operation takes."""
    statuses = set()
    if "requestBody" in operation:
        statuses |= {400, 413, 422}
    if "parameters" in operation:
        statuses.add(422)
    # %if jwt
    if "security" in operation:
        statuses.add(401)
    # %endif
    return statuses
