"""A small HTTP/1.1 client that loads a server from a process of its own.

It keeps its connections open, writes fixed bytes and reads until ``Content-Length`` is reached, so
that it costs far less than what it measures. Called by the other files here; prints JSON.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import cast
from urllib.parse import urlencode

HOST = "127.0.0.1"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)

Answer = tuple[int, bytes]
Send = Callable[[bytes], Awaitable[Answer]]
Work = Callable[[Send], Coroutine[Any, Any, None]]


@dataclass
class Job:
    """What to do: ``connections`` clients send ``request`` for ``seconds``, or ``each`` times."""

    port: int
    request: str
    connections: int = 1
    seconds: float = 60
    each: int | None = None
    probe: str = ""
    """A second request, asked every ``probe_seconds`` on one more connection."""
    probe_seconds: float = 0.02
    others: list[str] = field(default_factory=list)
    """Requests that take turns with the first."""


@dataclass
class Outcome:
    """What came of it; the seconds that each answer took, and each answer to the probe."""

    answers: int
    seconds: float
    probes: list[float]
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


class Connection(asyncio.Protocol):
    """One kept connection with at most one request under way."""

    def __init__(self) -> None:
        self.received = b""
        self.answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what requests are written to."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's derives from less

    def send(self, request: bytes) -> Awaitable[Answer]:
        """Write a request; its answer comes when all of its bytes are here."""
        self.received = b""
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.answer

    def data_received(self, data: bytes) -> None:
        """Collect the answer."""
        self.received += data
        end = self.received.find(b"\r\n\r\n") + 4
        if end < 4 or self.answer is None or self.answer.done():
            return
        found = LENGTH.search(self.received, 0, end)
        if len(self.received) - end >= (int(found[1]) if found else 0):
            self.answer.set_result((int(self.received[9:12]), self.received[end:]))

    def connection_lost(self, error: Exception | None) -> None:
        """Let nobody wait for what cannot come."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(error or ConnectionError("the server hung up"))


def request(
    method: str, path: str, *, token: str = "", form: dict[str, str] | None = None, body: str = ""
) -> str:
    """A whole request as text."""
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    content = urlencode(form) if form else body
    headers = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    headers += [f"Authorization: Bearer {token}"] if token else []
    headers += [f"Content-Type: {kind}", f"Content-Length: {len(content)}"] if content else []
    return "\r\n".join([*headers, "", content])


async def load(job: Job) -> Outcome:
    """Do the job; any answer but a 2xx ends it."""
    latencies, probes = list[float](), list[float]()
    probing = asyncio.create_task(_connected(job.port, _prober(job, probes)))
    await asyncio.sleep(0)
    start = time.perf_counter()
    await asyncio.gather(
        *(
            _connected(job.port, _worker(job, number, latencies, start + job.seconds))
            for number in range(job.connections)
        )
    )
    seconds = time.perf_counter() - start
    probing.cancel()
    with suppress(asyncio.CancelledError):
        await probing
    return Outcome(len(latencies), seconds, probes, latencies)


async def _connected(port: int, work: Work) -> None:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, HOST, port)
    try:
        await work(connection.send)
    finally:
        connection.transport.close()


def _worker(job: Job, number: int, latencies: list[float], end: float) -> Work:
    requests = [text.encode() for text in (job.request, *job.others)]

    async def work(send: Send) -> None:
        mine = 0
        while (start := time.perf_counter()) < end and mine != job.each:
            turn = number + mine * job.connections
            _check(await send(requests[turn % len(requests)]))
            latencies.append(time.perf_counter() - start)
            mine += 1

    return work


def _prober(job: Job, probes: list[float]) -> Work:
    """Asks by the clock. Time that a late answer costs the next question is counted as well."""

    async def work(send: Send) -> None:
        due = time.perf_counter()
        while job.probe:
            await asyncio.sleep(max(0, due - time.perf_counter()))
            _check(await send(job.probe.encode()))
            probes.append(time.perf_counter() - due)
            due += job.probe_seconds

    return work


def _check(answer: Answer) -> None:
    status, body = answer
    if not 200 <= status < 300:
        raise RuntimeError(f"the server answered {status}: {body.decode()}")


def ask(port: int, text: str) -> Any:
    """One request from this process; the JSON of its answer."""
    found: list[Answer] = []

    async def work(send: Send) -> None:
        found.append(await send(text.encode()))
        _check(found[0])

    asyncio.run(_connected(port, work))
    return json.loads(found[0][1])


def main() -> None:
    """Read a job from standard input, do it, print what came of it."""
    job = Job(**json.load(sys.stdin))
    with suppress(ImportError):
        import uvloop

        uvloop.install()
    print(json.dumps(asdict(asyncio.run(load(job)))))


if __name__ == "__main__":
    main()
