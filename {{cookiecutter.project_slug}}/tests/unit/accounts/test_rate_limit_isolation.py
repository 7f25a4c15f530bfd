"""What one person does too often holds up nobody else."""

import pytest
from fastapi import Request

from app.api.deps.auth import rate_limit_by_ip
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import RateLimited
from app.models.user import User
from app.resources import Resources
from app.schemas.users import PasswordChange
from app.schemas.users import UserCreate
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from app.services.login_sessions import Principal
from tests.support.settings import make_settings
from tests.unit.accounts.fakes import FakeUnits

PASSWORD = "correct horse"


async def join(accounts: AccountService, sessions: LoginSessionService, name: str) -> Principal:
    """Somebody who has just logged in."""
    email = f"{name}@example.com"
    await accounts.register(UserCreate(email=email, password=PASSWORD))
    pair = await accounts.log_in(email, PASSWORD)
    return await sessions.authenticate(pair.access_token)


async def test_whoever_guesses_a_password_is_held_up_alone(
    accounts: AccountService, sessions: LoginSessionService
) -> None:
    anna = await join(accounts, sessions, "anna")
    bert = await join(accounts, sessions, "bert")
    guess = PasswordChange(current_password="wrong horse", new_password="another horse")
    for _ in range(10):
        with pytest.raises(InvalidInput):
            await accounts.change_password(anna, guess)
    right = PasswordChange(current_password=PASSWORD, new_password="another horse")
    with pytest.raises(RateLimited):
        await accounts.change_password(anna, right)
    await accounts.change_password(bert, right)


async def test_a_session_that_is_renewed_too_often_is_held_up_alone(
    sessions: LoginSessionService, units: FakeUnits
) -> None:
    user = await units.accounts.users.add(User(email="anna@example.com", password_hash="x"))
    phone = await sessions.start(units.accounts, user)
    tablet = await sessions.start(units.accounts, user)
    for _ in range(25):
        phone = await sessions.refresh(phone.refresh_token)
    with pytest.raises(RateLimited):
        await sessions.refresh(phone.refresh_token)
    await sessions.refresh(tablet.refresh_token)


async def test_whoever_has_no_address_is_counted_too() -> None:
    scope: dict[str, object] = {"type": "http", "client": None, "endpoint": rate_limit_by_ip}
    resources = Resources(make_settings(rate_limit_enabled=True, rate_limit_address="1/minute"))
    await rate_limit_by_ip(Request(scope), resources)
    with pytest.raises(RateLimited):
        await rate_limit_by_ip(Request(scope), resources)
    await resources.database.close()


async def test_many_people_may_register(accounts: AccountService) -> None:
    for number in range(11):
        await accounts.register(UserCreate(email=f"{number}@example.com", password=PASSWORD))
