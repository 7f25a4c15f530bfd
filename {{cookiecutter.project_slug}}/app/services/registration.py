"""The service for registration: open, by invitation, or closed (``REGISTRATION``)."""

import hashlib
import secrets
from datetime import timedelta

from app.core.config.auth import AuthSettings
from app.core.config.auth import Registration
from app.core.exceptions import InvitationRequired
from app.core.exceptions import RegistrationClosed
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.rate_limit import RateLimiter
from app.models.user import Invitation
from app.models.user import User
from app.repositories.accounts import AccountRepositories
from app.schemas.users import UserCreate
from app.services.accounts import AccountService
from app.utils.clock import utc_now

CODE_BYTES = 16


class RegistrationService:
    """Registers users and creates invitations."""

    def __init__(
        self,
        uow: UnitOfWork[AccountRepositories],
        accounts: AccountService,
        limiter: RateLimiter,
        settings: AuthSettings,
    ) -> None:
        self._uow = uow
        self._accounts = accounts
        self._limiter = limiter
        self._mode = settings.registration
        self._rates = settings.rate_limit_registration

    async def register(self, data: UserCreate, client_ip: str) -> User:
        """Create an account, as far as ``REGISTRATION`` allows.

        Raises:
            RegistrationClosed, InvitationRequired, InvalidInvitation: ``REGISTRATION`` forbids it.
            RateLimited: too many accounts were created from this IP address.
            EmailTaken: the e-mail address is registered.
            InvalidInput: the password is easy to guess.
        """
        if self._mode is Registration.CLOSED:
            raise RegistrationClosed
        code_hash = None
        if self._mode is Registration.INVITATION:
            if not data.invitation:
                raise InvitationRequired
            code_hash = _hash(data.invitation)
        async with self._limiter.count_successes(
            self._rates,
            "registration",
            client_ip,
            detail="Too many accounts were created from your IP address.",
        ):
            return await self._accounts.register(data, invitation_hash=code_hash)

    async def invite(self, email: str | None, lifetime: timedelta) -> str:
        """Return the code of a new invitation, of which only a hash is stored.

        With ``email``, only a user with this address can use it.
        """
        code, now = secrets.token_urlsafe(CODE_BYTES), utc_now()
        async with self._uow.write() as accounts:
            await accounts.invitations.delete_expired(now)
            await accounts.invitations.add(
                Invitation(code_hash=_hash(code), email=email, expires_at=now + lifetime)
            )
        return code


def _hash(code: str) -> str:
    """Return the hash to store; a random code needs neither salt nor a slow hash."""
    return hashlib.sha256(code.strip().encode()).hexdigest()
