"""Queries for users."""

from sqlalchemy import delete
from sqlalchemy import select

from app.core.exceptions import EmailTaken
from app.core.permissions import Role
from app.kit.db.repository import Repository
from app.kit.exceptions import Conflict
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.job import Job
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
        """Return one page of all users."""
        return await self.paginate(select(User), page)

    async def lock_active_admins(self) -> list[User]:
        """Return all active administrators; their rows are locked until the transaction ends."""
        admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
        return list(await self.session.scalars(admins.with_for_update()))
