"""Endpoints for registration, login and logout."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Form
from fastapi.responses import Response

from app.api.deps.accounts import AccountServiceDep
from app.api.deps.accounts import RegistrationServiceDep
from app.api.deps.auth import ClientIp
from app.api.deps.auth import CurrentUser
from app.api.deps.auth import LoginSessionServiceDep
from app.api.deps.auth import no_store
from app.api.deps.auth import rate_limit_by_ip
from app.core.exceptions import EmailTaken
from app.core.exceptions import InvalidCredentials
from app.core.exceptions import InvalidInvitation
from app.core.exceptions import InvalidToken
from app.core.exceptions import InvitationRequired
from app.core.exceptions import PasswordQueueFull
from app.core.exceptions import RegistrationClosed
from app.kit.exceptions import RateLimited
from app.kit.http.problems import error_responses
from app.models.user import User
from app.schemas.tokens import LoginForm
from app.schemas.tokens import RefreshRequest
from app.schemas.tokens import TokenPair
from app.schemas.users import UserCreate
from app.schemas.users import UserRead

router = APIRouter(prefix="/auth", tags=["auth"])
LIMITED = [Depends(rate_limit_by_ip)]
NOT_STORED = [Depends(no_store)]


@router.post(
    "/register",
    response_model=UserRead,
    status_code=201,
    dependencies=LIMITED,
    responses=error_responses(
        RegistrationClosed,
        InvitationRequired,
        InvalidInvitation,
        EmailTaken,
        RateLimited,
        PasswordQueueFull,
    ),
)
async def register(
    data: UserCreate, registration: RegistrationServiceDep, client_ip: ClientIp
) -> User:
    """Create an account. Some servers require an invitation."""
    return await registration.register(data, client_ip)


@router.post(
    "/token",
    dependencies=[*LIMITED, *NOT_STORED],
    responses=error_responses(InvalidCredentials, RateLimited, PasswordQueueFull),
)
async def log_in(
    form: Annotated[LoginForm, Form()], accounts: AccountServiceDep, client_ip: ClientIp
) -> TokenPair:
    """Log in with an e-mail address and a password (OAuth 2 password flow)."""
    return await accounts.log_in(form.username, form.password, client_ip)


@router.post(
    "/refresh", dependencies=NOT_STORED, responses=error_responses(InvalidToken, RateLimited)
)
async def refresh(data: RefreshRequest, sessions: LoginSessionServiceDep) -> TokenPair:
    """Return a new pair of tokens for a refresh token, which is then spent."""
    return await sessions.refresh(data.refresh_token)


@router.post(
    "/logout", status_code=204, response_class=Response, responses=error_responses(RateLimited)
)
async def log_out(
    data: RefreshRequest, sessions: LoginSessionServiceDep, client_ip: ClientIp
) -> None:
    """End the session of this refresh token."""
    await sessions.log_out(data.refresh_token, client_ip)


@router.post("/logout-all", status_code=204, response_class=Response)
async def log_out_everywhere(user: CurrentUser, sessions: LoginSessionServiceDep) -> None:
    """End all your sessions, on every device."""
    await sessions.log_out_everywhere(user.id)
