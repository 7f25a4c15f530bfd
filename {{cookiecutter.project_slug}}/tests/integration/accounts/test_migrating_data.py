"""A migration that changes a table keeps what other tables hold."""

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection

from app.db.engine import make_engine
from app.db.locks import migration_lock
from tests.support.accounts import Person
from tests.support.items import ITEMS
from tests.support.items import make_item
from tests.support.settings import make_settings


def change_users(connection: Connection) -> None:
    """What a revision does that makes room for longer names."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("users") as users:
        users.alter_column("full_name", type_=sa.String(150), existing_type=sa.String(100))


async def test_rows_that_refer_to_a_changed_table_stay(anna: Person, database_url: str) -> None:
    item = await make_item(anna.client)
    engine = make_engine(make_settings(database_url=database_url))
    async with migration_lock(engine) as connection:
        await connection.run_sync(change_users)
    await engine.dispose()
    response = await anna.client.get(f"{ITEMS}/{item['id']}")
    assert response.json() == item
