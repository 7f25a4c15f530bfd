"""Reading the page of ``/docs``."""

import re

URL = re.compile(r"""(?:href|src|url)(?:=|: )["']([^"']+)["']""")


def urls_in(page: str) -> list[str]:
    """Every URL that the browser loads for this page."""
    return URL.findall(page)
