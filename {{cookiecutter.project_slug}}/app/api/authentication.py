"""Who is speaking and what they may do, as FastAPI dependencies."""

from collections.abc import Awaitable
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi import Request
from fastapi import Response
from fastapi.security import OAuth2PasswordBearer

from app.api.counted_address import counted_address
from app.api.resources import SharedResources
from app.core.exceptions import PermissionDenied
from app.core.permissions import Permission
from app.core.permissions import allows
from app.core.scope import Scope
from app.models.user import User
from app.services.accounts import AccountService
from app.services.sessions import Caller
from app.services.sessions import SessionService
from app.services.wiring import account_service
from app.services.wiring import session_service

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    description="The username is your e-mail address. Leave client_id and client_secret empty.",
)


async def get_sessions(resources: SharedResources) -> SessionService:
    """The use cases of sessions."""
    return session_service(resources)


async def get_accounts(resources: SharedResources) -> AccountService:
    """The use cases of accounts."""
    return account_service(resources)


Sessions = Annotated[SessionService, Depends(get_sessions)]
AccountUseCases = Annotated[AccountService, Depends(get_accounts)]


async def get_caller(token: Annotated[str, Depends(bearer)], sessions: Sessions) -> Caller:
    """Who is speaking, and in which session. Closes its unit of work before the endpoint runs."""
    return await sessions.authenticate(token)


CurrentCaller = Annotated[Caller, Depends(get_caller)]


async def get_user(caller: CurrentCaller) -> User:
    """Who is speaking."""
    return caller.user


CurrentUser = Annotated[User, Depends(get_user)]


async def get_scope(caller: CurrentCaller) -> Scope:
    """The rows that whoever is speaking may see."""
    user = caller.user
    return Scope(user_id=user.id, sees_all=allows(user.role, Permission.SEE_ALL_ITEMS))


def require(permission: Permission) -> Callable[[User], Awaitable[User]]:
    """A dependency that lets only people with this permission through: ``Depends(require(…))``."""

    async def check(user: CurrentUser) -> User:
        if not allows(user.role, permission):
            raise PermissionDenied("Your role does not allow this.")
        return user

    return check


async def limit_address(request: Request, resources: SharedResources) -> None:
    """Counts the requests of one client address for one endpoint, in all versions of the API."""
    rates = resources.settings.rate_limit_address
    endpoint = request.scope["endpoint"].__name__
    await resources.limiter.hit(rates, endpoint, counted_address(request))


async def not_stored(response: Response) -> None:
    """No cache keeps an answer that holds tokens (RFC 6749, section 5.1)."""
    response.headers["Cache-Control"] = "no-store"
