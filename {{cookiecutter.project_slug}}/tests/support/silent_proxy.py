"""A proxy before a server that can fall silent, as a frozen machine or a forgetful gateway does."""

import asyncio
from asyncio import StreamReader
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class SilentProxy:
    """Forwards as configured; a silent connection stays open, and nothing comes through."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._tasks: set[asyncio.Task[None]] = set()
        self._deaf: set[StreamWriter] = set()
        self._writers: set[StreamWriter] = set()
        self.is_frozen = False

    def forget_connections(self) -> None:
        """Let nothing through any more on the connections that there are."""
        self._deaf |= self._writers

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Connect a client with the server."""
        upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, upstream_writer}
        for source, target in ((reader, upstream_writer), (upstream_reader, writer)):
            task = asyncio.create_task(self._forward(source, target))
            self._tasks.add(task)

    async def _forward(self, source: StreamReader, target: StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self.is_frozen and target not in self._deaf:
                    target.write(data)
        except ConnectionError:
            pass
        finally:
            target.close()

    async def close(self) -> None:
        """End every connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def silent_proxy(host: str, port: int) -> AsyncIterator[tuple[SilentProxy, int]]:
    """A proxy before this address, and its port."""
    proxy = SilentProxy(host, port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    try:
        yield proxy, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await proxy.close()
