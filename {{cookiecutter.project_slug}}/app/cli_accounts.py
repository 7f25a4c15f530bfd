"""Commands for accounts."""

import asyncio
import sys
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import click
from pydantic import ValidationError

from app.core.config import Settings
from app.core.config import load_settings
from app.core.config.auth import PLACEHOLDER
from app.core.config.auth import Registration
from app.core.passwords import MIN_PASSWORD_LENGTH
from app.core.permissions import Role
from app.kit.exceptions import DomainError
from app.kit.logging import configure_logging
from app.kit.schemas import RequestModel
from app.resources import Resources
from app.schemas.users import Email
from app.schemas.users import UserCreate
from app.services.account_runtime import AccountRuntime

T = TypeVar("T")


class _Address(RequestModel):
    email: Email


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


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--promote", is_flag=True, help="Use an existing account; no password is needed.")
@_as_click_errors()
def create_admin(email: str, password_stdin: bool, promote: bool) -> None:
    """Create an administrator account."""
    settings = _load_settings()
    if promote:
        user = _run(settings, lambda accounts: accounts.account_service().promote(email))
    else:
        address = _Address(email=email).email  # reject a typo before the password prompt
        if _is_registered(settings, address):
            raise click.ClickException(
                f"{address} is already registered. To make it an administrator, run: "
                f"uv run app create-admin {address} --promote"
            )
        data = UserCreate(email=address, password=_read_password(from_stdin=password_stdin))
        user = _run(
            settings, lambda accounts: accounts.account_service().register(data, Role.ADMIN)
        )
    click.echo(f"{user.email} is now an administrator.")


@click.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@_as_click_errors()
def reset_password(email: str, password_stdin: bool) -> None:
    """Set a new password and log the user out on all devices."""
    settings = _load_settings()
    address = _Address(email=email).email
    if not _is_registered(settings, address):
        raise click.ClickException("There is no account with this e-mail address.")
    new = UserCreate(email=address, password=_read_password(from_stdin=password_stdin))
    _run(
        settings, lambda accounts: accounts.account_service().reset_password(address, new.password)
    )
    click.echo(f"{address} has a new password.")


@click.command()
@click.argument("email", required=False)
@click.option("--days", default=7, show_default=True, type=click.IntRange(1, 365))
@_as_click_errors()
def invite(email: str | None, days: int) -> None:
    """Create an invitation and print its code; with EMAIL, only that address can use it."""
    settings = _load_settings()
    address = _Address(email=email).email if email else None
    code = _run(
        settings,
        lambda accounts: accounts.registration_service(accounts.account_service()).invite(
            address, timedelta(days=days)
        ),
    )
    click.echo(code)
    if settings.registration is not Registration.INVITATION:
        click.echo("This code is not required: REGISTRATION is not set to invitation.", err=True)


def warn_of_example_secret(settings: Settings) -> None:
    """Print a warning if ``SECRET_KEY`` is the example value."""
    if settings.secret_key == PLACEHOLDER:
        click.echo("SECRET_KEY is the example value: anyone can forge access tokens.", err=True)


def _load_settings() -> Settings:
    settings = load_settings()
    configure_logging(settings)
    return settings


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = click.prompt(
        f"Password (at least {MIN_PASSWORD_LENGTH} characters)",
        hide_input=True,
        confirmation_prompt=True,
        value_proc=_check_length,  # before the password is repeated
    )
    return password


def _check_length(password: str) -> str:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise click.UsageError("The password is too short.")
    return password


def _is_registered(settings: Settings, email: str) -> bool:
    return _run(settings, lambda accounts: accounts.account_service().is_registered(email))


def _run(settings: Settings, work: Callable[[AccountRuntime], Awaitable[T]]) -> T:
    """Return the result of ``work``, which may use the services of accounts."""

    async def run() -> T:
        resources = Resources(settings)
        runtime = AccountRuntime(settings, resources.database, resources.limiter)
        async with resources.lifespan(), runtime.lifespan():
            return await work(runtime)

    return asyncio.run(run())
