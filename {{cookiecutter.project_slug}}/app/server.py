"""Uvicorn, such that a stop loses no request. What is served stands in ``main.py``."""

from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from app.heads import BoundedHeads

LINGER_SECONDS = 0.5
KEEP_ALIVE_SECONDS = 75
"""Longer than apps and proxies keep a connection: who closes it must be whoever would send next."""


class Connection(BoundedHeads):
    """A connection that is not closed while a request may be on its way.

    When the server stops, Uvicorn closes at once what is idle. A request that was sent and not
    read yet would be lost, and its client could not know whether anything was done.
    """

    _stopping = False

    def shutdown(self) -> None:
        """Answer what still comes within a moment, and close."""
        self._stopping = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(LINGER_SECONDS, super().shutdown)
        else:
            super().shutdown()

    def on_headers_complete(self) -> None:
        """Let a request that comes so late be the last of its connection."""
        super().on_headers_complete()
        if self._stopping and self.cycle:
            self.cycle.keep_alive = False


class Workers(Multiprocess):
    """Several processes that share a socket."""

    def terminate_all(self) -> None:
        """Take no connections any more that nobody would serve, and stop all of them."""
        for sock in self.sockets:
            sock.close()
        super().terminate_all()


def run(app: str, *, workers: int, **options: Any) -> None:
    """Serve the application that this function, named as ``module:function``, makes."""
    options.update(factory=True, http=Connection, timeout_keep_alive=KEEP_ALIVE_SECONDS)
    if workers == 1:
        uvicorn.run(app, **options)
        return
    config = uvicorn.Config(app, workers=workers, **options)
    Workers(config, [config.bind_socket()]).run()
