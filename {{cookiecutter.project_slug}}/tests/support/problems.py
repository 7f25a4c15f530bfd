"""What every error answer must be."""

from typing import Any

from httpx2 import Response

MEMBERS = {"type", "title", "status", "detail", "code", "request_id", "errors"}


def problem_of(response: Response, status: int, code: str) -> dict[str, Any]:
    """The problem that this response is; fails when it is another, or none."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["request_id"] == response.headers["X-Request-ID"]
    return problem


def refused_fields(response: Response) -> list[str]:
    """The fields that a 422 names."""
    problem = problem_of(response, 422, "validation_error")
    assert all(set(error) == {"field", "message", "code"} for error in problem["errors"])
    return [error["field"] for error in problem["errors"]]
