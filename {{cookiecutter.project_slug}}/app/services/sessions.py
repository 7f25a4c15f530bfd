"""Use cases of sessions: who is speaking, staying logged in, logging out.

A refresh token is spent when it is used and leads to the next. Phones lose answers, so for a short
window a spent token is answered again, with the same successor. Later than that, somebody has a
copy: the whole session ends (RFC 9700, section 4.14.2).
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from uuid import UUID

from app.core.config.auth import AuthSettings
from app.core.exceptions import InvalidToken
from app.core.rate_limit import RateLimiter
from app.core.security import AccessTokens
from app.core.security import RefreshTokens
from app.models.login_session import LoginSession
from app.models.refresh_token import RefreshToken
from app.models.user import User
from app.repositories.accounts import Accounts
from app.repositories.units import Units
from app.schemas.tokens import TokenPair
from app.utils.clock import utc_now


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is speaking, and in which session."""

    user: User
    session_id: UUID


class SessionService:
    """Opens, continues and ends sessions."""

    def __init__(
        self,
        units: Units[Accounts],
        access_tokens: AccessTokens,
        refresh_tokens: RefreshTokens,
        limiter: RateLimiter,
        settings: AuthSettings,
    ) -> None:
        self._units = units
        self._access_tokens = access_tokens
        self._refresh_tokens = refresh_tokens
        self._limiter = limiter
        self._settings = settings

    async def authenticate(self, access_token: str) -> Caller:
        """Who is speaking. Sees at once when a session has ended or a role has changed.

        Raises:
            InvalidToken: the token is wrong, or its session or user is not active any more.
        """
        claims = self._access_tokens.read(access_token)
        async with self._units.read() as accounts:
            user = await accounts.sessions.find_user(claims.session_id, claims.user_id, utc_now())
        if user is None:
            raise InvalidToken
        return Caller(user=user, session_id=claims.session_id)

    async def open(self, accounts: Accounts, user: User) -> TokenPair:
        """A new session of a user, within a unit of work of the caller's."""
        now = utc_now()
        await accounts.sessions.delete_expired(user.id, now)
        end = now + timedelta(days=self._settings.session_max_days)
        session = await accounts.sessions.add(LoginSession(user_id=user.id, expires_at=end))
        token = self._refresh_tokens.new()
        await self._store(accounts, session, token, now)
        return self._pair(session, token)

    async def refresh(self, token: str) -> TokenPair:
        """A new pair of tokens for a refresh token, which is spent by this.

        Raises:
            InvalidToken: it is unknown, expired, spent for too long, or its session has ended.
            RateLimited: it is used too often.
        """
        async with self._units.read() as accounts:
            found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        if found is None:
            raise InvalidToken
        rates, session_id = self._settings.rate_limit_session, str(found.session.id)
        await self._limiter.hit(rates, "refresh", session_id)
        async with self._units.write() as accounts:
            pair = await self._rotate(accounts, token, utc_now())
        # Only now: an error inside would roll back the end of a stolen session.
        if pair is None:
            raise InvalidToken
        return pair

    async def log_out(self, token: str) -> None:
        """End the session of a refresh token, spent or not. An unknown one is no error."""
        async with self._units.write() as accounts:
            found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
            if found is not None:
                await accounts.sessions.revoke(found.session.id, utc_now())

    async def log_out_everywhere(self, user_id: UUID) -> None:
        """End every session of a user."""
        async with self._units.write() as accounts:
            await accounts.sessions.revoke_all(user_id, utc_now())

    async def _rotate(self, accounts: Accounts, token: str, now: datetime) -> TokenPair | None:
        found = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        if found is None or not found.is_usable(now):
            return None
        successor = self._refresh_tokens.successor(token)
        if await accounts.tokens.spend(found.token.id, now):
            await self._store(accounts, found.session, successor, now)
        elif not await self._is_repeat(accounts, token, successor, now):
            await accounts.sessions.revoke(found.session.id, now)
            return None
        return self._pair(found.session, successor)

    async def _is_repeat(
        self, accounts: Accounts, token: str, successor: str, now: datetime
    ) -> bool:
        """Whether a spent token is answered again: spent just now, and its successor is not yet."""
        parent = await accounts.tokens.find(self._refresh_tokens.fingerprint(token))
        child = await accounts.tokens.find(self._refresh_tokens.fingerprint(successor))
        if parent is None or parent.token.spent_at is None or child is None:
            return False
        window = timedelta(seconds=self._settings.refresh_reuse_window_seconds)
        return child.token.spent_at is None and now - parent.token.spent_at <= window

    async def _store(
        self, accounts: Accounts, session: LoginSession, token: str, now: datetime
    ) -> None:
        end = now + timedelta(days=self._settings.refresh_token_days)
        await accounts.tokens.add(
            RefreshToken(
                session_id=session.id,
                fingerprint=self._refresh_tokens.fingerprint(token),
                expires_at=min(end, session.expires_at),
            )
        )

    def _pair(self, session: LoginSession, refresh_token: str) -> TokenPair:
        return TokenPair(
            access_token=self._access_tokens.issue(session.user_id, session.id),
            refresh_token=refresh_token,
            token_type="bearer",  # noqa: S106
            expires_in=int(self._access_tokens.lifetime.total_seconds()),
        )
