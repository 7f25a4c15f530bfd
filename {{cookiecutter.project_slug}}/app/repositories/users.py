"""Statements for users."""

from sqlalchemy import select

from app.core.exceptions import Conflict
from app.core.permissions import Role
from app.models.user import User
from app.repositories.base import Repository
from app.utils.pages import Page
from app.utils.pages import PageRequest


class UserRepository(Repository[User]):
    """Users, and the list of them."""

    model = User

    async def add(self, row: User) -> User:
        """Store a new user.

        Raises:
            Conflict: somebody has this e-mail address.
        """
        try:
            return await super().add(row)
        except Conflict as error:
            raise Conflict("This e-mail address is registered.", code="email_taken") from error

    async def find_by_email(self, email: str) -> User | None:
        """The user with this e-mail address, which must be in lower case."""
        return (await self.session.scalars(select(User).where(User.email == email))).one_or_none()

    async def page(self, page: PageRequest) -> Page[User]:
        """One page of all users."""
        return await self.paginate(select(User), page)

    async def lock_active_admins(self) -> list[User]:
        """Everyone who is an administrator now; nobody else can change that until we are done."""
        admins = select(User).where(User.role == Role.ADMIN, User.is_active).order_by(User.id)
        return list(await self.session.scalars(admins.with_for_update()))
