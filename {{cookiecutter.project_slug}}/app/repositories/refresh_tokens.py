"""Statements for refresh tokens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CursorResult
from sqlalchemy import select
from sqlalchemy import update

from app.models.login_session import LoginSession
from app.models.refresh_token import RefreshToken
from app.models.user import User
from app.repositories.base import Repository


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A refresh token with the session and the user that it speaks for."""

    token: RefreshToken
    session: LoginSession
    user: User

    def is_usable(self, now: datetime) -> bool:
        """Whether token, session and user are all alive."""
        return (
            self.token.expires_at > now
            and self.session.revoked_at is None
            and self.session.expires_at > now
            and self.user.is_active
        )


class RefreshTokenRepository(Repository[RefreshToken]):
    """Refresh tokens, known by their fingerprints."""

    model = RefreshToken

    async def find(self, fingerprint: str) -> FoundToken | None:
        """A token as it is in the database now, with its session and its user."""
        statement = (
            select(RefreshToken, LoginSession, User)
            .join(LoginSession, LoginSession.id == RefreshToken.session_id)
            .join(User, User.id == LoginSession.user_id)
            .where(RefreshToken.fingerprint == fingerprint)
            .execution_options(populate_existing=True)
        )
        row = (await self.session.execute(statement)).one_or_none()
        return None if row is None else FoundToken(*row)

    async def spend(self, token_id: UUID, now: datetime) -> bool:
        """Mark a token as spent; whether it was still unspent.

        One conditional UPDATE decides: of many requests at once exactly one is told yes, and the
        others wait until that one's unit of work is committed.
        """
        result = await self.session.execute(
            update(RefreshToken)
            .where(RefreshToken.id == token_id, RefreshToken.spent_at.is_(None))
            .values(spent_at=now)
            .execution_options(synchronize_session=False)
        )
        assert isinstance(result, CursorResult)
        return result.rowcount == 1
