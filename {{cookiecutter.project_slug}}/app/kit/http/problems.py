"""Problem details (RFC 9457): the schema of all error responses, and their documentation."""

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import Field

from app.kit.exceptions import DomainError
from app.kit.request_context import request_id
from app.kit.schemas import ResponseModel
from app.kit.schemas import example

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong. If the problem persists, report the request id."
STOPPING = "The server is shutting down. Try again."
CODES_KEY = "x-codes"
"""Key under which ``error_responses`` stores the codes for ``openapi.py``."""

EXAMPLE_ID = "01999f0c2b7a7d3e8f4a5b6c7d8e9f01"
REASON_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


class FieldProblem(ResponseModel):
    """An error in one field of a request."""

    field: str = Field(description="The name of the field; `rows.0.name` is a nested field.")
    message: str = Field(description="What is wrong (human-readable).")
    code: str = Field(description="What is wrong (machine-readable).")


class Problem(ResponseModel):
    """Problem details (RFC 9457)."""

    type: str = Field(description="Always `about:blank`; `code` identifies the error.")
    title: str = Field(description="The reason phrase of the status.")
    status: int
    detail: str = Field(description="What went wrong (human-readable).")
    code: str = Field(description="What went wrong (machine-readable); a stable identifier.")
    request_id: str = Field(
        description="The id of the request in the server log; also in the header `X-Request-ID`."
    )
    errors: list[FieldProblem] = Field(
        description="The invalid fields of the request (status 422); otherwise empty."
    )

    model_config = example(
        {
            "type": "about:blank",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "The request is not valid; see: limit.",
            "code": "validation_error",
            "request_id": EXAMPLE_ID,
            "errors": [
                {
                    "field": "limit",
                    "message": "Input should be less than or equal to 100",
                    "code": "less_than_equal",
                }
            ],
        }
    )


def make_problem(
    status: int, detail: str, code: str, errors: list[FieldProblem] | None = None
) -> Problem:
    """Return the problem details of an error of the current request."""
    return Problem(
        type="about:blank",
        title=reason_phrase(status),
        status=status,
        detail=detail,
        code=code,
        request_id=request_id.get(),
        errors=errors or [],
    )


def problem_response(
    status: int,
    detail: str,
    code: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return a response with problem details."""
    problem = make_problem(status, detail, code, errors)
    return JSONResponse(problem.model_dump(), status, headers, media_type=MEDIA_TYPE)


def error_responses(*errors: type[DomainError], **codes: int) -> dict[int | str, dict[str, Any]]:
    """Return ``responses=`` of an endpoint: the errors that it raises beyond those of all paths.

    Name an error by its class, or by its code and status: ``error_responses(NotFound)``,
    ``error_responses(host_not_allowed=400)``. Their schema is added by ``openapi.py``: named here,
    FastAPI would build it again for each endpoint.
    """
    statuses = {error.code: int(error.status) for error in errors} | codes
    return {
        status: {
            "description": reason_phrase(status),
            CODES_KEY: [code for code, given in statuses.items() if given == status],
        }
        for status in statuses.values()
    }


def example_problem(status: int, code: str) -> dict[str, Any]:
    """Return example problem details for the documentation."""
    problem = make_problem(status, f"{reason_phrase(status)}.", code)
    return problem.model_copy(update={"request_id": EXAMPLE_ID}).model_dump()


def reason_phrase(status: int) -> str:
    """Return the reason phrase of RFC 9110; older versions of Python have other ones."""
    return REASON_PHRASES.get(status) or HTTPStatus(status).phrase
