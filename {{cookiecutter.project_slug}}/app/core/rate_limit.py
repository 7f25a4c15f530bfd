"""Rate limits: how often something may be done, counted in memory or in Redis."""

import logging
import math
import time
from hashlib import sha256
from typing import Any

from limits import parse_many
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import ConfigurationError
from limits.errors import StorageError
from limits.storage import storage_from_string

from app.core.config.limits import LimitSettings
from app.core.config.limits import OnFailure
from app.core.exceptions import RateLimited
from app.core.exceptions import StartupError
from app.core.exceptions import Unavailable

REDIS_OPTIONS: dict[str, Any] = {
    "implementation": "redispy",
    "wrap_exceptions": True,
    # Without these a Redis behind a dead network holds every request for many seconds.
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
}

logger = logging.getLogger(__name__)


class RateLimiter:
    """Counts attempts and refuses those above the rate."""

    def __init__(self, settings: LimitSettings) -> None:
        """Connect to nothing yet.

        Raises:
            StartupError: ``RATE_LIMIT_STORAGE_URL`` names no store that can be used.
        """
        self._enabled = settings.rate_limit_enabled
        self._on_failure = settings.rate_limit_on_failure
        self._storage = _storage(settings.rate_limit_storage_url)
        self._limiter = MovingWindowRateLimiter(self._storage)

    async def hit(self, rates: str, *key: str, detail: str = "Too many attempts.") -> None:
        """Count one attempt by ``key`` against each of the rates, such as ``5/minute;50/day``.

        ``detail`` is the sentence that somebody who is refused reads.

        Raises:
            RateLimited: there were too many; says in how many seconds there is room again.
            Unavailable: the store does not answer and ``RATE_LIMIT_ON_FAILURE`` is ``deny``.
        """
        if not self._enabled:
            return
        try:
            await self._hit(rates, *key, detail=detail)
        except StorageError as error:
            logger.warning("the store of the rate limits does not answer: %s", error)
            if self._on_failure is OnFailure.DENY:
                raise Unavailable("Too busy to check this now. Try again soon.") from None

    async def close(self) -> None:
        """Let go of the connections to the store."""
        if isinstance(self._storage, RedisStorage):
            bridge: Any = self._storage.bridge
            await bridge.storage.aclose()

    async def _hit(self, rates: str, *key: str, detail: str) -> None:
        # A hash, so that the store learns no e-mail address.
        name = sha256("\0".join(key).encode()).hexdigest()
        for rate in parse_many(rates):
            if not await self._limiter.hit(rate, name):
                stats = await self._limiter.get_window_stats(rate, name)
                wait = max(1, math.ceil(stats.reset_time - time.time()))
                raise RateLimited(wait, detail)


def _storage(url: str) -> Any:
    asynchronous = url if url.startswith("async+") else f"async+{url}"
    options = {} if asynchronous.startswith("async+memory:") else REDIS_OPTIONS
    try:
        return storage_from_string(asynchronous, **options)
    except ConfigurationError as error:
        reason = "use memory:// or redis://host:6379 (the latter needs: uv sync --extra redis)"
        raise StartupError(f"RATE_LIMIT_STORAGE_URL cannot be used; {reason}") from error
