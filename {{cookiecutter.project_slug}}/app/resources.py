"""What lives as long as the process, made once from the settings and shared by every request."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta  # %if jwt

from app.core.config import Settings
from app.core.passwords import PasswordHasher  # %if jwt
from app.core.project import project  # %if jwt
from app.core.rate_limit import RateLimiter  # %if limits
from app.core.security import AccessTokens  # %if jwt
from app.core.security import RefreshTokens  # %if jwt
from app.db.database import Database

logger = logging.getLogger(__name__)


class Resources:
    """The database and what else requests share. Making one connects to nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # %if jwt
        lifetime = timedelta(minutes=settings.access_token_minutes)
        self.access_tokens = AccessTokens(
            settings.secret_key, issuer=project().name, lifetime=lifetime
        )
        self.refresh_tokens = RefreshTokens(settings.secret_key)
        self.passwords = PasswordHasher(
            settings.password_hash_rounds, settings.password_hash_workers
        )
        # %endif
        self.limiter = RateLimiter(settings)  # %if limits
        self.database = Database(settings, echo=settings.debug)

    async def open(self) -> None:
        """Get ready for requests.

        Raises:
            StartupError: the database cannot be brought up to date.
        """
        if self.settings.database_auto_migrate:
            await self.database.migrate()
        self.passwords.warm_up()  # %if jwt
        logger.info("ready")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Ready for requests inside, and let go of everything behind.

        Raises:
            StartupError: the database cannot be brought up to date.
        """
        try:
            await self.open()
            yield
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of everything."""
        self.passwords.close()  # %if jwt
        await self.limiter.close()  # %if limits
        await self.database.close()
