"""An application behind a real socket, in this process: what is shown over time needs one."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Iterator
from contextlib import asynccontextmanager
from contextlib import contextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI

from app.kit.http.http_protocol import GracefulHttpProtocol


class Server(uvicorn.Server):
    """A server that says when and where it listens, and leaves the signals of the tests alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen."""
        await super().startup(sockets)
        self.ready.set()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[Server]:
    """A server of an application whose lifespan runs already."""
    config = uvicorn.Config(
        app,
        port=0,
        http=GracefulHttpProtocol,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=3,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield server
    finally:
        server.should_exit = True
        await task
