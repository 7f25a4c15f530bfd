"""Password hashing with bcrypt, away from the event loop and a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from passlib.context import CryptContext

from app.core.processors import available_processors

SHORTEST = 8
LONGEST = 128

T = TypeVar("T")


class PasswordHasher:
    """Hashes and checks passwords; safe to share by the whole process.

    bcrypt reads 72 bytes at most, so it is given a SHA-256 of the password (``bcrypt_sha256``):
    nothing is cut. Plain bcrypt hashes, from an older system say, are accepted and replaced.
    """

    def __init__(self, rounds: int, workers: int | None = None) -> None:
        """Use 2 ** ``rounds`` rounds, and ``workers`` threads (one for each processor)."""
        self._context = CryptContext(
            schemes=["bcrypt_sha256", "bcrypt"],
            deprecated="auto",
            bcrypt_sha256__rounds=rounds,
        )
        count = workers or available_processors()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="password")

    async def hash(self, password: str) -> str:
        """The text to store instead of the password."""
        return await self._run(lambda: self._context.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        """Whether the password is right, and a new hash when the stored one is out of date.

        Without a stored hash the answer is no, and takes as long: nobody learns from the time
        whether an account exists.
        """
        return await self._run(lambda: self._verify(password, password_hash))

    def warm_up(self) -> None:
        """Begin with what the first check would have to wait for; the start does not wait."""
        self._threads.submit(self._context.dummy_verify)

    def close(self) -> None:
        """Let the threads go; what waits for one is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        if not SHORTEST <= len(password) <= LONGEST or password_hash is None:
            self._context.dummy_verify()
            return False, None
        try:
            return self._context.verify_and_update(password, password_hash)
        except ValueError:  # no hash at all, or plain bcrypt, which takes 72 bytes only
            self._context.dummy_verify()
            return False, None

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)
