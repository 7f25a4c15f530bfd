"""The HTTP connections to one model server."""

import ssl
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING
from typing import Any

from app.ai.custom_models.remote.config import RemoteModelConfig
from app.kit.import_guard import IMPORT_GUARD

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT_SECONDS = 5
"""The time limit of the whole request is set by ``RemoteModel``."""

NO_KEY = "none"
"""Without a key, the library would send the Hugging Face token of this machine."""


class ServerClient:
    """Sends requests to one server. Creating it imports large libraries, so do it in a thread."""

    def __init__(self, config: RemoteModelConfig, api_key: str | None) -> None:
        with IMPORT_GUARD:
            import httpx2
            import huggingface_hub

        self.config = config
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._timeout = httpx2.Timeout(None, connect=CONNECT_TIMEOUT_SECONDS)
        # The factory of the library follows redirects, and refuses to work in offline mode.
        huggingface_hub.set_async_client_factory(self._create_http)
        headers: Any = None if api_key else {"authorization": None}
        timeout: Any = self._timeout
        self.inference = huggingface_hub.AsyncInferenceClient(
            config.url, token=api_key or NO_KEY, headers=headers, timeout=timeout
        )
        self._http = self._create_http()

    async def post(
        self, path: str = "", headers: Mapping[str, str] | None = None, **content: Any
    ) -> Any:
        """Send a request that ``AsyncInferenceClient`` has no method for, and return the JSON."""
        response = await self._http.post(
            self.config.url + path,
            headers={**self._headers, **(headers or {})},
            timeout=self._timeout,
            **content,
        )
        response.raise_for_status()
        return response.json()

    async def close(self) -> None:
        """Close all connections."""
        await self.inference.exit_stack.aclose()  # close() of the library has no types
        await self._http.aclose()

    @staticmethod
    def _create_http() -> "httpx2.AsyncClient":
        import httpx2

        return httpx2.AsyncClient(
            verify=_ssl_context(),
            limits=httpx2.Limits(max_connections=None),
            event_hooks={"response": [_reject_redirect]},
        )


async def _reject_redirect(response: "httpx2.Response") -> None:
    """Raise HTTPStatusError for a redirect, which ``AsyncInferenceClient`` would read as JSON."""
    if response.is_redirect:
        response.raise_for_status()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return the certificates of this machine, which take a moment to read."""
    import httpx2

    return httpx2.create_ssl_context()
