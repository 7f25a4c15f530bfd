"""Who sends a request, and what they may do."""

import re
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from fastapi import Request
from fastapi import Response
from fastapi.security import OAuth2PasswordBearer

from app.api.deps.resources import ResourcesDep
from app.core.access_scope import AccessScope
from app.core.exceptions import ConcurrencyLimited
from app.core.exceptions import InvalidToken
from app.core.exceptions import PermissionDenied
from app.core.permissions import Permission
from app.core.permissions import allows
from app.kit.http.client_ip import rate_limit_ip
from app.kit.http.problems import error_responses
from app.models.user import User
from app.services.account_runtime import AccountRuntime
from app.services.login_sessions import LoginSessionService
from app.services.login_sessions import Principal

SECURITY_ERRORS = error_responses(InvalidToken, ConcurrencyLimited, unauthorized=401)
"""The errors of every operation that needs a token."""

ACCOUNT_BODY_LIMITS = {re.compile(r"/api/v\d+/(auth|users/me)(/.*)?"): 16 * 1024}
"""Bytes of a body on these paths, most of which need no token: several times the longest."""

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    description="The username is your e-mail address. Leave client_id and client_secret empty.",
)


async def get_account_runtime(request: Request) -> AccountRuntime:
    runtime = request.app.state.accounts
    assert isinstance(runtime, AccountRuntime)
    return runtime


AccountRuntimeDep = Annotated[AccountRuntime, Depends(get_account_runtime)]


async def get_login_session_service(runtime: AccountRuntimeDep) -> LoginSessionService:
    return runtime.login_session_service()


LoginSessionServiceDep = Annotated[LoginSessionService, Depends(get_login_session_service)]


async def get_current_principal(
    token: Annotated[str, Depends(bearer)],
    sessions: LoginSessionServiceDep,
    runtime: AccountRuntimeDep,
) -> AsyncIterator[Principal]:
    """Return the user and their session. The unit of work is closed before the endpoint runs.

    The request holds one of its account's slots until its response, or stream, has been sent.
    """
    user_id = runtime.access_tokens.read(token).user_id
    async with runtime.request_slots.take(user_id):
        yield await sessions.authenticate(token)


CurrentPrincipal = Annotated[Principal, Depends(get_current_principal)]


async def authenticate(request: Request) -> Principal:
    """Return the principal of a request whose body is not read before.

    Raises:
        HTTPException: there is no token.
        InvalidToken: the token is not valid any more.
    """
    token = await bearer(request) or ""
    runtime = await get_account_runtime(request)
    return await runtime.login_session_service().authenticate(token)


async def get_current_user(principal: CurrentPrincipal) -> User:
    return principal.user


CurrentUser = Annotated[User, Depends(get_current_user)]


async def get_scope(user: CurrentUser) -> AccessScope:
    unrestricted = allows(user.role, Permission.SEE_ALL_ITEMS)
    return AccessScope(user_id=user.id, unrestricted=unrestricted)


def require_permission(permission: Permission) -> Callable[[User], Awaitable[User]]:
    """Return a dependency that rejects users without this permission."""

    async def check(user: CurrentUser) -> User:
        if not allows(user.role, permission):
            raise PermissionDenied("Your role does not allow this.")
        return user

    return check


async def get_client_ip(request: Request) -> str:
    """Return the address by which limits count, and sign-ins are remembered."""
    return rate_limit_ip(request)


ClientIp = Annotated[str, Depends(get_client_ip)]


async def rate_limit_by_ip(request: Request, resources: ResourcesDep) -> None:
    """Count the requests of one address to one endpoint, in all versions of the API."""
    rates = resources.settings.rate_limit_address
    endpoint = request.scope["endpoint"].__name__
    await resources.limiter.hit(rates, endpoint, rate_limit_ip(request))


async def no_store(response: Response) -> None:
    """Forbid caches to keep a response that holds tokens (RFC 6749, section 5.1)."""
    response.headers["Cache-Control"] = "no-store"
