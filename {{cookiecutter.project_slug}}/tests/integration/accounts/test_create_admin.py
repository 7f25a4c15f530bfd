"""``app create-admin``: the first administrator, made by hand."""

import asyncio

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.cli import main
from app.core.permissions import Role
from app.kit.db.database import Database
from app.models.user import User
from app.repositories.users import UserRepository
from app.resources import Resources
from app.schemas.users import UserCreate
from app.services.account_runtime import AccountRuntime
from tests.support.settings import make_settings

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _database(empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)


def create_admin(*arguments: str, given: str = f"{PASSWORD}\n") -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["create-admin", *arguments], input=given)


async def register(url: str) -> None:
    """Make an ordinary account."""
    settings = make_settings(database_url=url, database_auto_migrate=True)
    resources = Resources(settings)
    runtime = AccountRuntime(settings, resources.database, resources.limiter)
    async with resources.lifespan(), runtime.lifespan():
        data = UserCreate(email="anna@example.com", password=PASSWORD)
        await runtime.account_service().register(data)


def find(url: str, email: str) -> User | None:
    """The account with this address."""

    async def look() -> User | None:
        database = Database(make_settings(database_url=url))
        async with database.read() as session:
            user = await UserRepository(session).find_by_email(email)
        await database.close()
        return user

    return asyncio.run(look())


def test_the_password_comes_from_standard_input(empty_database_url: str) -> None:
    result = create_admin(" Anna@example.com ", "--password-stdin")
    assert (result.exit_code, result.output) == (0, "anna@example.com is now an administrator.\n")
    user = find(empty_database_url, "anna@example.com")
    assert user is not None
    assert user.role is Role.ADMIN


def test_the_password_is_asked_for_twice_and_not_shown() -> None:
    result = create_admin("anna@example.com", given=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("anna", PASSWORD, "email: "),
        ("anna@example.com", "hunter2", "password: String should have at least 8 characters"),
        ("anna@example.com", "", "password: String should have at least 8 characters"),
        ("anna@example.com", "hunter2" * 20, "password: String should have at most 128"),
    ],
)
def test_what_is_refused_is_reported_in_one_sentence(
    email: str, password: str, message: str
) -> None:
    result = create_admin(email, "--password-stdin", given=f"{password}\n")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert "hunter2" not in result.output


def test_a_wrong_address_is_reported_before_a_password_is_asked_for() -> None:
    result = create_admin("anna", given="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: email: ")


def test_an_account_that_exists_can_be_promoted(empty_database_url: str) -> None:
    asyncio.run(register(empty_database_url))
    result = create_admin("ANNA@example.com ", "--promote")
    assert (result.exit_code, result.output) == (0, "anna@example.com is now an administrator.\n")
    user = find(empty_database_url, "anna@example.com")
    assert user is not None
    assert user.role is Role.ADMIN


@pytest.mark.parametrize("email", ["bert@example.com", "nobody"])
def test_an_account_that_does_not_exist_cannot_be_promoted(email: str) -> None:
    result = create_admin(email, "--promote")
    assert result.exit_code == 1
    assert result.stderr == "Error: There is no account with this e-mail address.\n"


def test_a_registered_address_is_reported_before_a_password_is_asked_for() -> None:
    create_admin("anna@example.com", "--password-stdin")
    result = create_admin("ANNA@example.com", given="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: anna@example.com is already registered. To make it an administrator, run: "
        "uv run app create-admin anna@example.com --promote\n"
    )
