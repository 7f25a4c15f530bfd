"""Stops calls to another server for a while when it keeps failing."""

import math
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

from app.kit.exceptions import Unavailable

MIN_USERS = 2
"""The circuit breaker never opens because of a single user."""


class Attempt:
    """A call to the server. Set ``succeeded``; None, such as for a client that left, is
    neither success nor failure."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.succeeded: bool | None = None


class CircuitBreaker:
    """Opens after consecutive failures. After a while, single trial calls test the server.

    One user alone cannot open it, because a request itself may make the server fail. The failures
    of one user count for at most half of the limit, and a second user must see failures as well.
    The same applies to failed trials.
    """

    def __init__(
        self,
        failures: int,
        seconds: float,
        rejection: type[Unavailable],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open after this many ``failures``, for so many ``seconds``; then raise ``rejection``."""
        self._max_failures = failures
        self._max_per_user = math.ceil(failures / 2)
        self._seconds = seconds
        self._rejection = rejection
        self._clock = clock
        self._failures: Counter[str] = Counter()
        self._retry_at: float | None = None
        self._trial: Attempt | None = None
        self._next_trial_at: dict[str, float] = {}
        """By user, for those whose trial is running or has failed."""

    @property
    def is_open(self) -> bool:
        """Whether calls are rejected, or only single trials are let through."""
        return self._retry_at is not None

    @contextmanager
    def attempt(self, user: str) -> Iterator[Attempt]:
        """Let a call of this user through, or reject it.

        Raises:
            Unavailable: the server has failed too often; ``retry_after`` says when to try again.
        """
        attempt = Attempt(user)
        self._before_call(attempt)
        try:
            yield attempt
        finally:
            self._after_call(attempt)

    def _before_call(self, attempt: Attempt) -> None:
        if self._retry_at is None:
            return
        now = self._clock()
        allowed_at = max(self._retry_at, self._next_trial_at.get(attempt.user, 0))
        if allowed_at > now:
            raise self._rejection(retry_after=math.ceil(allowed_at - now))
        self._trial = attempt
        self._retry_at = now + self._seconds  # another trial may start if this one takes longer
        self._next_trial_at[attempt.user] = self._retry_at + self._seconds

    def _after_call(self, attempt: Attempt) -> None:
        if attempt.succeeded:
            self._record_success()
        elif attempt is self._trial:
            self._record_failed_trial(attempt)
        elif attempt.succeeded is False and self._retry_at is None:
            self._record_failure(attempt.user)

    def _record_success(self) -> None:
        self._failures.clear()
        self._next_trial_at.clear()
        self._retry_at = self._trial = None

    def _record_failure(self, user: str) -> None:
        self._failures[user] = min(self._failures[user] + 1, self._max_per_user)
        if len(self._failures) >= MIN_USERS and self._failures.total() >= self._max_failures:
            self._open()

    def _record_failed_trial(self, attempt: Attempt) -> None:
        """Allow the next trial at once, unless the trial of a second user has failed."""
        self._trial = None
        now = self._clock()
        if attempt.succeeded is None:
            self._retry_at = now
            del self._next_trial_at[attempt.user]
            return
        self._next_trial_at[attempt.user] = now + self._seconds
        if len(self._next_trial_at) < MIN_USERS:
            self._retry_at = now
        else:
            self._open()

    def _open(self) -> None:
        self._retry_at = self._clock() + self._seconds
        self._next_trial_at.clear()
