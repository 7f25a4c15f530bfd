"""How Alembic reaches the database: over the connection it is given, else over one of its own."""

import asyncio

from alembic import context
from sqlalchemy import Connection

import app.models  # noqa: F401  (so that autogenerate sees every table)
from app.core.config import load_settings
from app.db.autogenerate import render_type
from app.db.autogenerate import revise
from app.db.autogenerate import wide
from app.db.base import Base
from app.db.engine import make_engine
from app.db.locks import migration_lock


def run(connection: Connection) -> None:
    """Run the migrations over this connection."""
    context.configure(
        connection=connection,
        target_metadata=wide(Base.metadata),
        compare_type=True,
        render_item=render_type,
        process_revision_directives=revise,
        render_as_batch=True,  # what is written on one engine runs on SQLite, too
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    """Connect as the settings say; this is what the ``alembic`` command does."""
    engine = make_engine(load_settings())
    try:
        async with migration_lock(engine) as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_alone())
