"""The command ``app``: serve, migrate, export-openapi, and those of the features."""

import asyncio
import json
import os

import click

from app import server
from app.cli_accounts import create_admin  # %if jwt
from app.cli_accounts import reset_password  # %if jwt
from app.core.config import Settings
from app.core.config import load_settings
from app.core.config.auth import PLACEHOLDER  # %if jwt
from app.core.exceptions import StartupError
from app.core.exceptions import Unavailable
from app.core.logging import configure_logging
from app.db.database import Database
from app.main import create_app


class Commands(click.Group):
    """Tells what is wrong in a sentence, and not in a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Run the command.

        Raises:
            ClickException: the application cannot start; the message says why.
        """
        try:
            return super().invoke(context)
        except (StartupError, Unavailable) as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
def main() -> None:
    """Serve and look after this backend."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for all networks.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1))
@click.option("--reload", is_flag=True, help="Start again whenever a file changes.")
def serve(host: str, port: int, workers: int, reload: bool) -> None:
    """Start the server."""
    settings = load_settings()
    configure_logging(settings)
    if reload and workers > 1:
        raise click.UsageError("--reload works with one worker only; leave out --workers.")
    server.check_address(host, port)  # what is wrong shows here in a sentence
    if settings.database_auto_migrate:
        asyncio.run(_migrate(settings))
        if not reload:  # the workers need not look again
            os.environ["DATABASE_AUTO_MIGRATE"] = "false"
    app = create_app()
    # %if jwt
    if settings.secret_key == PLACEHOLDER:
        click.echo("SECRET_KEY is the example's: anybody can make tokens for it.", err=True)
    # %endif
    if settings.docs_enabled and port:
        shown = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
        click.echo(f"Documentation: http://{shown}:{port}/docs", err=True)
    server.run(
        "app.main:create_app" if reload or workers > 1 else lambda: app,
        workers=workers,
        host=host,
        port=port,
        reload=reload,
        log_config=None,
        proxy_headers=False,  # TRUSTED_PROXIES decides
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


@click.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    settings = load_settings()
    configure_logging(settings)
    changed = asyncio.run(_migrate(settings))
    click.echo("The database is up to date now." if changed else "There was nothing to do.")


@click.command()
def export_openapi() -> None:
    """Print the OpenAPI document, which clients are generated from."""
    click.echo(json.dumps(create_app().openapi(), indent=2))


async def _migrate(settings: Settings) -> bool:
    database = Database(settings)
    try:
        return await database.migrate()
    finally:
        await database.close()


main.add_command(serve)
main.add_command(migrate)
main.add_command(create_admin)  # %if jwt
main.add_command(reset_password)  # %if jwt
main.add_command(export_openapi)
