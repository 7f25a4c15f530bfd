"""Endpoints for the user's own account, and for administrators to manage all accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Query
from fastapi.responses import Response
from fastapi.responses import StreamingResponse

from app.api.deps.accounts import AccountExportServiceDep
from app.api.deps.accounts import AccountServiceDep
from app.api.deps.accounts import UserReadServiceDep
from app.api.deps.accounts import UserServiceDep
from app.api.deps.auth import CurrentPrincipal
from app.api.deps.auth import CurrentUser
from app.api.deps.auth import no_store
from app.api.deps.auth import require_permission
from app.api.deps.statistical import DeleteOwnModelFiles
from app.api.deps.statistical import DeleteUserModelFiles
from app.core.exceptions import LastAdmin
from app.core.exceptions import PasswordQueueFull
from app.core.exceptions import PermissionDenied
from app.core.permissions import Permission
from app.kit.exceptions import NotFound
from app.kit.exceptions import RateLimited
from app.kit.http.problems import error_responses
from app.kit.pagination import Page
from app.models.user import User
from app.schemas.pages import PageQuery
from app.schemas.tokens import TokenPair
from app.schemas.users import AccountDeletion
from app.schemas.users import ExportedAccount
from app.schemas.users import PasswordChange
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserPage
from app.schemas.users import UserRead
from app.schemas.users import UserUpdate

router = APIRouter(prefix="/users", tags=["users"])
EXPORT_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": 'attachment; filename="account.json"',
}
Manager = Annotated[User, Depends(require_permission(Permission.MANAGE_USERS))]


@router.get("/me", response_model=UserRead)
async def read_me(user: CurrentUser) -> User:
    """Return your own account."""
    return user


@router.patch("/me", response_model=UserRead, responses=error_responses(NotFound))
async def update_me(user: CurrentUser, data: ProfileUpdate, users: UserServiceDep) -> User:
    """Change your own account."""
    return await users.update_profile(user.id, data)


@router.delete(
    "/me",
    status_code=204,
    response_class=Response,
    responses=error_responses(NotFound, LastAdmin, RateLimited, PasswordQueueFull),
    dependencies=[DeleteOwnModelFiles],  # %if statistical
)
async def delete_me(
    caller: CurrentPrincipal, data: AccountDeletion, accounts: AccountServiceDep
) -> None:
    """Delete your own account and all its data. The body has your password."""
    await accounts.delete(caller, data.current_password)


@router.get("/me/export", response_model=ExportedAccount, responses=error_responses(RateLimited))
async def export_me(user: CurrentUser, account: AccountExportServiceDep) -> StreamingResponse:
    """Everything that is stored about you, to take with you.

    Not in it: the hash of your password and the fingerprints of your tokens, which are secrets.
    """
    parts = await account.export(user)
    return StreamingResponse(parts, media_type="application/json", headers=EXPORT_HEADERS)


@router.post(
    "/me/password",
    dependencies=[Depends(no_store)],
    responses=error_responses(RateLimited, PasswordQueueFull),
)
async def change_password(
    caller: CurrentPrincipal, data: PasswordChange, accounts: AccountServiceDep
) -> TokenPair:
    """Set a new password and log out every other device.

    Replace the old tokens by the new ones.
    """
    return await accounts.change_password(caller, data)


@router.get("", response_model=UserPage, responses=error_responses(PermissionDenied))
async def list_users(
    _manager: Manager, query: Annotated[PageQuery, Query()], users: UserReadServiceDep
) -> Page[User]:
    """Return one page of all accounts, the newest first."""
    return await users.list_users(query)


@router.get(
    "/{user_id}", response_model=UserRead, responses=error_responses(PermissionDenied, NotFound)
)
async def read_user(_manager: Manager, user_id: UUID, users: UserReadServiceDep) -> User:
    """Return an account."""
    return await users.get(user_id)


@router.patch(
    "/{user_id}",
    response_model=UserRead,
    responses=error_responses(PermissionDenied, NotFound, LastAdmin),
)
async def update_user(
    manager: Manager, user_id: UUID, data: UserUpdate, users: UserServiceDep
) -> User:
    """Change the name or role of a user, or deactivate them."""
    return await users.update(manager, user_id, data)


@router.delete(
    "/{user_id}",
    status_code=204,
    response_class=Response,
    responses=error_responses(PermissionDenied, NotFound, LastAdmin),
    dependencies=[DeleteUserModelFiles],  # %if statistical
)
async def delete_user(manager: Manager, user_id: UUID, users: UserServiceDep) -> None:
    """Delete an account and all its data."""
    await users.remove(manager, user_id)
