"""Use cases of accounts: registering, logging in, changing the password.

Each waits for a hash, so it holds no connection meanwhile: look up, close, wait, write.
"""

from uuid import UUID

from app.core.config.auth import AuthSettings
from app.core.exceptions import Conflict
from app.core.exceptions import InvalidCredentials
from app.core.exceptions import InvalidInput
from app.core.exceptions import InvalidToken
from app.core.exceptions import NotFound
from app.core.passwords import PasswordHasher
from app.core.permissions import Role
from app.core.rate_limit import RateLimiter
from app.models.user import User
from app.repositories.accounts import Accounts
from app.repositories.units import Units
from app.schemas.tokens import TokenPair
from app.schemas.users import PasswordChange
from app.schemas.users import UserCreate
from app.services.sessions import Caller
from app.services.sessions import SessionService
from app.utils.clock import utc_now
from app.utils.emails import normalise_email


class AccountService:
    """Makes accounts and checks passwords."""

    def __init__(
        self,
        units: Units[Accounts],
        sessions: SessionService,
        passwords: PasswordHasher,
        limiter: RateLimiter,
        settings: AuthSettings,
    ) -> None:
        self._units = units
        self._sessions = sessions
        self._passwords = passwords
        self._limiter = limiter
        self._rates = settings.rate_limit_account

    async def register(self, data: UserCreate, role: Role = Role.USER) -> User:
        """A new account.

        Raises:
            Conflict: the e-mail address is registered.
            RateLimited: somebody keeps trying this address.
        """
        await self._limiter.hit(self._rates, "register", data.email)
        async with self._units.read() as accounts:
            if await accounts.users.find_by_email(data.email) is not None:
                raise Conflict("This e-mail address is registered.", code="email_taken")
        password_hash = await self._passwords.hash(data.password)
        async with self._units.write() as accounts:
            return await accounts.users.add(
                User(
                    email=data.email,
                    password_hash=password_hash,
                    full_name=data.full_name,
                    role=role,
                )
            )

    async def log_in(self, username: str, password: str) -> TokenPair:
        """Tokens for an e-mail address and its password.

        Raises:
            InvalidCredentials: one of them is wrong, or the account is not active: never which.
            RateLimited: somebody keeps trying this address.
        """
        email = _email_or_none(username)
        await self._limiter.hit(self._rates, "login", email or username)
        # Another login may store a better hash while this one waits: look once more.
        pair = await self._try_log_in(email, password) or await self._try_log_in(email, password)
        if pair is None:
            raise InvalidCredentials
        return pair

    async def _try_log_in(self, email: str | None, password: str) -> TokenPair | None:
        """Tokens, or None when the account changed while the password was checked."""
        user = await self._find(email)
        checked = user.password_hash if user else None
        right, new_hash = await self._passwords.verify(password, checked)
        if user is None or not right:
            raise InvalidCredentials
        async with self._units.write() as accounts:
            user = await accounts.users.get(user.id, lock=True)
            if user is None or not user.is_active or user.password_hash != checked:
                return None
            user.password_hash = new_hash or user.password_hash
            return await self._sessions.open(accounts, user)

    async def promote(self, email: str) -> User:
        """Make an account that exists an administrator's.

        Raises:
            NotFound: there is no such account.
        """
        async with self._units.write() as accounts:
            user = await _registered(accounts, email)
            user.role = Role.ADMIN
            return user

    async def reset_password(self, email: str, password: str) -> User:
        """Set a new password without the old one, and end every session of this person.

        Raises:
            NotFound: there is no such account.
        """
        password_hash = await self._passwords.hash(password)
        async with self._units.write() as accounts:
            user = await _registered(accounts, email)
            user.password_hash = password_hash
            await accounts.sessions.revoke_all(user.id, utc_now())
            return user

    async def change_password(self, caller: Caller, data: PasswordChange) -> None:
        """Set a new password and end every other session of this person.

        Raises:
            InvalidInput: the current password is wrong.
            RateLimited: somebody keeps guessing it.
        """
        await self._limiter.hit(self._rates, "password", str(caller.user.id))
        checked = caller.user.password_hash
        right, _ = await self._passwords.verify(data.current_password, checked)
        if not right:
            raise InvalidInput(
                "current_password", "The current password is wrong.", code="wrong_password"
            )
        password_hash = await self._passwords.hash(data.new_password)
        await self._replace_password(caller.user.id, caller.session_id, checked, password_hash)

    async def _replace_password(
        self, user_id: UUID, session_id: UUID, checked: str, password_hash: str
    ) -> None:
        async with self._units.write() as accounts:
            user = await accounts.users.get(user_id, lock=True)
            if user is None or user.password_hash != checked:
                raise InvalidToken
            user.password_hash = password_hash
            await accounts.sessions.revoke_all(user_id, utc_now(), keep=session_id)

    async def _find(self, email: str | None) -> User | None:
        if email is None:
            return None
        async with self._units.read() as accounts:
            return await accounts.users.find_by_email(email)


async def _registered(accounts: Accounts, email: str) -> User:
    user = await accounts.users.find_by_email(_email_or_none(email) or email)
    if user is None:
        raise NotFound("Nobody is registered with this e-mail address.")
    return user


def _email_or_none(username: str) -> str | None:
    try:
        return normalise_email(username)
    except ValueError:
        return None
