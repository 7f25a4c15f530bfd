"""Hashes client IP addresses, so that no address can be recovered from a stored hash.

A plain hash is not enough: all four billion IPv4 addresses can be hashed within minutes. So the
hash is an HMAC with a random key per month. The key is stored in the database, because all
processes share it; the first process of a new month creates it and deletes the older keys. Without
its key, a hash cannot be reversed.
"""

import hmac
import secrets

from app.kit.db.database import Database
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.exceptions import Conflict
from app.models.ip_hash_key import IpHashKey
from app.repositories.ip_hash_keys import IpHashKeyRepository
from app.utils.clock import utc_now


class ClientIpHasher:
    """Hashes with the key of the current month (UTC), which it reads from the database once."""

    def __init__(self, database: Database) -> None:
        self._uow = UnitOfWork(database, IpHashKeyRepository)
        self._month = ""
        self._key = b""

    async def hash(self, ip: str) -> str:
        """Return 64 hexadecimal digits, which stay the same for one calendar month (UTC)."""
        month = f"{utc_now():%Y-%m}"
        if month != self._month:
            self._key = bytes.fromhex(await self._find_key(month) or await self._add_key(month))
            self._month = month
        return hmac.digest(self._key, ip.encode(), "sha256").hex()

    async def _find_key(self, month: str) -> str | None:
        async with self._uow.read() as keys:
            return await keys.find(month)

    async def _add_key(self, month: str) -> str:
        key = secrets.token_hex()
        try:
            async with self._uow.write() as keys:
                await keys.delete_before(month)
                await keys.add(IpHashKey(month=month, key=key))
        except Conflict:  # another process stored it first
            return await self._find_key(month) or key
        return key
