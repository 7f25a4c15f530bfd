"""Rate limits, counted in memory or in Redis."""

import hmac
import logging
import math
import time
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

from limits import RateLimitItem
from limits import parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.aio.strategies import MovingWindowRateLimiter
from limits.aio.strategies import RateLimiter as Strategy
from limits.errors import ConfigurationError
from limits.errors import StorageError
from limits.storage import storage_from_string

from app.kit.config.rate_limits import OnFailure
from app.kit.config.rate_limits import RateLimitSettings
from app.kit.exceptions import DomainError
from app.kit.exceptions import RateLimited
from app.kit.exceptions import StartupError
from app.kit.exceptions import Unavailable
from app.kit.project_metadata import project

RETRY_SECONDS = 10
"""How long the storage is not used after it failed."""

logger = logging.getLogger(__name__)


class RateLimiter:
    """Counts attempts and rejects those above the limit.

    If Redis does not respond, this process counts in memory for ``RETRY_SECONDS``. Then a single
    request tries Redis again.
    """

    def __init__(self, settings: RateLimitSettings, key: bytes = b"") -> None:
        """Create a limiter without connecting. ``key`` is the HMAC key for the stored names.

        Raises:
            StartupError: ``RATE_LIMIT_STORAGE_URL`` is invalid or needs a missing package.
        """
        self._enabled = settings.rate_limit_enabled
        self._on_failure = settings.rate_limit_on_failure
        self._key = key
        self._storage = _storage(settings.rate_limit_storage_url)
        self._store = _Store(self._storage)
        self._fallback = _Store(MemoryStorage())
        self._retry_at = 0.0

    async def hit(self, rates: str, *key: str, detail: str = "Too many attempts.") -> None:
        """Count one attempt by ``key`` against each of the rates, such as ``5/minute;50/day``.

        ``detail`` is the first sentence of the error message.

        Raises:
            RateLimited: too many attempts; ``retry_after`` is the time to wait in seconds.
            Unavailable: the storage does not respond and ``RATE_LIMIT_ON_FAILURE`` is ``deny``.
        """
        if self._enabled:
            await self._count(_hit_moving, rates, self._name(*key), detail)

    @asynccontextmanager
    async def count_failures(
        self, rates: str, *key: str, failure: type[DomainError]
    ) -> AsyncIterator[None]:
        """Limit how often the body of the context may raise ``failure``.

        An attempt is counted when it begins, so that concurrent attempts cannot exceed the limit.
        It is uncounted if it succeeds or raises another error, but not if it is cancelled.

        Raises:
            RateLimited: too many attempts; ``retry_after`` is the time to wait in seconds.
            Unavailable: the storage does not respond and ``RATE_LIMIT_ON_FAILURE`` is ``deny``.
        """
        if not self._enabled:
            yield
            return
        name = self._name(*key)
        await self._count(_hit_fixed, rates, name, "Too many failed attempts.")
        try:
            yield
        except failure:
            raise
        except Exception:
            await self._uncount(rates, name)
            raise
        await self._uncount(rates, name)

    @asynccontextmanager
    async def count_successes(self, rates: str, *key: str, detail: str) -> AsyncIterator[None]:
        """Limit how often the body of the context may end without an error.

        Raises:
            RateLimited: too many attempts; ``retry_after`` is the time to wait in seconds.
            Unavailable: the storage does not respond and ``RATE_LIMIT_ON_FAILURE`` is ``deny``.
        """
        if not self._enabled:
            yield
            return
        name = self._name(*key)
        await self._count(_hit_fixed, rates, name, detail)
        try:
            yield
        except Exception:
            await self._uncount(rates, name)
            raise

    async def close(self) -> None:
        """Close the connections to the storage."""
        if isinstance(self._storage, RedisStorage):
            bridge: Any = self._storage.bridge
            await bridge.storage.aclose()

    def _name(self, *key: str) -> str:
        """Return the HMAC of a key, so that the storage holds no personal data."""
        text = "\0".join((project().name, *key))
        return hmac.digest(self._key, text.encode(), "sha256").hex()

    async def _count(self, operation: "_Operation", rates: str, name: str, detail: str) -> None:
        for rate in parse_many(rates):
            wait = await self._run(operation, rate, name)
            if wait:
                raise RateLimited(wait, detail)

    async def _uncount(self, rates: str, name: str) -> None:
        for rate in parse_many(rates):
            await self._run(_uncount_hit, rate, name)

    async def _run(self, operation: "_Operation", rate: RateLimitItem, name: str) -> int:
        """Use the storage, or the memory of this process while the storage does not respond."""
        now = time.monotonic()
        if now >= self._retry_at:
            if self._retry_at:
                self._retry_at = now + RETRY_SECONDS  # other requests do not wait for this one
            try:
                result = await operation(self._store, rate, name)
            except StorageError as error:
                self._retry_at = time.monotonic() + RETRY_SECONDS
                logger.warning("the rate limit storage does not respond: %s", error)
            else:
                self._retry_at = 0.0
                return result
        if self._on_failure is OnFailure.DENY:
            raise Unavailable("The rate limit cannot be checked now. Try again soon.")
        return await operation(self._fallback, rate, name)


class _Store:
    """Both counting strategies on one storage."""

    def __init__(self, storage: Any) -> None:
        self.moving = MovingWindowRateLimiter(storage)
        # The only strategy that can uncount an attempt.
        self.fixed = FixedWindowRateLimiter(storage)


_Operation = Callable[[_Store, RateLimitItem, str], Awaitable[int]]


async def _hit_moving(store: _Store, rate: RateLimitItem, name: str) -> int:
    return await _hit(store.moving, rate, name)


async def _hit_fixed(store: _Store, rate: RateLimitItem, name: str) -> int:
    return await _hit(store.fixed, rate, name)


async def _hit(strategy: Strategy, rate: RateLimitItem, name: str) -> int:
    """Count one attempt; return the seconds to wait, or 0 if it is allowed."""
    if await strategy.hit(rate, name):
        return 0
    stats = await strategy.get_window_stats(rate, name)
    return max(1, math.ceil(stats.reset_time - time.time()))


async def _uncount_hit(store: _Store, rate: RateLimitItem, name: str) -> int:
    await store.fixed.hit(rate, name, cost=-1)
    return 0


def _storage(url: str) -> Any:
    asynchronous = url if url.startswith("async+") else f"async+{url}"
    options = {} if asynchronous.startswith("async+memory:") else _redis_options()
    try:
        return storage_from_string(asynchronous, **options)
    except ConfigurationError as error:
        reason = "use memory:// or redis://host:6379 (the latter needs: uv sync --extra redis)"
        raise StartupError(f"RATE_LIMIT_STORAGE_URL cannot be used; {reason}") from error


def _redis_options() -> dict[str, Any]:
    options: dict[str, Any] = {
        "implementation": "redispy",
        "wrap_exceptions": True,
        # Without these, an unreachable Redis delays every request by many seconds.
        "socket_connect_timeout": 0.5,
        "socket_timeout": 0.5,
    }
    try:
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
        from redis.exceptions import ConnectionError as RedisConnectionError
    except ImportError:  # pragma: no cover
        return options
    # Retry once if the server closed an old connection; do not retry after a time-out.
    return options | {"retry": Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))}
