"""Commands about accounts."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from pydantic import ValidationError

from app.core.config import load_settings
from app.core.exceptions import DomainError
from app.core.logging import configure_logging
from app.core.permissions import Role
from app.models.user import User
from app.resources import Resources
from app.schemas.base import RequestModel
from app.schemas.users import Email
from app.schemas.users import UserCreate
from app.services.wiring import account_service


class _Address(RequestModel):
    email: Email


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--promote", is_flag=True, help="Take an account that exists; no password is asked.")
def create_admin(email: str, password_stdin: bool, promote: bool) -> None:
    """Make an account that may administer the others."""
    settings = load_settings()
    configure_logging(settings)
    with _told_in_a_sentence():
        if promote:
            user = asyncio.run(_promote(Resources(settings), email))
        else:
            data = _read_account(email, from_stdin=password_stdin)
            user = asyncio.run(_register(Resources(settings), data))
    click.echo(f"{user.email} is an administrator now.")


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def reset_password(email: str, password_stdin: bool) -> None:
    """Give an account a new password, and log it out everywhere."""
    settings = load_settings()
    configure_logging(settings)
    with _told_in_a_sentence():
        data = _read_account(email, from_stdin=password_stdin)
        user = asyncio.run(_reset_password(Resources(settings), data))
    click.echo(f"{user.email} has a new password now.")


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        problem = error.errors()[0]
        message = problem["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"{problem['loc'][0]}: {message}") from None
    except DomainError as error:
        raise click.ClickException(error.detail) from None


def _read_account(email: str, *, from_stdin: bool) -> UserCreate:
    address = _Address(email=email)  # a wrong one is told before a password is asked for
    return UserCreate(email=address.email, password=_read_password(from_stdin=from_stdin))


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


async def _register(resources: Resources, data: UserCreate) -> User:
    async with resources.opened():
        return await account_service(resources).register(data, Role.ADMIN)


async def _reset_password(resources: Resources, data: UserCreate) -> User:
    async with resources.opened():
        return await account_service(resources).reset_password(data.email, data.password)


async def _promote(resources: Resources, email: str) -> User:
    async with resources.opened():
        return await account_service(resources).promote(email)
