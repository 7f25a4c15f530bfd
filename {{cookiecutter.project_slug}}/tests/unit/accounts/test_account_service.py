"""The service for accounts, without a database."""

import asyncio

import bcrypt
import pytest

from app.core.exceptions import InvalidCredentials
from app.core.exceptions import InvalidToken
from app.core.passwords import PasswordHasher
from app.core.permissions import Role
from app.kit.exceptions import Conflict
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import NotFound
from app.kit.exceptions import RateLimited
from app.models.user import User
from app.schemas.users import PasswordChange
from app.schemas.users import UserCreate
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from tests.unit.accounts.conftest import WatchedHasher
from tests.unit.accounts.fakes import Tables

EMAIL, PASSWORD = "anna@example.com", "correct horse"


@pytest.fixture
async def anna(accounts: AccountService) -> User:
    """Somebody with an account."""
    return await accounts.register(UserCreate(email=EMAIL, password=PASSWORD))


async def test_who_registers_is_a_user(anna: User) -> None:
    assert (anna.email, anna.role, anna.full_name) == (EMAIL, Role.USER, None)
    assert PASSWORD not in anna.password_hash


async def test_an_address_is_registered_once(accounts: AccountService, anna: User) -> None:
    with pytest.raises(Conflict) as error:
        await accounts.register(UserCreate(email=EMAIL.upper(), password=PASSWORD))
    assert error.value.code == "email_taken"


@pytest.mark.parametrize("username", [EMAIL, EMAIL.upper()])
async def test_the_right_password_opens_a_session(
    accounts: AccountService, sessions: LoginSessionService, anna: User, username: str
) -> None:
    pair = await accounts.log_in(username, PASSWORD)
    assert (await sessions.authenticate(pair.access_token)).user is anna


async def test_nobody_learns_what_was_wrong(accounts: AccountService, anna: User) -> None:
    answers = set()
    anna.is_active = True
    for username, password in [
        (EMAIL, "wrong horse"),
        (EMAIL, ""),
        ("bert@example.com", PASSWORD),
        ("nobody", PASSWORD),
    ]:
        with pytest.raises(InvalidCredentials) as error:
            await accounts.log_in(username, password)
        answers.add((error.value.code, error.value.detail))
    anna.is_active = False
    with pytest.raises(InvalidCredentials) as error:
        await accounts.log_in(EMAIL, PASSWORD)
    answers.add((error.value.code, error.value.detail))
    assert len(answers) == 1


async def test_no_unit_of_work_is_open_while_a_password_is_hashed(
    accounts: AccountService, sessions: LoginSessionService, hasher: WatchedHasher, anna: User
) -> None:
    pair = await accounts.log_in(EMAIL, PASSWORD)
    caller = await sessions.authenticate(pair.access_token)
    data = PasswordChange(current_password=PASSWORD, new_password="another horse")
    await accounts.change_password(caller, data)
    assert hasher.open_meanwhile == [0, 0, 0, 0]


async def test_a_weak_hash_is_renewed_at_login(accounts: AccountService, anna: User) -> None:
    old = PasswordHasher(rounds=5)
    anna.password_hash = before = await old.hash(PASSWORD)
    old.close()
    await accounts.log_in(EMAIL, PASSWORD)
    assert anna.password_hash != before
    await accounts.log_in(EMAIL, PASSWORD)


@pytest.mark.parametrize("rounds", [4, 5])
async def test_a_locked_account_costs_what_a_wrong_password_costs(
    accounts: AccountService, anna: User, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    stored = PasswordHasher(rounds)
    anna.password_hash = await stored.hash(PASSWORD)
    stored.close()
    work: list[list[int]] = []
    hashpw = bcrypt.hashpw

    def count(secret: bytes, salt: bytes) -> bytes:
        work[-1].append(2 ** int(salt.split(b"$")[2]))
        return hashpw(secret, salt)

    monkeypatch.setattr(bcrypt, "hashpw", count)
    anna.is_active = False
    for username, password in ((EMAIL, PASSWORD), (EMAIL, "wrong horse"), ("nobody", PASSWORD)):
        work.append([])
        with pytest.raises(InvalidCredentials):
            await accounts.log_in(username, password)
    assert {sum(costs) for costs in work} == {2**rounds}


async def test_a_new_password_ends_every_other_session(
    accounts: AccountService, sessions: LoginSessionService, anna: User
) -> None:
    other = await accounts.log_in(EMAIL, PASSWORD)
    own = await accounts.log_in(EMAIL, PASSWORD)
    caller = await sessions.authenticate(own.access_token)
    data = PasswordChange(current_password=PASSWORD, new_password="another horse")
    await accounts.change_password(caller, data)
    assert (await sessions.authenticate(own.access_token)).user is anna
    with pytest.raises(InvalidToken):
        await sessions.authenticate(other.access_token)
    with pytest.raises(InvalidCredentials):
        await accounts.log_in(EMAIL, PASSWORD)
    await accounts.log_in(EMAIL, "another horse")


async def test_a_new_password_needs_the_old_one(
    accounts: AccountService, sessions: LoginSessionService, anna: User
) -> None:
    pair = await accounts.log_in(EMAIL, PASSWORD)
    caller = await sessions.authenticate(pair.access_token)
    data = PasswordChange(current_password="wrong horse", new_password="another horse")
    with pytest.raises(InvalidInput) as error:
        await accounts.change_password(caller, data)
    assert (error.value.field, error.value.code) == ("current_password", "wrong_password")
    await accounts.log_in(EMAIL, PASSWORD)


async def test_whoever_runs_the_server_can_set_a_password(
    accounts: AccountService, sessions: LoginSessionService, anna: User
) -> None:
    pair = await accounts.log_in(EMAIL, PASSWORD)
    assert await accounts.reset_password(EMAIL.upper(), "another horse") is anna
    with pytest.raises(InvalidToken):
        await sessions.authenticate(pair.access_token)
    await accounts.log_in(EMAIL, "another horse")


async def test_nobody_has_no_password_to_set(accounts: AccountService) -> None:
    with pytest.raises(NotFound):
        await accounts.reset_password(EMAIL, "another horse")


@pytest.mark.parametrize("username", [EMAIL, "nobody"])
async def test_one_account_can_be_tried_so_often_only(
    accounts: AccountService, anna: User, username: str
) -> None:
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await accounts.log_in(username, "wrong horse")
    with pytest.raises(RateLimited):
        await accounts.log_in(username, PASSWORD)


async def test_many_guesses_at_once_are_hashed_no_more_often_than_the_limit(
    accounts: AccountService, hasher: WatchedHasher, anna: User
) -> None:
    hasher.open_meanwhile.clear()
    guesses = [accounts.log_in(EMAIL, f"wrong horse {number}") for number in range(30)]
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert len(hasher.open_meanwhile) == 10
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 20


async def test_an_account_that_goes_during_the_check_does_not_come_in(
    accounts: AccountService,
    hasher: WatchedHasher,
    anna: User,
    tables: Tables,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def check_and_lose(*_arguments: object) -> tuple[bool, None]:
        tables.users.clear()
        return True, None

    monkeypatch.setattr(hasher, "verify", check_and_lose)
    with pytest.raises(InvalidCredentials):
        await accounts.log_in(EMAIL, PASSWORD)
    assert not tables.sessions
