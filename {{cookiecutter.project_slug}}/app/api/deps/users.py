"""The service for users."""

from typing import Annotated

from fastapi import Depends

from app.api.deps.auth import CurrentUser
from app.api.deps.resources import ReadSessionDep
from app.api.deps.resources import WriteSessionDep
from app.repositories.login_sessions import LoginSessionRepository
from app.repositories.users import UserRepository
from app.services.users import UserService


async def get_user_read_service(_user: CurrentUser, session: ReadSessionDep) -> UserService:
    """Return the service for requests that change nothing."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


async def get_user_service(_user: CurrentUser, session: WriteSessionDep) -> UserService:
    """Return the service for requests that change something."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


UserReadServiceDep = Annotated[UserService, Depends(get_user_read_service)]
UserServiceDep = Annotated[UserService, Depends(get_user_service)]
