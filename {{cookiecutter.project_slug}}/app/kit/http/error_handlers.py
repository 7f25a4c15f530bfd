"""Converts every error to a response with problem details."""

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.kit.exceptions import DomainError
from app.kit.exceptions import Unavailable
from app.kit.http.problems import FieldProblem
from app.kit.http.problems import problem_response
from app.kit.http.proxies import route_path
from app.kit.http.validation import field_problems

CODES = {
    400: "bad_request",
    401: "unauthorized",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "content_too_large",
    431: "headers_too_large",
    503: "server_busy",
}
"""HTTP status -> code of errors that the framework raises."""

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Add the handlers that respond to errors with problem details."""
    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


async def domain_error(_request: Request, error: Exception) -> Response:
    """Return the response for a domain error."""
    assert isinstance(error, DomainError)
    log_error(error)
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.field is not None:
        return refusal([FieldProblem(field=error.field, message=error.detail, code=error.code)])
    return problem_response(error.status, error.detail, error.code, headers=headers)


def log_error(error: DomainError) -> None:
    """Log a server error.

    ``Unavailable`` without a cause is not logged: being busy is expected.
    """
    busy = isinstance(error, Unavailable) and error.__cause__ is None
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not busy:
        logger.error("%s", error.detail, exc_info=error.__cause__)


async def validation_error(request: Request, error: Exception) -> Response:
    """Return the response for an invalid request; it names each field, but no value of it."""
    assert isinstance(error, RequestValidationError)
    return refusal(field_problems(request, error))


def refusal(errors: list[FieldProblem]) -> Response:
    """Return the response for a request with invalid fields."""
    names = ", ".join(dict.fromkeys(problem.field for problem in errors))
    detail = f"The request is not valid; see: {names}."
    return problem_response(422, detail, "validation_error", errors=errors)


async def http_error(request: Request, error: Exception) -> Response:
    """Return the response for an error of the framework, such as an unknown path."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    code = CODES.get(status, f"http_{status}")
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods_of(request)))
    detail = f"{error.detail.removesuffix('.')}."
    return problem_response(status, detail, code, headers=headers)


def _methods_of(request: Request) -> set[str]:
    """All methods of a path; the framework itself names those of its first endpoint only.

    ``/items/newest`` would be a path of its own, though ``/items/{id}`` matches it, too.
    """
    path = route_path(request.scope)
    offered: dict[str, set[str]] = {}
    for route in iter_route_contexts(request.app.routes):
        if route.path and compile_path(route.path)[0].match(path):
            offered.setdefault(route.path, set()).update(route.methods or ())
    methods = next(iter(offered.values()), set())
    return methods | {"HEAD"} if "GET" in methods else methods
