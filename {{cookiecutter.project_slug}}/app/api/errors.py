"""Turns every error into a problem: the one place where domain errors get their status."""

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.api.problems import FieldProblem
from app.api.problems import problem_response
from app.api.validation import field_problems
from app.core.exceptions import Conflict
from app.core.exceptions import ContentRefused  # %if llm
from app.core.exceptions import DomainError
from app.core.exceptions import InvalidCredentials  # %if jwt
from app.core.exceptions import InvalidInput
from app.core.exceptions import InvalidToken  # %if jwt
from app.core.exceptions import NotFound
from app.core.exceptions import PermissionDenied  # %if jwt
from app.core.exceptions import RateLimited  # %if limits
from app.core.exceptions import Unavailable
from app.core.exceptions import UpstreamFailed  # %if llm
from app.core.exceptions import UpstreamTimeout  # %if llm

STATUSES: dict[type[DomainError], int] = {
    NotFound: 404,
    Conflict: 409,
    InvalidInput: 422,
    Unavailable: 503,
    InvalidCredentials: 401,  # %if jwt
    InvalidToken: 401,  # %if jwt
    PermissionDenied: 403,  # %if jwt
    RateLimited: 429,  # %if limits
    ContentRefused: 422,  # %if llm
    UpstreamFailed: 502,  # %if llm
    UpstreamTimeout: 504,  # %if llm
}

CODES = {
    400: "bad_request",
    401: "unauthorized",  # %if jwt
    404: "not_found",
    405: "method_not_allowed",
    413: "content_too_large",
}
"""Codes of what the framework refuses by itself."""

logger = logging.getLogger(__name__)


def add_error_handlers(app: FastAPI) -> None:
    """Let the application answer every error as a problem."""
    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    app.add_exception_handler(HTTPException, http_error)


async def domain_error(_request: Request, error: Exception) -> Response:
    """An error of the business."""
    assert isinstance(error, DomainError)
    status = status_of(error)
    log_error(error)
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    # %if jwt
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    # %endif
    if error.field is not None:
        return refusal([FieldProblem(field=error.field, message=error.detail, code=error.code)])
    return problem_response(status, error.detail, error.code, headers=headers)


def status_of(error: DomainError) -> int:
    """The status of an error of the business."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def log_error(error: DomainError) -> None:
    """Log an error that is not the client's."""
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("%s", error.detail, exc_info=error.__cause__)


async def validation_error(request: Request, error: Exception) -> Response:
    """A request that does not fit its schema. Names each field, and never shows what was sent."""
    assert isinstance(error, RequestValidationError)
    return refusal(field_problems(request, error))


def refusal(errors: list[FieldProblem]) -> Response:
    """The answer to a request of which some fields are refused."""
    names = ", ".join(dict.fromkeys(problem.field for problem in errors))
    detail = f"The request is not valid; see: {names}."
    return problem_response(422, detail, "validation_error", errors=errors)


async def http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses by itself: an unknown path, a wrong method, a broken body."""
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
    offered: dict[str, set[str]] = {}
    for route in iter_route_contexts(request.app.routes):
        if route.path and compile_path(route.path)[0].match(request.url.path):
            offered.setdefault(route.path, set()).update(route.methods or ())
    return next(iter(offered.values()), set())
