"""The service for login sessions: authentication, refresh, logout.

A refresh token is spent when it is used and leads to the next. Phones lose responses, so a spent
token is answered again, with the same successor, until that successor has been used: by a refresh,
or by an access token that came with it. After that, a copy of the spent token exists, and the
whole session ends (RFC 9700, section 4.14.2).
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from uuid import UUID

from app.core.config.auth import AuthSettings
from app.core.exceptions import InvalidToken
from app.core.security import AccessTokens
from app.core.security import RefreshTokens
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.rate_limit import RateLimiter
from app.models.login_session import LoginSession
from app.models.login_session import RefreshToken
from app.models.user import User
from app.repositories.accounts import AccountRepositories
from app.schemas.tokens import TokenPair
from app.utils.clock import utc_now


@dataclass(frozen=True, slots=True)
class Principal:
    """The user of a request, and their login session."""

    user: User
    session_id: UUID


class LoginSessionService:
    """Starts, continues and ends login sessions."""

    def __init__(
        self,
        uow: UnitOfWork[AccountRepositories],
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        limiter: RateLimiter,
        settings: AuthSettings,
    ) -> None:
        self._uow = uow
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._limiter = limiter
        self._settings = settings

    async def authenticate(self, access_token: str) -> Principal:
        """Return the user of an access token. Sees ended sessions and changed roles at once.

        Raises:
            InvalidToken: the token is wrong, or its session or user is no longer active.
        """
        claims = self._access_tokens.read(access_token)
        async with self._uow.read() as accounts:
            found = await accounts.sessions.find_user(claims.session_id, claims.user_id, utc_now())
        if found is None:
            raise InvalidToken
        user, used_generation = found
        if claims.generation > used_generation:  # the client has received this pair
            async with self._uow.write() as accounts:
                await accounts.sessions.mark_used(claims.session_id, claims.generation)
        return Principal(user=user, session_id=claims.session_id)

    async def start(self, accounts: AccountRepositories, user: User) -> TokenPair:
        """Start a session of a user, within the unit of work of the caller."""
        now = utc_now()
        session = LoginSession(user_id=user.id, created_at=now, generation=1, used_generation=0)
        session.expires_at = self._end_of(session, now)
        await accounts.sessions.add(session)
        return await self._store(accounts, session, self._refresh_tokens.new())

    async def refresh(self, token: str) -> TokenPair:
        """Return a new pair of tokens for a refresh token, which is spent by this.

        Raises:
            InvalidToken: it is unknown, its successor was used, or its session has ended.
            RateLimited: the session refreshes too often.
        """
        async with self._uow.read() as accounts:
            found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        if found is None:
            raise InvalidToken
        rates, session_id = self._settings.rate_limit_session, found.session.id
        await self._limiter.hit(rates, "refresh", str(session_id))
        async with self._uow.write() as accounts:
            pair = await self._rotate(accounts, session_id, token)
        # Raised only here: inside, it would roll back the end of a stolen session.
        if pair is None:
            raise InvalidToken
        return pair

    async def renew(self, accounts: AccountRepositories, session_id: UUID) -> TokenPair:
        """Return a new pair without the refresh token of the client, which is spent by this.

        A client that lost the response gets the same pair for that refresh token.

        Raises:
            InvalidToken: the session has ended.
        """
        session = await accounts.sessions.get(session_id, lock=True)
        if session is None or session.revoked_at is not None:
            raise InvalidToken
        (newest,) = await accounts.tokens.newest(session_id, 1)
        return await self._store_next(accounts, session, newest.fingerprint)

    async def log_out(self, token: str, client_ip: str) -> None:
        """End the session of a refresh token, spent or not. An unknown one is no error.

        Attempts are limited by session, those with unknown tokens by address: phones behind one
        address of their carrier do not hinder each other, and guessing costs no write.

        Raises:
            RateLimited: there were too many attempts.
        """
        async with self._uow.read() as accounts:
            found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        if found is None:
            await self._limiter.hit(self._settings.rate_limit_address, "logout", client_ip)
            return
        await self._limiter.hit(self._settings.rate_limit_session, "logout", str(found.session.id))
        if found.session.revoked_at is None:
            async with self._uow.write() as accounts:
                await accounts.sessions.revoke(found.session.id, utc_now())

    async def log_out_everywhere(self, user_id: UUID) -> None:
        async with self._uow.write() as accounts:
            await accounts.sessions.revoke_all(user_id, utc_now())

    async def _rotate(
        self, accounts: AccountRepositories, session_id: UUID, token: str
    ) -> TokenPair | None:
        """Return the next pair, or the same once more; None when the token is no good."""
        # Locked first, so that of requests at once each sees what the one before has done.
        session = await accounts.sessions.get(session_id, lock=True)
        found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        if session is None or found is None or not found.is_usable(utc_now()):
            return None
        generation = found.token.generation
        if generation == session.generation:
            session.used_generation = generation
            return await self._store_next(accounts, session, token)
        if generation < session.used_generation:
            session.revoked_at = utc_now()
            return None
        return await self._repeat(accounts, session, token)

    async def _repeat(
        self, accounts: AccountRepositories, session: LoginSession, token: str
    ) -> TokenPair:
        """Return the newest pair for a spent token, whose client does not have it."""
        newest, parent = await accounts.tokens.newest(session.id, 2)
        parents = (token, parent.fingerprint)
        successor = self._refresh_tokens.find_successor(newest.fingerprint, parents)
        if successor is None:  # made with a secret that is forgotten by now
            return await self._store_next(accounts, session, newest.fingerprint)
        session.expires_at = self._end_of(session, utc_now())
        return self._pair(session, successor)

    async def _store_next(
        self, accounts: AccountRepositories, session: LoginSession, parent: str
    ) -> TokenPair:
        session.generation += 1
        session.expires_at = self._end_of(session, utc_now())
        return await self._store(accounts, session, self._refresh_tokens.successor(parent))

    async def _store(
        self, accounts: AccountRepositories, session: LoginSession, token: str
    ) -> TokenPair:
        """Store the newest refresh token of a session, and return the pair with it."""
        await accounts.tokens.add(
            RefreshToken(
                session_id=session.id,
                generation=session.generation,
                fingerprint=self._refresh_tokens.fingerprint(token),
            )
        )
        return self._pair(session, token)

    def _end_of(self, session: LoginSession, now: datetime) -> datetime:
        """Return when a session ends unless it is used again after ``now``."""
        idle = timedelta(days=self._settings.refresh_token_days)
        longest = timedelta(days=self._settings.session_max_days)
        return min(now + idle, session.created_at + longest)

    def _pair(self, session: LoginSession, refresh_token: str) -> TokenPair:
        return TokenPair(
            access_token=self._access_tokens.issue(session.user_id, session.id, session.generation),
            refresh_token=refresh_token,
            token_type="bearer",  # noqa: S106
            expires_in=int(self._access_tokens.lifetime.total_seconds()),
        )
