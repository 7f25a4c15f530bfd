"""Registering: what an account is, and which are refused."""

import asyncio
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from tests.support.accounts import PASSWORD
from tests.support.accounts import log_in
from tests.support.accounts import register
from tests.support.problems import problem_of
from tests.support.problems import refused_fields

REGISTER = "/api/v1/auth/register"


async def test_a_new_account_is_that_of_a_user(anonymous: AsyncClient) -> None:
    response = await register(anonymous, "anna@example.com", full_name=" Anna Ärmel 🫖 ")
    assert response.status_code == 201
    user = response.json()
    assert UUID(user.pop("id")).version == 7
    assert user.pop("created_at") == user.pop("updated_at")
    assert user == {
        "email": "anna@example.com",
        "full_name": "Anna Ärmel 🫖",
        "role": "user",
        "is_active": True,
    }


@pytest.mark.parametrize("blanks", ["", "   "])
async def test_a_name_of_blanks_is_none(anonymous: AsyncClient, blanks: str) -> None:
    response = await register(anonymous, "anna@example.com", full_name=blanks)
    assert (response.status_code, response.json()["full_name"]) == (201, None)


@pytest.mark.parametrize("again", ["anna@example.com", "ANNA@EXAMPLE.COM", "Anna@Example.com"])
async def test_an_address_is_taken_in_any_case(anonymous: AsyncClient, again: str) -> None:
    assert (await register(anonymous, "Anna@example.com")).status_code == 201
    problem_of(await register(anonymous, again), 409, "email_taken")


async def test_people_log_in_with_their_address_in_any_case(anonymous: AsyncClient) -> None:
    await register(anonymous, "Änna@Example.com")
    assert (await log_in(anonymous, "äNNA@exAMPLE.com")).status_code == 200


async def test_blanks_around_an_address_are_no_part_of_it(anonymous: AsyncClient) -> None:
    registered = await register(anonymous, " anna@example.com ")
    assert (registered.status_code, registered.json()["email"]) == (201, "anna@example.com")
    problem_of(await register(anonymous, "anna@example.com "), 409, "email_taken")
    for typed in ("anna@example.com", " anna@example.com "):
        assert (await log_in(anonymous, typed)).status_code == 200


async def test_of_many_at_once_one_gets_the_address(anonymous: AsyncClient) -> None:
    answers = await asyncio.gather(*(register(anonymous, "anna@example.com") for _ in range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, 409, 409, 409, 409, 409]


@pytest.mark.parametrize("email", ["", "anna", "anna@", "@example.com", "a b@example.com", "a@b@c"])
async def test_an_address_must_be_one(anonymous: AsyncClient, email: str) -> None:
    assert refused_fields(await register(anonymous, email)) == ["email"]


@pytest.mark.parametrize("password", ["", "hunter2", "hunter2" * 19, "hunter2\0!", "hunter2\ud800"])
async def test_a_password_that_is_refused_is_not_echoed(
    anonymous: AsyncClient, password: str
) -> None:
    escaped = password.encode("ascii", "backslashreplace").decode().replace("\0", "\\u0000")
    body = f'{{"email": "anna@example.com", "password": "{escaped}"}}'
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(REGISTER, content=body, headers=headers)
    assert refused_fields(response) == ["password"]
    assert "hunter2" not in response.text


@pytest.mark.parametrize("password", ["24681357", "x" * 128, "pässwörd 🫖", "  spaces  "])
async def test_a_password_is_taken_as_it_is(anonymous: AsyncClient, password: str) -> None:
    data = {"email": "anna@example.com", "password": password}
    assert (await anonymous.post(REGISTER, json=data)).status_code == 201
    assert (await log_in(anonymous, "anna@example.com", password)).status_code == 200
    wrong = await log_in(anonymous, "anna@example.com", password[:-1] + "!")
    problem_of(wrong, 401, "invalid_credentials")


@pytest.mark.parametrize("field", ["role", "is_active", "id", "password_hash"])
async def test_nobody_chooses_what_they_are(anonymous: AsyncClient, field: str) -> None:
    response = await register(anonymous, "anna@example.com", **{field: "admin"})
    assert refused_fields(response) == [field]


@pytest.mark.parametrize("name", ["\\u0000", "\\ud800", "N" * 101])
async def test_a_name_that_cannot_be_stored_is_refused(anonymous: AsyncClient, name: str) -> None:
    body = f'{{"email": "a@example.com", "password": "{PASSWORD}", "full_name": "{name}"}}'
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(REGISTER, content=body, headers=headers)
    assert refused_fields(response) == ["full_name"]


@pytest.mark.parametrize("part", ["\\u0000", "\\ud800"])
async def test_an_address_that_cannot_be_stored_is_refused(
    anonymous: AsyncClient, part: str
) -> None:
    body = f'{{"email": "a{part}@example.com", "password": "{PASSWORD}"}}'
    headers = {"Content-Type": "application/json"}
    response = await anonymous.post(REGISTER, content=body, headers=headers)
    assert refused_fields(response) == ["email"]
