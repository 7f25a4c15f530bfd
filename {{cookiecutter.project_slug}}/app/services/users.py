"""The service for users: their profiles, and administration."""

from uuid import UUID

from app.core.exceptions import InvalidToken
from app.core.exceptions import LastAdmin
from app.core.exceptions import PermissionDenied
from app.core.permissions import Role
from app.core.permissions import can_grant
from app.kit.exceptions import NotFound
from app.kit.pagination import Page
from app.kit.pagination import PageRequest
from app.models.user import User
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.users import UserRepository
from app.schemas.pages import PageQuery
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserUpdate
from app.utils.clock import utc_now


class UserService:
    """Reads, changes and deletes users."""

    def __init__(self, users: UserRepository, sessions: LoginSessionRepository) -> None:
        self._users = users
        self._sessions = sessions

    async def list_users(self, query: PageQuery) -> Page[User]:
        page = PageRequest(limit=query.limit, sort="-created_at", cursor=query.cursor)
        return await self._users.page(page)

    async def get(self, user_id: UUID, *, lock: bool = False) -> User:
        """Return the user with this id; ``lock`` the row until the end of the transaction.

        Raises:
            NotFound: there is no such user.
        """
        user = await self._users.get(user_id, lock=lock)
        if user is None:
            raise NotFound("There is no such user.")
        return user

    async def update_profile(self, user_id: UUID, data: ProfileUpdate) -> User:
        """Update the fields that users may change themselves."""
        user = await self.get(user_id, lock=True)
        for name, value in data.model_dump(exclude_unset=True).items():
            setattr(user, name, value)
        await self._users.flush()
        return user

    async def update(self, actor: User, user_id: UUID, data: UserUpdate) -> User:
        """Update the fields that administrators may change. Deactivating ends all sessions.

        Raises:
            PermissionDenied: the old or the new role has more permissions than the actor's.
            LastAdmin: there would be no administrator left.
        """
        changes = data.model_dump(exclude_unset=True)
        if changes.get("role", Role.ADMIN) is not Role.ADMIN or not changes.get("is_active", True):
            await self._keep_an_admin(without=user_id)
        user = await self.get(user_id)
        _check_rank(actor, user.role)
        _check_rank(actor, changes.get("role", user.role))
        if not changes.get("is_active", True):
            await self._sessions.revoke_all(user_id, utc_now())
        return await self.update_profile(user_id, data)

    async def remove(self, actor: User, user_id: UUID) -> None:
        """Delete the account of another user and all that it owns.

        Raises:
            PermissionDenied: the role has more permissions than the actor's.
            LastAdmin: there would be no administrator left.
        """
        _check_rank(actor, (await self.get(user_id)).role)
        await self.delete(user_id)

    async def delete(self, user_id: UUID, *, password_hash: str | None = None) -> None:
        """Delete an account and all that it owns.

        Raises:
            LastAdmin: there would be no administrator left.
            InvalidToken: ``password_hash`` is given and is no longer that of the user.
        """
        await self._keep_an_admin(without=user_id)
        user = await self.get(user_id, lock=True)
        if password_hash not in (None, user.password_hash):
            raise InvalidToken
        await self._users.delete(user)

    async def _keep_an_admin(self, *, without: UUID) -> None:
        admins = {admin.id for admin in await self._users.lock_active_admins()}
        if admins == {without}:
            raise LastAdmin


def _check_rank(actor: User, role: Role) -> None:
    if not can_grant(actor.role, role):
        raise PermissionDenied("You cannot manage a role with more permissions than yours.")
