"""Deletes many rows in small batches, so that no transaction holds locks for long."""

from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from app.kit.db.model import CommonColumns


async def delete_batch(
    session: AsyncSession, model: type[CommonColumns], ids: Select[UUID], limit: int
) -> int:
    """Delete up to ``limit`` of the rows that ``ids`` selects, and return their number.

    Rows that another process has locked are skipped.
    """
    locked = ids.limit(limit).with_for_update(skip_locked=True)
    found = (await session.scalars(locked)).all()
    if found:
        await session.execute(delete(model).where(model.id.in_(found)))
    return len(found)
