"""Commands about accounts."""

import asyncio
import sys

import click
from pydantic import ValidationError

from app.core.config import load_settings
from app.core.exceptions import DomainError
from app.core.logging import configure_logging
from app.core.permissions import Role
from app.models.user import User
from app.resources import Resources
from app.schemas.users import UserCreate
from app.services.wiring import account_service


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--promote", is_flag=True, help="Take an account that exists; no password is asked.")
def create_admin(email: str, password_stdin: bool, promote: bool) -> None:
    """Make an account that may administer the others."""
    settings = load_settings()
    configure_logging(settings)
    try:
        if promote:
            user = asyncio.run(_promote(Resources(settings), email))
        else:
            password = _read_password(from_stdin=password_stdin)
            data = UserCreate(email=email, password=password)
            user = asyncio.run(_register(Resources(settings), data))
    except ValidationError as error:
        problem = error.errors()[0]
        message = problem["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"{problem['loc'][0]}: {message}") from None
    except DomainError as error:
        raise click.ClickException(error.detail) from None
    click.echo(f"{user.email} is an administrator now.")


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


async def _register(resources: Resources, data: UserCreate) -> User:
    async with resources.opened():
        return await account_service(resources).register(data, Role.ADMIN)


async def _promote(resources: Resources, email: str) -> User:
    async with resources.opened():
        return await account_service(resources).promote(email)
