"""Deletes many rows in small batches, so that no transaction holds locks for long."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import delete

from app.kit.db.database import Database

BATCH_SIZE = 1000


async def delete_in_batches(database: Database, model: type[Any], ids: Select[UUID]) -> int:
    """Delete the rows that ``ids`` selects, and return their number.

    Each batch is a transaction. Rows that another process has locked are skipped.
    """
    total = 0
    while True:
        async with database.write() as session:
            locked = ids.limit(BATCH_SIZE).with_for_update(skip_locked=True)
            found = (await session.scalars(locked)).all()
            if found:
                await session.execute(delete(model).where(model.id.in_(found)))
        total += len(found)
        if len(found) < BATCH_SIZE:
            return total
