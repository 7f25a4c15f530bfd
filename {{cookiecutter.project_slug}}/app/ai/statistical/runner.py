"""Run jobs in worker processes with limits of time and memory."""

import asyncio
import json
import logging
import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

from pydantic import ConfigDict

from app.ai.statistical import errors
from app.ai.statistical.tables import Limits
from app.kit.schemas import ResponseModel
from app.kit.tasks import run_to_completion
from app.schemas.statistical.training_spec import TrainingSpec

WORKER_MODULE = "app.ai.statistical.worker"
POLL_SECONDS = 0.05
PROGRESS_SECONDS = 0.5

Heartbeat = Callable[[int], Coroutine[Any, Any, bool]]
"""Called regularly with the progress in percent; returns whether the job should go on."""

logger = logging.getLogger(__name__)
_start_lock = threading.Lock()


class TrainingJob(ResponseModel):
    """The paths of the table and of the model to write, and what to train."""

    table_path: str
    limits: Limits
    spec: TrainingSpec
    model_path: str
    max_model_bytes: int


class ProfileJob(ResponseModel):
    """A table as CSV, and its size limits."""

    table: bytes
    limits: Limits

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


@dataclass
class JobResult:
    """The output of a job or its error message. A canceled job has neither."""

    output: dict[str, Any] | None = None
    error: str | None = None
    progress: int = 0

    @property
    def is_done(self) -> bool:
        """Return whether the job has ended."""
        return bool(self.output or self.error)


@dataclass(frozen=True)
class Runner:
    """Starts and monitors one process per job. Creating a runner starts nothing."""

    timeout_seconds: int
    memory_megabytes: int
    heartbeat_seconds: float = 5.0
    _context: BaseContext = field(
        default_factory=lambda: multiprocessing.get_context(_start_method())
    )

    async def run(self, work: str, job: str, heartbeat: Heartbeat | None = None) -> JobResult:
        """Call the function ``module:function`` with the job in a process of its own.

        Kills the process on time-out, when ``heartbeat`` returns False, and on cancellation.
        """
        receiver, sender = self._context.Pipe(duplex=False)
        starting = asyncio.create_task(asyncio.to_thread(self._start, work, job, sender))
        with receiver:
            try:
                return await self._monitor(starting, receiver, heartbeat)
            finally:
                await asyncio.to_thread(_kill, await starting)

    async def _monitor(
        self,
        starting: asyncio.Task[BaseProcess],
        connection: Connection,
        heartbeat: Heartbeat | None,
    ) -> JobResult:
        result, reported = JobResult(), 0
        started = last_beat = time.monotonic()
        while not result.is_done:
            process = starting.result() if starting.done() else None
            exited = process is not None and not process.is_alive()
            _receive(connection, result)  # after is_alive(), so that no last message is missed
            now = time.monotonic()
            if process is None:
                started = now  # loading the libraries does not count as time of the job
            if result.is_done:
                break
            if exited:
                logger.error("a worker exited with code %s", process and process.exitcode)
                result.error = errors.WORKER_KILLED
            elif now - started > self.timeout_seconds:
                result.error = errors.timed_out(self.timeout_seconds)
            elif heartbeat is not None and now - last_beat > (
                self.heartbeat_seconds if result.progress == reported else PROGRESS_SECONDS
            ):
                last_beat, reported = now, result.progress
                if not await run_to_completion(heartbeat(reported)):
                    break
            else:
                await asyncio.sleep(POLL_SECONDS)
        return result

    def _start(self, work: str, job: str, connection: Connection) -> BaseProcess:
        """Start a process. The first call loads the libraries, which takes seconds."""
        with _start_lock, _hide_main_module(), _block_signals():
            if isinstance(self._context, multiprocessing.context.ForkServerContext):
                self._context.set_forkserver_preload([WORKER_MODULE])
            process: BaseProcess = self._context.Process(  # type: ignore[attr-defined]
                target=begin, args=(work, job, self.memory_megabytes, connection), daemon=True
            )
            process.start()
            connection.close()
            return process


def begin(work: str, job: str, megabytes: int, connection: Connection) -> None:
    """Enter a worker process, and import there what the job needs."""
    from importlib import import_module

    module, _, name = work.partition(":")
    import_module(WORKER_MODULE).main(
        getattr(import_module(module), name), job, megabytes, connection
    )


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
    process.close()


def _start_method() -> str:
    methods = multiprocessing.get_all_start_methods()
    return "forkserver" if "forkserver" in methods else "spawn"


@contextmanager
def _hide_main_module() -> Iterator[None]:
    """Keep workers from importing ``__main__``, and with it the whole application."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


@contextmanager
def _block_signals() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, which a terminal sends to the whole process group.

    They inherit the signal mask of this thread. The server stops them when it shuts down.
    """
    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # starting it later would unblock the signals
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _receive(connection: Connection, result: JobResult) -> None:
    """Read all messages that have arrived; ignore a truncated one of a killed worker."""
    try:
        while connection.poll():
            message = json.loads(connection.recv_bytes())
            result.progress = message.get("progress", result.progress)
            result.output = message.get("output")
            result.error = message.get("error")
            if "log" in message:
                logger.error("a worker failed:\n%s", message["log"])
    except (EOFError, OSError):
        return
