"""Support for HEAD: the headers of GET without the body (RFC 9110, section 9.3.2)."""

from starlette.types import ASGIApp
from starlette.types import Message
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send


class HeadRequests:
    """Responds to HEAD on every path that has a GET operation."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD to the application as GET, and drop the body of the response."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        finished = False

        async def send_without_body(message: Message) -> None:
            nonlocal finished
            if finished:
                return
            if message["type"] == "http.response.body":
                finished = True  # do not wait for the end of a stream
                message = {"type": "http.response.body"}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)
