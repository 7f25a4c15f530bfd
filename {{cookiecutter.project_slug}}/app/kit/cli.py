"""The commands that every project has: serve, migrate, export-openapi."""

import asyncio
import json
import os
from collections.abc import Callable
from typing import TypeVar

import click
from fastapi import FastAPI

from app.kit.config.base import KitSettings
from app.kit.db.database import Database
from app.kit.exceptions import StartupError
from app.kit.exceptions import Unavailable
from app.kit.http import server
from app.kit.local_addresses import addresses_in_networks
from app.kit.logging import configure_logging

S = TypeVar("S", bound=KitSettings)


class Commands(click.Group):
    """Prints the message of an error that prevents the start, without a traceback."""

    def invoke(self, context: click.Context) -> object:
        """Run the command.

        Raises:
            ClickException: the application cannot start; the message says why.
        """
        try:
            return super().invoke(context)
        except (StartupError, Unavailable) as error:
            raise click.ClickException(str(error)) from None


def serve_command(
    load_settings: Callable[[], S],
    create_app: Callable[[], FastAPI],
    *checks: Callable[[S], None],
) -> click.Command:
    """Return the command ``serve``. It calls the ``checks`` before the first request."""

    @click.command()
    @click.option(
        "--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for all networks."
    )
    @click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
    @click.option("--workers", default=1, show_default=True, type=click.IntRange(1))
    @click.option("--reload", is_flag=True, help="Restart when code or settings change.")
    def serve(host: str, port: int, workers: int, reload: bool) -> None:
        """Start the server."""
        settings = load_settings()
        configure_logging(settings)
        if reload and workers > 1:
            raise click.UsageError("--reload works with one worker only; leave out --workers.")
        server.check_address(host, port)  # fails with a message instead of a traceback
        if settings.database_auto_migrate:
            asyncio.run(_migrate(settings))
            # Workers need not check again, and --reload must not run a half-written migration.
            os.environ["DATABASE_AUTO_MIGRATE"] = "false"
        app = create_app()
        for check in checks:
            check(settings)
        if settings.docs_enabled and port:
            _print_urls(host, port)
        import_string = f"{create_app.__module__}:{create_app.__name__}"
        server.run(
            import_string if reload or workers > 1 else lambda: app,
            workers=workers,
            host=host,
            port=port,
            reload=reload,
            log_config=None,
            proxy_headers=False,  # TRUSTED_PROXIES decides
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )

    return serve


def migrate_command(load_settings: Callable[[], KitSettings]) -> click.Command:
    """Return the command ``migrate``."""

    @click.command()
    def migrate() -> None:
        """Migrate the database to the latest revision."""
        settings = load_settings()
        configure_logging(settings)
        changed = asyncio.run(_migrate(settings))
        click.echo("Migrated the database." if changed else "The database is already up to date.")

    return migrate


def export_openapi_command(create_app: Callable[[], FastAPI]) -> click.Command:
    """Return the command ``export-openapi``."""

    @click.command()
    @click.option(
        "--server", default="http://localhost:8000", show_default=True, help="Server URL."
    )
    def export_openapi(server: str) -> None:
        """Print the OpenAPI document, for client generators."""
        document = {**create_app().openapi(), "servers": [{"url": server.rstrip("/")}]}
        click.echo(json.dumps(document, indent=2))

    return export_openapi


async def _migrate(settings: KitSettings) -> bool:
    database = Database(settings)
    try:
        return await database.migrate()
    finally:
        await database.close()


def _print_urls(host: str, port: int) -> None:
    click.echo(f"Documentation: {server.browser_url(host, port)}/docs", err=True)
    if host in ("0.0.0.0", "::"):  # noqa: S104
        for address in addresses_in_networks(host):
            url = server.browser_url(address, port)
            click.echo(f"From a phone on the same network: {url}", err=True)
