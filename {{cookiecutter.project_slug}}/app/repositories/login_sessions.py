"""Queries for login sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import bindparam
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update

from app.kit.db.repository import Repository
from app.models.login_session import LoginSession
from app.models.user import User

# Built once, because every request runs it.
FIND_USER = (
    select(User, LoginSession.used_generation)
    .join(LoginSession, LoginSession.user_id == User.id)
    .where(
        LoginSession.id == bindparam("session_id"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now"),
        User.id == bindparam("user_id"),
        User.is_active,
    )
)


def has_ended(now: datetime) -> ColumnElement[bool]:
    """Return the condition for sessions that are revoked or expired."""
    return or_(LoginSession.revoked_at.is_not(None), LoginSession.expires_at <= now)


class LoginSessionRepository(Repository[LoginSession]):
    """Reads and writes login sessions."""

    model = LoginSession

    async def find_user(
        self, session_id: UUID, user_id: UUID, now: datetime
    ) -> tuple[User, int] | None:
        """Return the active user of an active session, and its ``used_generation``.

        A single query, because every request runs it.
        """
        given = {"session_id": session_id, "user_id": user_id, "now": now}
        row = (await self.session.execute(FIND_USER, given)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def mark_used(self, session_id: UUID, generation: int) -> None:
        """Record the latest generation of tokens that the client has used."""
        await self.session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.used_generation < generation)
            .values(used_generation=generation)
        )

    async def revoke(self, session_id: UUID, now: datetime) -> None:
        await self.session.execute(
            update(LoginSession)
            .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    async def revoke_all(self, user_id: UUID, now: datetime, *, keep: UUID | None = None) -> None:
        """Revoke every session of a user except ``keep``."""
        statement = update(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None)
        )
        if keep is not None:
            statement = statement.where(LoginSession.id != keep)
        await self.session.execute(statement.values(revoked_at=now))

    @staticmethod
    def select_ended(now: datetime) -> Select[UUID]:
        """Return a query for the ids of sessions that have ended."""
        return select(LoginSession.id).where(has_ended(now))
