"""What all requests share, created once from the settings."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.config import Settings
from app.core.security import derive_key
from app.kit.db.database import Database
from app.kit.rate_limit import RateLimiter

logger = logging.getLogger(__name__)


class Resources:
    """The settings, the database and other shared objects. Creating one connects to nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.limiter = RateLimiter(settings)  # %if llm_anonymous
        # %if jwt
        self.limiter = RateLimiter(settings, derive_key(settings.secret_key, "rate limits"))
        # %endif
        self.database = Database(settings, echo=settings.debug)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Migrate the database, unless that is switched off; close all connections at the end.

        Raises:
            StartupError: the database cannot be brought up to date.
        """
        try:
            if self.settings.database_auto_migrate:
                await self.database.migrate()
            elif self.settings.environment == "development" and await self.database.is_outdated():
                logger.warning("the database lacks the newest migration; run: uv run app migrate")
            yield
        finally:
            await self.limiter.close()  # %if rate_limits
            await self.database.close()
