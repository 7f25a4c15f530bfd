"""Origins of front ends: compared letter by letter with what browsers send."""

import re
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
EXAMPLE = "https://app.example.com"


def as_browsers_send_it(origin: str) -> str:
    """Scheme, host and port in their one form; an example, where that cannot be told."""
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
    shown = f"[{host}]" if ":" in host else host
    if port is None or port == DEFAULT_PORTS.get(parts.scheme):
        return f"{parts.scheme}://{shown}"
    return f"{parts.scheme}://{shown}:{port}"
