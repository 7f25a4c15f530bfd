"""Queries for refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import select

from app.kit.db.repository import Repository
from app.models.login_session import LoginSession
from app.models.login_session import RefreshToken
from app.models.user import User
from app.repositories.login_sessions import has_ended

OF_SESSIONS = select(RefreshToken.id).join(LoginSession, LoginSession.id == RefreshToken.session_id)


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A refresh token with the session and the user that it belongs to."""

    token: RefreshToken
    session: LoginSession
    user: User

    def is_usable(self, now: datetime) -> bool:
        """Return whether the session and the user are active."""
        return (
            self.session.revoked_at is None
            and self.session.expires_at > now
            and self.user.is_active
        )


class RefreshTokenRepository(Repository[RefreshToken]):
    """Reads and writes refresh tokens, which are found by their fingerprints."""

    model = RefreshToken

    async def find(self, fingerprint: str) -> FoundToken | None:
        """Return the current state of a token, with its session and its user."""
        statement = (
            select(RefreshToken, LoginSession, User)
            .join(LoginSession, LoginSession.id == RefreshToken.session_id)
            .join(User, User.id == LoginSession.user_id)
            .where(RefreshToken.fingerprint == fingerprint)
            .execution_options(populate_existing=True)
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else FoundToken(*row)

    async def newest(self, session_id: UUID, limit: int) -> Sequence[RefreshToken]:
        """Return the latest tokens of a session, newest first."""
        tokens = select(RefreshToken).where(RefreshToken.session_id == session_id)
        newest = tokens.order_by(RefreshToken.generation.desc()).limit(limit)
        return (await self.session.scalars(newest)).all()

    @staticmethod
    def select_ended(now: datetime) -> Select[UUID]:
        """Return a query for the ids of tokens of ended sessions."""
        return OF_SESSIONS.where(has_ended(now))

    @staticmethod
    def select_superseded(before: datetime) -> Select[UUID]:
        """Return a query for the ids of tokens until ``before`` whose successor was used."""
        return OF_SESSIONS.where(
            RefreshToken.created_at <= before,
            RefreshToken.generation < LoginSession.used_generation,
        )
