"""The paths of one's own account, and of all accounts for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Query
from fastapi.responses import Response

from app.api.authentication import AccountUseCases
from app.api.authentication import CurrentCaller
from app.api.authentication import CurrentUser
from app.api.authentication import require
from app.api.deps import ReadUsers
from app.api.deps import WriteUsers
from app.api.problems import problems
from app.api.statistical_accounts import ForgetMyModels  # %if statistical
from app.api.statistical_accounts import ForgetTheirModels  # %if statistical
from app.core.permissions import Permission
from app.models.user import User
from app.schemas.pages import PageQuery
from app.schemas.users import PasswordChange
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserPage
from app.schemas.users import UserRead
from app.schemas.users import UserUpdate
from app.utils.pages import Page

router = APIRouter(prefix="/users", tags=["users"])
Manager = Annotated[User, Depends(require(Permission.MANAGE_USERS))]


@router.get("/me", response_model=UserRead)
async def read_me(user: CurrentUser) -> User:
    """Your own account."""
    return user


@router.patch("/me", response_model=UserRead, responses=problems(not_found=404))
async def update_me(user: CurrentUser, data: ProfileUpdate, users: WriteUsers) -> User:
    """Change your own account."""
    return await users.update_profile(user.id, data)


@router.delete(
    "/me",
    status_code=204,
    response_class=Response,
    responses=problems(not_found=404, last_admin=409),
    dependencies=[ForgetMyModels],  # %if statistical
)
async def delete_me(user: CurrentUser, users: WriteUsers) -> None:
    """Delete your own account and all that it owns."""
    await users.delete(user.id)


@router.post(
    "/me/password", status_code=204, response_class=Response, responses=problems(rate_limited=429)
)
async def change_password(
    caller: CurrentCaller, data: PasswordChange, accounts: AccountUseCases
) -> None:
    """Set a new password and log out every other device."""
    await accounts.change_password(caller, data)


@router.get("", response_model=UserPage, responses=problems(permission_denied=403))
async def list_users(
    _manager: Manager, query: Annotated[PageQuery, Query()], users: ReadUsers
) -> Page[User]:
    """One page of all accounts, the newest first."""
    return await users.list_users(query)


@router.get(
    "/{user_id}", response_model=UserRead, responses=problems(permission_denied=403, not_found=404)
)
async def read_user(_manager: Manager, user_id: UUID, users: ReadUsers) -> User:
    """One account."""
    return await users.get(user_id)


@router.patch(
    "/{user_id}",
    response_model=UserRead,
    responses=problems(permission_denied=403, not_found=404, last_admin=409),
)
async def update_user(manager: Manager, user_id: UUID, data: UserUpdate, users: WriteUsers) -> User:
    """Change the name or the role of somebody, or lock them out."""
    return await users.update(manager, user_id, data)


@router.delete(
    "/{user_id}",
    status_code=204,
    response_class=Response,
    responses=problems(permission_denied=403, not_found=404, last_admin=409),
    dependencies=[ForgetTheirModels],  # %if statistical
)
async def delete_user(manager: Manager, user_id: UUID, users: WriteUsers) -> None:
    """Delete an account and all that it owns."""
    await users.remove(manager, user_id)
