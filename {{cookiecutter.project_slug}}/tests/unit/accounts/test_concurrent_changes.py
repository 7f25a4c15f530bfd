"""What changes between a look and a write: rows are locked, and looked at once more."""

import pytest

from app.core.exceptions import InvalidToken
from app.core.permissions import Role
from app.core.security import RefreshTokens
from app.models.user import User
from app.schemas.users import PasswordChange
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserCreate
from app.schemas.users import UserUpdate
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from app.services.login_sessions import Principal
from app.services.users import UserService
from tests.unit.accounts.conftest import SECRET
from tests.unit.accounts.conftest import WatchedHasher
from tests.unit.accounts.fakes import FakeUnits
from tests.unit.accounts.fakes import Tables

EMAIL, PASSWORD = "anna@example.com", "correct horse"
CHANGE = PasswordChange(current_password=PASSWORD, new_password="another horse")


@pytest.fixture
async def anna(
    accounts: AccountService, sessions: LoginSessionService, tables: Tables
) -> Principal:
    """Somebody who has logged in; what was locked for that is forgotten."""
    await accounts.register(UserCreate(email=EMAIL, password=PASSWORD))
    pair = await accounts.log_in(EMAIL, PASSWORD)
    assert tables.locked
    tables.locked.clear()
    return await sessions.authenticate(pair.access_token)


@pytest.fixture
def users(units: FakeUnits) -> UserService:
    """The service for users on the same tables."""
    return UserService(units.accounts.users, units.accounts.sessions)


async def test_a_row_is_locked_before_it_is_changed(
    accounts: AccountService, users: UserService, anna: Principal, tables: Tables
) -> None:
    user_id = anna.user.id
    await accounts.change_password(anna, CHANGE)
    assert tables.locked == [user_id]
    await users.update_profile(user_id, ProfileUpdate(full_name="Anna"))
    assert tables.locked == [user_id] * 2
    await users.delete(user_id)
    assert tables.locked == [user_id] * 3


async def test_reading_locks_nothing(users: UserService, anna: Principal, tables: Tables) -> None:
    await users.get(anna.user.id)
    assert not tables.locked


async def test_an_account_that_goes_during_the_hash_gets_no_password(
    accounts: AccountService,
    hasher: WatchedHasher,
    anna: Principal,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hash_and_lose(_password: str) -> str:
        tables.users.clear()
        return "new"

    monkeypatch.setattr(hasher, "hash", hash_and_lose)
    with pytest.raises(InvalidToken):
        await accounts.change_password(anna, CHANGE)


async def test_a_password_that_was_changed_during_the_hash_stays(
    accounts: AccountService,
    hasher: WatchedHasher,
    anna: Principal,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = User(email=EMAIL, password_hash="changed by another device", is_active=True)

    async def hash_and_change(_password: str) -> str:
        tables.users[anna.user.id] = stored
        return "new"

    monkeypatch.setattr(hasher, "hash", hash_and_change)
    with pytest.raises(InvalidToken):
        await accounts.change_password(anna, CHANGE)
    assert stored.password_hash == "changed by another device"


@pytest.mark.parametrize("previous", [SECRET, None])
async def test_a_repeat_under_another_secret_is_answered(
    sessions: LoginSessionService, units: FakeUnits, tables: Tables, previous: str | None
) -> None:
    user = await units.accounts.users.add(User(email=EMAIL, password_hash="x"))
    pair = await sessions.start(units.accounts, user)
    lost = await sessions.refresh(pair.refresh_token)
    sessions._refresh_tokens = RefreshTokens("a secret that came afterwards", previous)
    again = [(await sessions.refresh(pair.refresh_token)).refresh_token for _ in range(2)]
    assert again[0] == again[1]
    assert (again[0] == lost.refresh_token) is (previous is not None)
    assert await sessions.refresh(again[0])


async def test_the_last_admin_may_change_what_is_no_right(
    accounts: AccountService, users: UserService
) -> None:
    root = await accounts.register(UserCreate(email=EMAIL, password=PASSWORD), Role.ADMIN)
    await users.update(root, root.id, UserUpdate(full_name="Root"))
    assert root.full_name == "Root"
