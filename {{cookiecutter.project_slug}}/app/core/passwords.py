"""Password hashing with bcrypt in a thread pool with a bounded queue."""

from typing import Protocol

from passlib.context import CryptContext

from app.core.exceptions import PasswordQueueFull
from app.kit.bounded_threads import BoundedThreads
from app.kit.cpu import available_cpus

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128
SCHEME = "bcrypt_sha256"


class Passwords(Protocol):
    """Hashes and verifies passwords."""

    async def hash(self, password: str) -> str:
        """Return the text to store instead of the password."""
        ...

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        """Return whether the password is right, and whether its hash should be replaced."""
        ...


class PasswordHasher:
    """Hashes and verifies passwords; one instance serves the whole process.

    bcrypt reads at most 72 bytes, so it hashes the SHA-256 of the password (``bcrypt_sha256``).
    Plain bcrypt hashes, for example from an older system, are accepted and replaced.
    """

    def __init__(self, rounds: int, workers: int | None = None, queue_size: int = 32) -> None:
        """Use 2 ** ``rounds`` rounds and ``workers`` threads (default: one per CPU).

        Up to ``queue_size`` passwords wait for a thread.
        """
        self._context = CryptContext(
            schemes=[SCHEME, "bcrypt"],
            deprecated="auto",
            bcrypt_sha256__rounds=rounds,
        )
        self._max_rounds = rounds
        self._threads = BoundedThreads(
            workers or available_cpus(), queue_size, PasswordQueueFull, name="password"
        )

    async def hash(self, password: str) -> str:
        """Return the text to store instead of the password.

        Raises:
            PasswordQueueFull: the queue is full.
        """
        return await self._threads.run(lambda: self._context.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        """Return whether the password is right, and whether its hash should be replaced.

        Verification takes the same time for a wrong password, a missing hash, and a hash with
        other rounds, so that the response time does not reveal whether an account exists.

        Raises:
            PasswordQueueFull: the queue is full.
        """
        return await self._threads.run(lambda: self._verify(password, password_hash))

    def warm_up(self) -> None:
        """Load the bcrypt backend in a thread, so that the first verification does not wait."""
        self._threads.submit(lambda: self._spend_rest(None))

    def close(self) -> None:
        """Stop the threads and cancel queued work."""
        self._threads.close()

    def _verify(self, password: str, password_hash: str | None) -> tuple[bool, bool]:
        if password_hash is None or not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
            self._spend_rest(None)
            return False, False
        rounds, right = self._rounds_of(password_hash), False
        if rounds is not None:
            self._max_rounds = max(self._max_rounds, rounds)
            try:
                right = self._context.verify(password, password_hash)
            except ValueError:  # plain bcrypt rejects more than 72 bytes
                rounds = None
        self._spend_rest(rounds)
        return right, right and self._context.needs_update(password_hash)

    def _rounds_of(self, password_hash: str) -> int | None:
        scheme = self._context.identify(password_hash)
        if scheme is None:
            return None
        try:
            return int(self._context.handler(scheme).from_string(password_hash).rounds)
        except ValueError:  # it has the prefix of a hash, but is malformed
            return None

    def _spend_rest(self, rounds: int | None) -> None:
        """Hash until the total cost is that of ``_max_rounds``; a hash with ``rounds`` is done.

        Each round doubles the cost: 4 + 4 + 8 + 16 = 32.
        """
        rest = [self._max_rounds] if rounds is None else range(rounds, self._max_rounds)
        for each in rest:
            self._context.handler(SCHEME).using(rounds=each).hash("")
