"""Statements for sessions: who is logged in, on which device."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update

from app.models.login_session import LoginSession
from app.models.user import User
from app.repositories.base import Repository

# Built once, since every request runs it.
FIND_USER = (
    select(User)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(
        LoginSession.id == bindparam("session_id"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        User.id == bindparam("user_id"),
        User.is_active,
    )
)


class LoginSessionRepository(Repository[LoginSession]):
    """Sessions of users."""

    model = LoginSession

    async def find_user(self, session_id: UUID, user_id: UUID, now: datetime) -> User | None:
        """The active user of a living session: all that a request must know, in one query."""
        given = {"session_id": session_id, "user_id": user_id, "now": now}
        return (await self.session.scalars(FIND_USER, given)).one_or_none()

    async def revoke(self, session_id: UUID, now: datetime) -> None:
        """End a session, if it has not ended."""
        await self.session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    async def revoke_all(self, user_id: UUID, now: datetime, *, keep: UUID | None = None) -> None:
        """End every session of a user, but for the one to ``keep``."""
        statement = update(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None)
        )
        if keep is not None:
            statement = statement.where(LoginSession.id != keep)
        await self.session.execute(statement.values(revoked_at=now))

    async def delete_expired(self, user_id: UUID, now: datetime) -> None:
        """Forget the sessions of a user whose time is up, and their tokens."""
        await self.session.execute(
            delete(LoginSession).where(
                LoginSession.user_id == user_id, LoginSession.expires_at <= now
            )
        )
