"""Commands for accounts."""

import asyncio
import sys
from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from datetime import timedelta

import click
from pydantic import ValidationError

from app.core.config import Settings
from app.core.config import load_settings
from app.core.config.auth import Registration
from app.core.permissions import Role
from app.kit.exceptions import DomainError
from app.kit.logging import configure_logging
from app.kit.schemas import RequestModel
from app.models.user import User
from app.resources import Resources
from app.schemas.users import Email
from app.schemas.users import UserCreate
from app.services.account_runtime import AccountRuntime


class _Address(RequestModel):
    email: Email


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--promote", is_flag=True, help="Use an existing account; no password is needed.")
def create_admin(email: str, password_stdin: bool, promote: bool) -> None:
    """Create an administrator account."""
    settings = load_settings()
    configure_logging(settings)
    with _as_click_errors():
        if promote:
            user = asyncio.run(_promote(settings, email))
        else:
            address = _Address(email=email).email  # reject a typo before the password prompt
            if asyncio.run(_is_registered(settings, address)):
                raise click.ClickException(
                    f"{address} is already registered. To make it an administrator, run: "
                    f"uv run app create-admin {address} --promote"
                )
            data = UserCreate(email=address, password=_read_password(from_stdin=password_stdin))
            user = asyncio.run(_register(settings, data))
    click.echo(f"{user.email} is now an administrator.")


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def reset_password(email: str, password_stdin: bool) -> None:
    """Set a new password and log the user out on all devices."""
    settings = load_settings()
    configure_logging(settings)
    with _as_click_errors():
        address = _Address(email=email).email
        if not asyncio.run(_is_registered(settings, address)):
            raise click.ClickException("There is no account with this e-mail address.")
        data = UserCreate(email=address, password=_read_password(from_stdin=password_stdin))
        user = asyncio.run(_reset_password(settings, data))
    click.echo(f"{user.email} has a new password.")


@click.command()
@click.argument("email", required=False)
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 365))
def invite(email: str | None, days: int) -> None:
    """Create an invitation and print its code; with EMAIL, only that address can use it."""
    settings = load_settings()
    configure_logging(settings)
    with _as_click_errors():
        address = _Address(email=email).email if email else None
        code = asyncio.run(_invite(settings, address, timedelta(days=days)))
    click.echo(code)
    if settings.registration is not Registration.INVITATION:
        click.echo("This code is not required: REGISTRATION is not set to invitation.", err=True)


@contextmanager
def _as_click_errors() -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        problem = error.errors()[0]
        message = problem["msg"].removeprefix("Value error, ")
        raise click.ClickException(f"{problem['loc'][0]}: {message}") from None
    except DomainError as error:
        raise click.ClickException(error.detail) from None


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


@asynccontextmanager
async def _account_runtime(settings: Settings) -> AsyncIterator[AccountRuntime]:
    resources = Resources(settings)
    runtime = AccountRuntime(settings, resources.database, resources.limiter)
    async with resources.lifespan(), runtime.lifespan():
        yield runtime


async def _is_registered(settings: Settings, email: str) -> bool:
    async with _account_runtime(settings) as runtime:
        return await runtime.account_service().is_registered(email)


async def _register(settings: Settings, data: UserCreate) -> User:
    async with _account_runtime(settings) as runtime:
        return await runtime.account_service().register(data, Role.ADMIN)


async def _reset_password(settings: Settings, data: UserCreate) -> User:
    async with _account_runtime(settings) as runtime:
        return await runtime.account_service().reset_password(data.email, data.password)


async def _promote(settings: Settings, email: str) -> User:
    async with _account_runtime(settings) as runtime:
        return await runtime.account_service().promote(email)


async def _invite(settings: Settings, email: str | None, lifetime: timedelta) -> str:
    async with _account_runtime(settings) as runtime:
        registration = runtime.registration_service(runtime.account_service())
        return await registration.invite(email, lifetime)
