"""Errors for accounts, tokens and permissions."""

from http import HTTPStatus
from typing import ClassVar

from app.kit.exceptions import Conflict
from app.kit.exceptions import DomainError
from app.kit.exceptions import RateLimited
from app.kit.exceptions import Unavailable


class InvalidCredentials(DomainError):
    """The e-mail address or the password is wrong; the error does not say which."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_credentials"
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}
    detail = "The e-mail address or the password is wrong."


class InvalidToken(DomainError):
    """The token is malformed, used or expired, or its session has ended."""

    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_token"
    headers: ClassVar = {"WWW-Authenticate": "Bearer"}
    detail = "The token is invalid or has expired. Log in again."


class PermissionDenied(DomainError):
    """The user is authenticated, but lacks the permission."""

    status = HTTPStatus.FORBIDDEN
    code = "permission_denied"


class RegistrationClosed(PermissionDenied):
    """Registration is disabled."""

    code = "registration_closed"
    detail = "Registration is closed."


class InvitationRequired(PermissionDenied):
    """Registration requires an invitation."""

    code = "invitation_required"
    detail = "You need an invitation to register."


class InvalidInvitation(PermissionDenied):
    """The invitation code is unknown, used, expired, or for another e-mail address."""

    code = "invalid_invitation"
    detail = "The invitation is invalid, used, expired, or for another e-mail address."


class EmailTaken(Conflict):
    """Another account has this e-mail address."""

    code = "email_taken"
    detail = "This e-mail address is already registered."


class LastAdmin(Conflict):
    """This user is the last active administrator."""

    code = "last_admin"
    detail = "The last administrator cannot be removed."


class ConcurrencyLimited(RateLimited):
    """The account has too many concurrent requests."""

    code = "concurrency_limited"

    def __init__(self) -> None:
        super().__init__(1, "Too many concurrent requests.")


class PasswordQueueFull(Unavailable):
    """Too many passwords are waiting to be hashed or verified."""

    code = "password_queue_full"
    retry_after = 5
    detail = "Too many people are logging in at once. Try again in a few seconds."
