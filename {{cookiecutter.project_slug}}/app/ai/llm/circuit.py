"""A circuit breaker: a server that keeps failing is left alone for a while."""

import math
import time
from collections.abc import Callable

from app.core.exceptions import Unavailable


class Circuit:
    """Opens after so many failures in a row; later one call at a time may try again."""

    def __init__(
        self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._failures = 0
        self._closed_again_at: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls are refused, or one is trying whether they need not be."""
        return self._closed_again_at is not None

    def enter(self) -> None:
        """Let a call through.

        Raises:
            Unavailable: the server has failed too often; says when to come back.
        """
        if self._closed_again_at is None:
            return
        left = self._closed_again_at - self._clock()
        if left > 0:
            error = Unavailable(
                "The language model has failed too often and is left alone for a while.",
                code="llm_circuit_open",
            )
            error.retry_after = math.ceil(left)
            raise error
        self._closed_again_at = self._clock() + self._seconds  # the others wait for this one

    def succeeded(self) -> None:
        """The server is well."""
        self._failures = 0
        self._closed_again_at = None

    def failed(self) -> None:
        """The server is ill."""
        self._failures += 1
        if self._failures >= self._most:
            self._closed_again_at = self._clock() + self._seconds
