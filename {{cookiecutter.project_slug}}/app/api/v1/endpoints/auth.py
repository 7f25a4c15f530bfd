"""The paths of registering, logging in and logging out."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Depends
from fastapi import Form
from fastapi.responses import Response

from app.api.authentication import AccountUseCases
from app.api.authentication import CurrentUser
from app.api.authentication import Sessions
from app.api.authentication import limit_address
from app.api.authentication import not_stored
from app.api.problems import problems
from app.models.user import User
from app.schemas.tokens import LoginForm
from app.schemas.tokens import RefreshRequest
from app.schemas.tokens import TokenPair
from app.schemas.users import UserCreate
from app.schemas.users import UserRead

router = APIRouter(prefix="/auth", tags=["auth"])
LIMITED = [Depends(limit_address)]
FOR_TOKENS = [*LIMITED, Depends(not_stored)]


@router.post(
    "/register",
    response_model=UserRead,
    status_code=201,
    dependencies=LIMITED,
    responses=problems(email_taken=409, rate_limited=429),
)
async def register(data: UserCreate, accounts: AccountUseCases) -> User:
    """Make an account."""
    return await accounts.register(data)


@router.post(
    "/token", dependencies=FOR_TOKENS, responses=problems(invalid_credentials=401, rate_limited=429)
)
async def log_in(form: Annotated[LoginForm, Form()], accounts: AccountUseCases) -> TokenPair:
    """Log in with an e-mail address and a password (OAuth 2 password flow)."""
    return await accounts.log_in(form.username, form.password)


@router.post(
    "/refresh", dependencies=FOR_TOKENS, responses=problems(invalid_token=401, rate_limited=429)
)
async def refresh(data: RefreshRequest, sessions: Sessions) -> TokenPair:
    """A new pair of tokens for a refresh token, which is spent by this."""
    return await sessions.refresh(data.refresh_token)


@router.post("/logout", status_code=204, response_class=Response)
async def log_out(data: RefreshRequest, sessions: Sessions) -> None:
    """End the session of this refresh token."""
    await sessions.log_out(data.refresh_token)


@router.post("/logout-all", status_code=204, response_class=Response)
async def log_out_everywhere(user: CurrentUser, sessions: Sessions) -> None:
    """End every session of yours, on every device."""
    await sessions.log_out_everywhere(user.id)
