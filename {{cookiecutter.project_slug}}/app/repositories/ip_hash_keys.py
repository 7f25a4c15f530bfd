"""Queries for the keys that hash client IP addresses."""

from sqlalchemy import delete
from sqlalchemy import select

from app.kit.db.repository import Repository
from app.models.ip_hash_key import IpHashKey


class IpHashKeyRepository(Repository[IpHashKey]):
    """Reads and writes the keys, one per month."""

    model = IpHashKey

    async def find(self, month: str) -> str | None:
        """Return the key of a month, if it exists."""
        return (
            await self.session.scalars(select(IpHashKey.key).where(IpHashKey.month == month))
        ).one_or_none()

    async def delete_before(self, month: str) -> None:
        """Delete the keys of all earlier months."""
        await self.session.execute(delete(IpHashKey).where(IpHashKey.month < month))
