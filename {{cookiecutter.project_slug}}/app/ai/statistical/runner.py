"""Runs work in processes of their own, a few at a time, with limits of time and memory."""

import asyncio
import json
import logging
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from app.ai.statistical import reasons
from app.utils.tasks import undisturbed

JOBS = "app.ai.statistical.jobs"
LOOK_SECONDS = 0.05
PROGRESS_SECONDS = 0.5

Watch = Callable[[int], Coroutine[Any, Any, bool]]
"""Is told the percents that are done, and answers whether to go on."""

logger = logging.getLogger(__name__)
_starting = threading.Lock()


@dataclass
class Outcome:
    """What came of some work: an answer, or why there is none. Neither when it was called off."""

    answer: dict[str, Any] | None = None
    failure: str | None = None
    progress: int = 0

    @property
    def known(self) -> bool:
        """Whether there is an answer, or a reason for none."""
        return bool(self.answer or self.failure)


@dataclass(frozen=True)
class Runner:
    """Starts a process for each piece of work and looks after it. Making one starts nothing."""

    timeout_seconds: int
    memory_megabytes: int
    watch_seconds: float = 5.0
    _context: BaseContext = field(default_factory=lambda: multiprocessing.get_context(_method()))

    async def run(self, work: str, order: str, watch: Watch | None = None) -> Outcome:
        """Let a function, named as ``module:function``, work on an order in its own process.

        The process is ended when the time is up, when ``watch`` says so, and when the task that
        waits here is cancelled.
        """
        ours, theirs = self._context.Pipe(duplex=False)
        starting = asyncio.create_task(asyncio.to_thread(self._start, work, order, theirs))
        with ours:
            try:
                return await self._attend(starting, ours, watch)
            finally:
                await asyncio.to_thread(_end, await starting)

    async def _attend(
        self, starting: asyncio.Task[BaseProcess], connection: Connection, watch: Watch | None
    ) -> Outcome:
        outcome, told = Outcome(), 0
        started = watched = time.monotonic()
        while not outcome.known:
            process = starting.result() if starting.done() else None
            ended = process is not None and not process.is_alive()
            _read(connection, outcome)  # after asking, so that what it sent last is not missed
            now = time.monotonic()
            if process is None:
                started = now  # loading the libraries is not counted
            if outcome.known:
                break
            if ended:
                logger.error("a worker ended with exit code %s", process and process.exitcode)
                outcome.failure = reasons.DIED
            elif now - started > self.timeout_seconds:
                outcome.failure = reasons.too_slow(self.timeout_seconds)
            elif watch is not None and now - watched > (
                self.watch_seconds if outcome.progress == told else PROGRESS_SECONDS
            ):
                watched, told = now, outcome.progress
                if not await undisturbed(watch(told)):
                    break
            else:
                await asyncio.sleep(LOOK_SECONDS)
        return outcome

    def _start(self, work: str, order: str, connection: Connection) -> BaseProcess:
        """Start a process; the first time, that loads the libraries, which takes seconds."""
        with _starting, _without_main():
            if isinstance(self._context, multiprocessing.context.ForkServerContext):
                self._context.set_forkserver_preload([JOBS])
            process: BaseProcess = self._context.Process(  # type: ignore[attr-defined]
                target=begin, args=(work, order, self.memory_megabytes, connection), daemon=True
            )
            process.start()
            connection.close()
            return process


def begin(work: str, order: str, megabytes: int, connection: Connection) -> None:
    """The first function that a worker runs; everything else is loaded there only."""
    from importlib import import_module

    module, _, name = work.partition(":")
    import_module(JOBS).main(getattr(import_module(module), name), order, megabytes, connection)


def _end(process: BaseProcess) -> None:
    process.kill()
    process.join()
    process.close()


def _method() -> str:
    methods = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in methods else "spawn"


@contextmanager
def _without_main() -> Iterator[None]:
    """A worker would load the program that was started, and with it the whole application."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def _read(connection: Connection, outcome: Outcome) -> None:
    """Take what the worker has sent so far; half a message of one that was killed is nothing."""
    try:
        while connection.poll():
            message = json.loads(connection.recv_bytes())
            outcome.progress = message.get("progress", outcome.progress)
            outcome.answer = message.get("answer")
            outcome.failure = message.get("failure")
            if "log" in message:
                logger.error("a worker failed:\n%s", message["log"])
    except (EOFError, OSError):
        return
