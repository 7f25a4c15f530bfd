"""``app reset-password``: a new password without the old one, by whoever runs the server."""

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
    assert (result.exit_code, result.output) == (0, "anna@example.com has a new password now.\n")
    assert (await anna.client.get(ME)).status_code == 401
    assert (await log_in(anna.client, anna.email, PASSWORD)).status_code == 401
    assert (await log_in(anna.client, anna.email, NEW)).status_code == 200


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [
        ("bert@example.com", NEW, "Nobody is registered with this e-mail address."),
        ("bert@example.com", "hunter2", "password: String should have at least 8 characters"),
        ("bert", NEW, "email: "),
    ],
)
def test_what_is_refused_is_told_in_a_sentence(email: str, password: str, message: str) -> None:
    result = reset(email, password)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
