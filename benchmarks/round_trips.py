"""Counts how often one request makes its server wait for the database.

PostgreSQL: a proxy between the two counts how often the direction changes from question to answer.
SQLite: aiosqlite gives each call (execute, fetch, commit …) to the thread of its connection and
waits for it; the calls are counted. The connection is warm: what the driver asks only once for
each connection or statement does not count.
"""

import asyncio
import select
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import BaseRequestHandler
from socketserver import ThreadingTCPServer
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from client import HOST
from client import Job
from client import load
from servers import HERE
from servers import serving

REQUESTS = 20
SETTLE_SECONDS = 0.3
Counted = tuple[int, Callable[[], int]]


def round_trips(name: str, url: str, text: str) -> float:
    """Round trips per request, on average of some requests one after the other."""
    counting = _counted_calls if url.startswith("sqlite") else _counted_turns
    with counting(name, url) as (port, count):
        job = Job(port, text, each=REQUESTS)
        before = _after(job, count)
        return (_after(job, count) - before) / REQUESTS


def _after(job: Job, count: Callable[[], int]) -> int:
    """The count after a job; what a server does behind its last answer belongs to it."""
    asyncio.run(load(job))
    time.sleep(SETTLE_SECONDS)
    return count()


@contextmanager
def _counted_calls(name: str, url: str) -> Iterator[Counted]:
    with TemporaryDirectory() as folder:
        calls = Path(folder) / "calls"
        calls.touch()
        before = [str(HERE / "counted_calls.py")]
        with serving(name, url, {"CALLS_FILE": str(calls)}, before) as server:
            yield server.port, lambda: calls.stat().st_size


@contextmanager
def _counted_turns(name: str, url: str) -> Iterator[Counted]:
    parts = urlsplit(url)
    with Proxy((parts.hostname or HOST, parts.port or 5432)) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        user = parts.netloc.rpartition("@")[0]
        through = parts._replace(netloc=f"{user}@{HOST}:{proxy.server_address[1]}")
        try:
            with serving(name, through.geturl()) as server:
                yield server.port, lambda: proxy.turns
        finally:
            proxy.shutdown()


class Proxy(ThreadingTCPServer):
    """Hands on what both sides say and counts the answers."""

    daemon_threads = True
    turns = 0

    def __init__(self, database: tuple[str, int]) -> None:
        super().__init__((HOST, 0), Handler)
        self.database = database


class Handler(BaseRequestHandler):
    """One connection through the proxy."""

    server: Proxy

    def handle(self) -> None:
        """Hand on bytes until one side hangs up."""
        client: socket.socket = self.request
        with socket.create_connection(self.server.database) as database:
            others = {client: database, database: client}
            asked = False
            while True:
                for source in select.select([database, client], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    self.server.turns += asked and source is database
                    asked = source is client
                    others[source].sendall(data)
