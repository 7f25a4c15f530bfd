"""Which new passwords are refused, and where."""

import subprocess
import sys

import pytest

from app.core import password_policy
from app.core.password_policy import COMMON_PASSWORDS
from app.core.password_policy import validate_new_password
from app.kit.exceptions import InvalidInput
from app.kit.project_metadata import ROOT
from app.kit.project_metadata import Project
from app.schemas.users import PasswordChange
from app.schemas.users import UserCreate
from app.services.accounts import AccountService
from app.services.login_sessions import LoginSessionService
from tests.unit.accounts.conftest import WatchedHasher

EMAIL, PASSWORD = "anna.berg+app@example.com", "correct horse"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("password", "password_too_common"),
        ("PassWord123", "password_too_common"),
        ("12345678", "password_too_common"),
        ("qwertyuiop", "password_too_common"),
        ("Anna.Berg+App@Example.com", "password_too_personal"),
        ("annabergapp", "password_too_personal"),
        ("Anna_Berg-App2026!", "password_too_personal"),
        ("Little Shop", "password_too_personal"),
        ("littleshop99", "password_too_personal"),
    ],
)
def test_what_is_tried_first_is_refused(
    password: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Project(name="little_shop", title="Little Shop", version="1", description="")
    monkeypatch.setattr(password_policy, "project", lambda: shop)
    with pytest.raises(InvalidInput) as error:
        validate_new_password("password", password, EMAIL)
    assert (error.value.field, error.value.code) == ("password", code)


@pytest.mark.parametrize("password", [PASSWORD, "password of mine", "2468013579135", "ananas-berg"])
def test_others_are_not(password: str) -> None:
    validate_new_password("password", password, "1@example.com")


def test_the_list_is_as_the_check_reads_it() -> None:
    words = COMMON_PASSWORDS.read_text(encoding="utf-8").split()
    assert len(words) == len(set(words)) == 3000
    assert all(word == word.lower() and len(word) >= 8 for word in words)


async def test_they_are_refused_before_anything_is_hashed(
    accounts: AccountService, sessions: LoginSessionService, hasher: WatchedHasher
) -> None:
    await accounts.register(UserCreate(email=EMAIL, password=PASSWORD))
    caller = await sessions.authenticate((await accounts.log_in(EMAIL, PASSWORD)).access_token)
    hasher.open_meanwhile.clear()
    change = PasswordChange(current_password=PASSWORD, new_password="password1")
    with pytest.raises(InvalidInput) as error:
        await accounts.change_password(caller, change)
    assert error.value.field == "new_password"
    with pytest.raises(InvalidInput):
        await accounts.register(UserCreate(email="bert@example.com", password="password1"))
    with pytest.raises(InvalidInput):
        await accounts.reset_password(EMAIL, "password1")
    assert hasher.open_meanwhile == []


def test_the_list_is_read_when_it_is_needed() -> None:
    code = (
        "import app.main; from app.core import password_policy;"
        "assert password_policy._common_passwords.cache_info().misses == 0"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
