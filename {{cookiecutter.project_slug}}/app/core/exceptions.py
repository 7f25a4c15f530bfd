"""The errors of the domain: what can go wrong, in the words of the business.

No HTTP here; ``app/api/errors.py`` gives each kind its status::

    DomainError
    ├── NotFound              there is no such thing, or it is not yours to see
    ├── Conflict              the request contradicts what is stored
    ├── InvalidInput          a value is refused; names the field
    ├── InvalidCredentials    wrong e-mail or password  # %if jwt
    ├── InvalidToken          a token that is malformed, spent, expired or dead  # %if jwt
    ├── PermissionDenied      known, but not allowed to do this  # %if jwt
    ├── RateLimited           too much was asked for; says when to come back  # %if limits
    ├── UpstreamFailed        a server that we ask answers with nonsense, or not to us  # %if llm
    ├── UpstreamTimeout       a server that we ask takes too long  # %if llm
    ├── ContentRefused        what was sent is well-formed, and nobody will work on it  # %if llm
    └── Unavailable           something this application needs does not answer
    StartupError              the application cannot start; for its operator, never for a client
"""


class DomainError(Exception):
    """An error that a client is told about: ``code`` is stable, ``detail`` is for people."""

    code = "error"
    field: str | None = None
    retry_after: int | None = None

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code


class NotFound(DomainError):
    """There is no such thing, or none that may be seen: the answer is the same."""

    code = "not_found"


class Conflict(DomainError):
    """The request contradicts what is stored, such as an id that is taken."""

    code = "conflict"


class InvalidInput(DomainError):
    """A value that only the business can judge is refused."""

    code = "invalid"

    def __init__(self, field: str, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.field = field


class Unavailable(DomainError):
    """Something this application needs does not answer; ``retry_after`` is in seconds."""

    code = "unavailable"
    retry_after = 1


# %if jwt
class InvalidCredentials(DomainError):
    """Wrong e-mail address or password: never says which."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class InvalidToken(DomainError):
    """A token that is malformed, spent, expired, or of a session that has ended."""

    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("The token is invalid or has expired. Log in again.")


class PermissionDenied(DomainError):
    """Known, but not allowed to do this."""

    code = "permission_denied"


# %endif
# %if limits
class RateLimited(DomainError):
    """Too much was asked for; ``retry_after`` is in seconds."""

    code = "rate_limited"

    def __init__(
        self, retry_after: int, detail: str = "Too many attempts.", *, code: str | None = None
    ) -> None:
        super().__init__(f"{detail} Try again in {retry_after} seconds.", code=code)
        self.retry_after = retry_after


# %endif
# %if llm
class UpstreamFailed(DomainError):
    """A server that this application asks answers with nonsense, or refuses to answer it."""

    code = "upstream_failed"


class UpstreamTimeout(DomainError):
    """A server that this application asks takes too long."""

    code = "upstream_timeout"


class ContentRefused(DomainError):
    """What was sent is well-formed, but it is refused for what it says or how much it is."""

    code = "content_refused"


# %endif
class StartupError(Exception):
    """The application cannot start; the message tells its operator why and what to do."""
