"""The service for account exports: all data that is stored about a user."""

from collections.abc import AsyncIterator
from typing import Any

from pydantic import ConfigDict
from pydantic import TypeAdapter
from sqlalchemy.orm import InstrumentedAttribute

from app.core.config.auth import AuthSettings
from app.db.base import Base
from app.kit.db.personal_rows import PersonalRows
from app.kit.db.personal_rows import owner_columns
from app.kit.db.unit_of_work import UnitOfWork
from app.kit.pagination import PageRequest
from app.kit.rate_limit import RateLimiter
from app.models.user import User
from app.schemas.users import UserRead

PAGE_SIZE = 100
ROW = TypeAdapter(dict[str, Any], config=ConfigDict(ser_json_bytes="base64"))


class AccountExportService:
    """Streams exports page by page, so that large accounts need little memory."""

    def __init__(
        self, uow: UnitOfWork[PersonalRows], limiter: RateLimiter, settings: AuthSettings
    ) -> None:
        self._uow = uow
        self._limiter = limiter
        self._rates = settings.rate_limit_export

    async def export(self, user: User) -> AsyncIterator[str]:
        """Stream the parts of a JSON object while the rows are read.

        Rows that change during the export appear in their old or their new state.

        Raises:
            RateLimited: the user has requested too many exports.
        """
        await self._limiter.hit(self._rates, "export", str(user.id), detail="Too many exports.")
        return self._write(user)

    async def _write(self, user: User) -> AsyncIterator[str]:
        yield f'{{"user":{UserRead.model_validate(user).model_dump_json()},"tables":{{'
        for number, owner in enumerate(owner_columns(Base)):
            yield f'{"," if number else ""}"{owner.class_.__tablename__}":['
            separator = ""
            async for rows in self._pages(owner, user):
                yield separator + ",".join(rows)
                separator = ","
            yield "]"
        yield "}}"

    async def _pages(
        self, owner: InstrumentedAttribute[Any], user: User
    ) -> AsyncIterator[list[str]]:
        """Yield the pages of a table; no connection is held while the client receives a page."""
        cursor = None
        while True:
            request = PageRequest(limit=PAGE_SIZE, sort="created_at", cursor=cursor)
            async with self._uow.read() as rows:
                page = await rows.page(owner, user.id, request)
            if page.items:
                yield [ROW.dump_json(row).decode() for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return
