"""Queries for users, and for invitations to register."""

from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy import CursorResult
from sqlalchemy import and_
from sqlalchemy import delete
from sqlalchemy import exists
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update

from app.core.exceptions import EmailTaken
from app.core.permissions import Role
from app.kit.db.repository import Repository
from app.kit.exceptions import Conflict
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.job import Job
from app.models.user import Invitation
from app.models.user import User


class UserRepository(Repository[User]):
    """Reads and writes users."""

    model = User

    async def add(self, row: User) -> User:
        """Store a new user.

        Raises:
            EmailTaken: another user has this e-mail address.
        """
        try:
            return await super().add(row)
        except Conflict as error:
            raise EmailTaken from error

    async def delete(self, row: User) -> None:
        """Delete a user and the jobs of this user; the database deletes what else belongs to it."""
        await self.session.execute(delete(Job).where(Job.owner == str(row.id)))
        await super().delete(row)

    async def find_by_email(self, email: str) -> User | None:
        """Return the user with this e-mail address, which must be in lower case."""
        return (await self.session.scalars(select(User).where(User.email == email))).one_or_none()

    async def page(self, page: PageRequest) -> Page[User]:
        return await self.paginate(select(User), page)

    async def lock_active_admins(self) -> list[User]:
        """Return all active administrators; their rows are locked until the transaction ends."""
        admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
        return list(await self.session.scalars(admins.with_for_update()))


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
        await self.session.execute(delete(Invitation).where(Invitation.expires_at <= now))


def _is_usable(code_hash: str, email: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        Invitation.code_hash == code_hash,
        Invitation.used_at.is_(None),
        Invitation.expires_at > now,
        or_(Invitation.email.is_(None), Invitation.email == email),
    )
