"""The base class of domain errors, and the errors that any feature may raise.

Each class has an HTTP status and a code; ``app/kit/http/error_handlers.py`` builds the response.
Features define their own subclasses beside their code.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import ClassVar


class DomainError(Exception):
    """An error for the client: ``code`` is machine-readable, ``detail`` is human-readable."""

    status: ClassVar[int] = HTTPStatus.BAD_REQUEST
    code = "error"
    detail = ""
    headers: ClassVar[Mapping[str, str]] = {}
    field: str | None = None
    retry_after: int | None = None
    """Seconds until the request may succeed."""

    def __init__(self, detail: str | None = None, *, code: str | None = None) -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail
        self.code = code or self.code


class NotFound(DomainError):
    """The resource does not exist, or the client may not see it: the response is the same."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"


class Conflict(DomainError):
    """The request conflicts with stored data, such as an id that is taken."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class InvalidInput(DomainError):
    """A field has a value that only the business logic can reject."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"

    def __init__(self, field: str, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.field = field


class Unavailable(DomainError):
    """This application, or a server that it depends on, is temporarily unavailable."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    retry_after = 1

    def __init__(
        self,
        detail: str | None = None,
        *,
        code: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after or self.retry_after


# %if rate_limits
class RateLimited(DomainError):
    """Too many requests; ``retry_after`` says how many seconds to wait."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"

    def __init__(
        self, retry_after: int, detail: str = "Too many attempts.", *, code: str | None = None
    ) -> None:
        super().__init__(f"{detail} Try again in {retry_after} seconds.", code=code)
        self.retry_after = retry_after


# %endif
class StartupError(Exception):
    """The application cannot start; the message tells the operator why and what to do."""
