"""What repositories that keep their rows in memory have in place of a session."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

NO_DATABASE = cast("AsyncSession", None)
