"""Normalization of origins, which are compared with the ``Origin`` header as strings."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
EXAMPLE = "https://app.example.com"


def normalize_origin(origin: str) -> str:
    """Return scheme, host and port as browsers send them; an example if the origin is invalid."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[!-~]+", origin):
        return EXAMPLE
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return EXAMPLE
    host = parts.hostname
    if not host:
        return EXAMPLE
    netloc_host = f"[{host}]" if ":" in host else host
    if port is None or port == DEFAULT_PORTS.get(parts.scheme):
        return f"{parts.scheme}://{netloc_host}"
    return f"{parts.scheme}://{netloc_host}:{port}"
