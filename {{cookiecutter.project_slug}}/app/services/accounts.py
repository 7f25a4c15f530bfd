"""The service for accounts: registration, login, changing the password.

Hashing a password takes long, so no connection is held meanwhile: read, close, hash, write.
"""

from app.core.config.auth import AuthSettings
from app.core.exceptions import EmailTaken
from app.core.exceptions import InvalidCredentials
from app.core.exceptions import InvalidInvitation
from app.core.exceptions import InvalidToken
from app.core.password_policy import validate_new_password
from app.core.passwords import Passwords
from app.core.permissions import Role
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import NotFound
from app.kit.rate_limit import RateLimiter
from app.models.user import User
from app.repositories.accounts import AccountRepositories
from app.schemas.tokens import TokenPair
from app.schemas.users import PasswordChange
from app.schemas.users import UserCreate
from app.services.known_client_ips import KnownClientIps
from app.services.login_sessions import LoginSessionService
from app.services.login_sessions import Principal
from app.services.users import UserService
from app.utils.clock import utc_now
from app.utils.emails import normalize_email


class AccountService:
    """Creates accounts and verifies passwords."""

    def __init__(
        self,
        uow: UnitOfWork[AccountRepositories],
        sessions: LoginSessionService,
        passwords: Passwords,
        limiter: RateLimiter,
        settings: AuthSettings,
    ) -> None:
        self._uow = uow
        self._sessions = sessions
        self._passwords = passwords
        self._limiter = limiter
        self._rates = settings.rate_limit_account
        self._known_ips = KnownClientIps(settings)

    async def register(
        self, data: UserCreate, role: Role = Role.USER, *, invitation_hash: str | None = None
    ) -> User:
        """Create an account. This uses up the invitation, if there is one.

        Raises:
            EmailTaken: the e-mail address is registered.
            InvalidInput: the password is easy to guess.
            InvalidInvitation: the invitation cannot be used.
            RateLimited: there were too many attempts with this address.
        """
        validate_new_password("password", data.password, data.email)
        await self._limiter.hit(self._rates, "register", data.email)
        async with self._uow.read() as accounts:
            if invitation_hash is not None:
                usable = accounts.invitations.is_usable(invitation_hash, data.email, utc_now())
                _require_invitation(usable=await usable)
            if await accounts.users.find_by_email(data.email) is not None:
                raise EmailTaken
        password_hash = await self._passwords.hash(data.password)
        async with self._uow.write() as accounts:
            if invitation_hash is not None:
                used = accounts.invitations.use(invitation_hash, data.email, utc_now())
                _require_invitation(usable=await used)
            return await accounts.users.add(
                User(
                    email=data.email,
                    password_hash=password_hash,
                    full_name=data.full_name,
                    role=role,
                )
            )

    async def log_in(self, username: str, password: str, client_ip: str | None = None) -> TokenPair:
        """Return tokens for an e-mail address and its password.

        Failed attempts are limited by account; an IP address that has signed in to the account
        before has a limit of its own.

        Raises:
            InvalidCredentials: the address or the password is wrong, or the account is inactive.
            RateLimited: there were too many failed attempts.
        """
        email = _email_or_none(username)
        key = ["login", email or username]
        if await self._is_known(email, client_ip):
            key.append(client_ip or "")
        async with self._limiter.count_failures(self._rates, *key, failure=InvalidCredentials):
            # Another login may store a stronger hash while this one waits: try once more.
            for _ in range(2):
                pair = await self._try_log_in(email, password, client_ip)
                if pair is not None:
                    return pair
            raise InvalidCredentials

    async def _is_known(self, email: str | None, client_ip: str | None) -> bool:
        if email is None or client_ip is None:
            return False
        async with self._uow.read() as accounts:
            return await self._known_ips.contains(accounts, email, client_ip)

    async def _try_log_in(
        self, email: str | None, password: str, client_ip: str | None
    ) -> TokenPair | None:
        """Return tokens, or None if the account changed while the password was verified."""
        user = await self._find(email)
        checked = user.password_hash if user else None
        right, outdated = await self._passwords.verify(password, checked)
        if user is None or not user.is_active or not right:
            raise InvalidCredentials
        new_hash = await self._passwords.hash(password) if outdated else user.password_hash
        async with self._uow.write() as accounts:
            user = await accounts.users.get(user.id, lock=True)
            if user is None or not user.is_active or user.password_hash != checked:
                return None
            user.password_hash = new_hash
            if client_ip is not None:
                await self._known_ips.remember(accounts, user, client_ip)
            return await self._sessions.start(accounts, user)

    async def is_registered(self, email: str) -> bool:
        return await self._find(_email_or_none(email)) is not None

    async def promote(self, email: str) -> User:
        """Make the user of an existing account an administrator.

        Raises:
            NotFound: there is no such account.
        """
        async with self._uow.write() as accounts:
            user = await _registered(accounts, email)
            user.role = Role.ADMIN
            return user

    async def reset_password(self, email: str, password: str) -> User:
        """Set a new password without the old one, and end every session of the user.

        Raises:
            InvalidInput: the password is easy to guess.
            NotFound: there is no such account.
        """
        validate_new_password("password", password, email)
        password_hash = await self._passwords.hash(password)
        async with self._uow.write() as accounts:
            user = await _registered(accounts, email)
            user.password_hash = password_hash
            await accounts.sessions.revoke_all(user.id, utc_now())
            return user

    async def change_password(self, caller: Principal, data: PasswordChange) -> TokenPair:
        """Set a new password, end every other session, and return the next pair of this one.

        A client that loses the response can go on with its old refresh token.

        Raises:
            InvalidInput: the current password is wrong, or the new one is easy to guess.
            RateLimited: there were too many failed attempts.
        """
        validate_new_password("new_password", data.new_password, caller.user.email)
        user_id, checked = caller.user.id, caller.user.password_hash
        await self._require_password(caller.user, data.current_password)
        password_hash = await self._passwords.hash(data.new_password)
        async with self._uow.write() as accounts:
            user = await accounts.users.get(user_id, lock=True)
            if user is None or user.password_hash != checked:
                raise InvalidToken
            user.password_hash = password_hash
            await accounts.sessions.revoke_all(user_id, utc_now(), keep=caller.session_id)
            return await self._sessions.renew(accounts, caller.session_id)

    async def delete(self, caller: Principal, password: str) -> None:
        """Delete the caller's account and all that it owns.

        Raises:
            InvalidInput: the password is wrong.
            RateLimited: there were too many failed attempts.
            LastAdmin: there would be no administrator left.
        """
        user = caller.user
        await self._require_password(user, password)
        async with self._uow.write() as accounts:
            users = UserService(accounts.users, accounts.sessions)
            await users.delete(user.id, password_hash=user.password_hash)

    async def _require_password(self, user: User, password: str) -> None:
        """Require the password as well: a stolen access token is not enough."""
        async with self._limiter.count_failures(
            self._rates, "password", str(user.id), failure=InvalidInput
        ):
            right, _ = await self._passwords.verify(password, user.password_hash)
            if not right:
                raise InvalidInput(
                    "current_password", "The current password is wrong.", code="wrong_password"
                )

    async def _find(self, email: str | None) -> User | None:
        if email is None:
            return None
        async with self._uow.read() as accounts:
            return await accounts.users.find_by_email(email)


async def _registered(accounts: AccountRepositories, email: str) -> User:
    user = await accounts.users.find_by_email(_email_or_none(email) or email)
    if user is None:
        raise NotFound("There is no account with this e-mail address.")
    return user


def _require_invitation(*, usable: bool) -> None:
    if not usable:
        raise InvalidInvitation


def _email_or_none(username: str) -> str | None:
    try:
        return normalize_email(username)
    except ValueError:
        return None
