"""Queries for the IP addresses from which users have signed in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy import delete
from sqlalchemy import exists
from sqlalchemy import or_
from sqlalchemy import select

from app.kit.db.repository import Repository
from app.models.login_session import KnownClientIp
from app.models.user import User


class KnownClientIpRepository(Repository[KnownClientIp]):
    """Reads and writes the known IP addresses of accounts."""

    model = KnownClientIp

    async def contains(self, email: str, ip_hash: str, now: datetime) -> bool:
        """Return whether this account has signed in from this address, in a single query."""
        known = (
            exists()
            .where(KnownClientIp.user_id == User.id, User.email == email)
            .where(KnownClientIp.ip_hash == ip_hash, KnownClientIp.expires_at > now)
        )
        return bool(await self.session.scalar(select(known)))

    async def remember(self, user_id: UUID, ip_hash: str, expires_at: datetime) -> None:
        """Add an address of a user, or extend its expiry. The user's row must be locked."""
        mine = KnownClientIp.user_id == user_id
        found = select(KnownClientIp).where(mine, KnownClientIp.ip_hash == ip_hash)
        row = (await self.session.scalars(found)).one_or_none()
        if row is None:
            row = KnownClientIp(user_id=user_id, ip_hash=ip_hash)
            self.session.add(row)
        row.expires_at = expires_at
        await self.session.flush()

    async def prune(self, user_id: UUID, now: datetime, keep: int) -> None:
        """Delete the expired addresses of a user, and all but the latest ``keep``."""
        mine = KnownClientIp.user_id == user_id
        last_used_first = (KnownClientIp.expires_at.desc(), KnownClientIp.id.desc())
        ids = select(KnownClientIp.id).where(mine).order_by(*last_used_first)
        surplus = (await self.session.scalars(ids)).all()[keep:]
        await self.session.execute(
            delete(KnownClientIp).where(
                mine, or_(KnownClientIp.expires_at <= now, KnownClientIp.id.in_(surplus))
            )
        )

    @staticmethod
    def select_expired(now: datetime) -> Select[UUID]:
        """Return a query for the ids of expired addresses."""
        return select(KnownClientIp.id).where(KnownClientIp.expires_at <= now)
