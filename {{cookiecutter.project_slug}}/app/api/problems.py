"""Problem details (RFC 9457): the one shape of every error, and how it is documented."""

from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from app.core.context import request_id
from app.schemas.base import ResponseModel
from app.schemas.base import example

MEDIA_TYPE = "application/problem+json"
UNEXPECTED = "Something went wrong here. Tell us the request id if it stays so."
STOPPING = "The server is stopping. Ask again."
CODES = "x-codes"
"""Where ``problems`` leaves the codes for ``openapi.py``."""

EXAMPLE_ID = "01999f0c2b7a7d3e8f4a5b6c7d8e9f01"
NAMES = {413: "Content Too Large", 422: "Unprocessable Content"}


class FieldProblem(ResponseModel):
    """What is wrong with one field of a request."""

    field: str
    """Its name; `rows.0.name` is inside of others."""
    message: str
    """What is wrong, for people."""
    code: str
    """What is wrong, for programs."""


class Problem(ResponseModel):
    """What went wrong (RFC 9457)."""

    type: str
    """Always `about:blank`: the `code` says more."""
    title: str
    """The name of the status."""
    status: int
    detail: str
    """What went wrong, for people."""
    code: str
    """What went wrong, for programs: it stays the same when `detail` is worded anew."""
    request_id: str
    """Under which the server's log tells more; also in the header `X-Request-ID`."""
    errors: list[FieldProblem]
    """Which fields of a request are refused, with status 422; else empty."""

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
    """An error of the request that is being answered."""
    return Problem(
        type="about:blank",
        title=phrase(status),
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
    """An error as a response."""
    problem = make_problem(status, detail, code, errors)
    return JSONResponse(problem.model_dump(), status, headers, media_type=MEDIA_TYPE)


def problems(*statuses: int, **codes: int) -> dict[int | str, dict[str, Any]]:
    """For ``responses=`` of an endpoint: the errors that it answers beyond what all have.

    ``problems(id_taken=409)`` names the code, too. Their shape stands in ``openapi.py``: named
    here, FastAPI would build it anew for each.
    """
    return {
        status: {
            "description": phrase(status),
            CODES: [code for code, given in codes.items() if given == status],
        }
        for status in (*statuses, *codes.values())
    }


def example_of(status: int, code: str) -> dict[str, Any]:
    """What an error of this kind looks like."""
    problem = make_problem(status, f"{phrase(status)}.", code)
    return problem.model_copy(update={"request_id": EXAMPLE_ID}).model_dump()


def phrase(status: int) -> str:
    """The name of a status as RFC 9110 has it, which older Pythons do not know for all."""
    return NAMES.get(status) or HTTPStatus(status).phrase
