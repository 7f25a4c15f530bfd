"""A migration that changes a table keeps what other tables hold."""

from uuid import UUID

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy import select

from app.kit.db.database import Database
from app.kit.db.locks import migration_lock
from app.models.login_session import LoginSession
from tests.support.accounts import Person
from tests.support.settings import make_settings

ME = "/api/v1/users/me"


def change_users(connection: Connection) -> None:
    """What a revision does that makes room for longer names."""
    operations = Operations(MigrationContext.configure(connection))
    with operations.batch_alter_table("users") as users:
        users.alter_column("full_name", type_=sa.String(150), existing_type=sa.String(100))


async def test_rows_that_refer_to_a_changed_table_stay(anna: Person, database_url: str) -> None:
    database = Database(make_settings(database_url=database_url))
    async with migration_lock(database.engine) as connection:
        await connection.run_sync(change_users)
    async with database.read() as session:
        sessions = await session.scalars(select(LoginSession.user_id))
        assert sessions.all() == [UUID(anna.id)]
    await database.close()


async def test_a_running_application_gets_over_a_changed_table(
    anna: Person, database_url: str
) -> None:
    me = (await anna.client.get(ME)).json()
    database = Database(make_settings(database_url=database_url))
    async with migration_lock(database.engine) as connection:
        await connection.run_sync(change_users)
    await database.close()
    # PostgreSQL refuses the statements that it has prepared for the old table, once.
    answers = [await anna.client.get(ME) for _ in range(3)]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert answers[-1].json() == me
