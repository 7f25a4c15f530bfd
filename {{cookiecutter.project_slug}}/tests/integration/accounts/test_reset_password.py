"""``app reset-password``: the operator sets a new password without the old one."""

import asyncio

import pytest
from click.testing import CliRunner
from click.testing import Result

from app.cli import main
from tests.support.accounts import PASSWORD
from tests.support.accounts import Person
from tests.support.accounts import log_in

ME = "/api/v1/users/me"
NEW = "another horse"


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)


def reset(email: str, password: str = NEW) -> Result:
    """Run the command."""
    arguments = ["reset-password", email, "--password-stdin"]
    return CliRunner().invoke(main, arguments, input=f"{password}\n")


async def test_the_new_password_counts_and_every_session_ends(anna: Person) -> None:
    result = await asyncio.to_thread(reset, "ANNA@example.com ")
    assert (result.exit_code, result.output) == (0, "anna@example.com has a new password.\n")
    assert (await anna.client.get(ME)).status_code == 401
    assert (await log_in(anna.client, anna.email, PASSWORD)).status_code == 401
    assert (await log_in(anna.client, anna.email, NEW)).status_code == 200


async def test_a_short_password_is_reported_in_one_sentence(anna: Person) -> None:
    result = await asyncio.to_thread(reset, anna.email, "hunter2")
    assert result.exit_code == 1
    message = "Error: password: String should have at least 8 characters"
    assert result.stderr.startswith(message)


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("bert@example.com", "There is no account with this e-mail address."),
        ("bert", "email: "),
    ],
)
def test_a_wrong_address_is_reported_before_a_password_is_asked_for(
    email: str, message: str
) -> None:
    result = CliRunner().invoke(main, ["reset-password", email], input="")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: {message}")
