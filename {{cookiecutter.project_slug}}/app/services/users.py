"""Use cases of users: one's own profile, and what administrators do with others."""

from uuid import UUID

from app.core.exceptions import Conflict
from app.core.exceptions import NotFound
from app.core.exceptions import PermissionDenied
from app.core.permissions import Role
from app.core.permissions import may_grant
from app.models.user import User
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.users import UserRepository
from app.schemas.pages import PageQuery
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserUpdate
from app.utils.clock import utc_now
from app.utils.pages import Page
from app.utils.pages import PageRequest


class UserService:
    """Reads, changes and deletes users."""

    def __init__(self, users: UserRepository, sessions: LoginSessionRepository) -> None:
        self._users = users
        self._sessions = sessions

    async def list_users(self, query: PageQuery) -> Page[User]:
        """One page of all users, the newest first."""
        page = PageRequest(limit=query.limit, sort="-created_at", cursor=query.cursor)
        return await self._users.page(page)

    async def get(self, user_id: UUID) -> User:
        """The user with this id.

        Raises:
            NotFound: there is none.
        """
        return await self._get(user_id)

    async def update_profile(self, user_id: UUID, data: ProfileUpdate) -> User:
        """Change what people may change of themselves.

        Raises:
            NotFound: the account was deleted meanwhile.
        """
        user = await self._get(user_id, lock=True)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(user, name, value)
        await self._users.flush()
        return user

    async def update(self, actor: User, user_id: UUID, data: UserUpdate) -> User:
        """Change what an administrator may change of somebody. Locking out ends their sessions.

        Raises:
            NotFound: there is no such user.
            PermissionDenied: the role that they have or get may do more than the actor's own.
            Conflict: nobody would be left to administer.
        """
        changes = data.model_dump(exclude_unset=True)
        if changes.get("role", Role.ADMIN) is not Role.ADMIN or not changes.get("is_active", True):
            await self._keep_an_admin(without=user_id)
        user = await self._get(user_id)
        _check_rank(actor, user.role)
        _check_rank(actor, changes.get("role", user.role))
        if not changes.get("is_active", True):
            await self._sessions.revoke_all(user_id, utc_now())
        return await self.update_profile(user_id, data)

    async def remove(self, actor: User, user_id: UUID) -> None:
        """Delete somebody's account and all that it owns.

        Raises:
            NotFound: there is no such user.
            PermissionDenied: their role may do more than the actor's own.
            Conflict: nobody would be left to administer.
        """
        _check_rank(actor, (await self._get(user_id)).role)
        await self.delete(user_id)

    async def delete(self, user_id: UUID) -> None:
        """Delete an account and all that it owns.

        Raises:
            NotFound: there is no such user.
            Conflict: nobody would be left to administer.
        """
        await self._keep_an_admin(without=user_id)
        await self._users.delete(await self._get(user_id, lock=True))

    async def _get(self, user_id: UUID, *, lock: bool = False) -> User:
        user = await self._users.get(user_id, lock=lock)
        if user is None:
            raise NotFound("There is no such user.")
        return user

    async def _keep_an_admin(self, *, without: UUID) -> None:
        admins = {admin.id for admin in await self._users.lock_active_admins()}
        if admins == {without}:
            raise Conflict("The last administrator cannot go.", code="last_admin")


def _check_rank(actor: User, role: Role) -> None:
    if not may_grant(actor.role, role):
        raise PermissionDenied("Nobody rules over a role that may do more than their own.")
