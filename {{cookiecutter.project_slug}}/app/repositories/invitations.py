"""Queries for invitations."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy import CursorResult
from sqlalchemy import and_
from sqlalchemy import delete
from sqlalchemy import exists
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update

from app.kit.db.repository import Repository
from app.models.invitation import Invitation


class InvitationRepository(Repository[Invitation]):
    """Reads and writes invitations, which are found by the hash of their code."""

    model = Invitation

    async def is_usable(self, code_hash: str, email: str, now: datetime) -> bool:
        """Return whether a user with this e-mail address can register with the invitation."""
        usable = exists().where(_is_usable(code_hash, email, now))
        return bool(await self.session.scalar(select(usable)))

    async def use(self, code_hash: str, email: str, now: datetime) -> bool:
        """Mark an invitation as used; return False if it is not usable (any more)."""
        statement = update(Invitation).where(_is_usable(code_hash, email, now)).values(used_at=now)
        result = await self.session.execute(statement)
        assert isinstance(result, CursorResult)
        return result.rowcount == 1

    async def delete_expired(self, now: datetime) -> None:
        """Delete expired invitations."""
        await self.session.execute(delete(Invitation).where(Invitation.expires_at <= now))


def _is_usable(code_hash: str, email: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        Invitation.code_hash == code_hash,
        Invitation.used_at.is_(None),
        Invitation.expires_at > now,
        or_(Invitation.email.is_(None), Invitation.email == email),
    )
