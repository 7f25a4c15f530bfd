"""Encryption on the way to a database server, as ``sslmode`` in the URL asks for it.

The modes are those of PostgreSQL's own library
(https://www.postgresql.org/docs/current/libpq-ssl.html), for every engine. Which ones there are is
checked in ``core/config/database_url.py``.
"""

import ssl
from importlib import import_module
from typing import Any

from sqlalchemy.engine import URL

from app.core.config.database_url import SYSTEM

ENCRYPTED = ("require", "verify-ca", "verify-full")
OFFERS_TLS = 0x800
"""CLIENT_SSL among what a server of MySQL says that it can do."""

TLS_FAILED = 2026
"""CR_SSL_CONNECTION_ERROR of MySQL."""


def split_tls(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL without ``sslmode`` and ``sslrootcert``, and what the driver is given instead."""
    given = {name: str(value) for name, value in url.query.items()}
    authorities = given.get("sslrootcert")
    mode = given.get("sslmode", "verify-full" if authorities else None)
    url = url.difference_update_query(["sslmode", "sslrootcert"])
    if mode is None:
        return url, {}
    if url.get_backend_name() == "postgresql":
        return url, {"ssl": _context(mode, authorities) if mode in ENCRYPTED else mode}
    if mode == "disable":
        return url, {}
    arguments = {"ssl": _context(mode, authorities)}
    return url, arguments | ({"async_creator_fn": connect_encrypted} if mode in ENCRYPTED else {})


def _context(mode: str, authorities: str | None) -> ssl.SSLContext:
    """Without a file of certificates, those of this machine say whom to believe."""
    context = ssl.create_default_context(cafile=None if authorities == SYSTEM else authorities)
    context.check_hostname = mode == "verify-full"
    if not mode.startswith("verify"):
        context.verify_mode = ssl.CERT_NONE
    return context


async def connect_encrypted(**options: Any) -> Any:
    """``aiomysql.connect``, which alone would go on in the clear when a server offers no TLS."""
    aiomysql: Any = import_module("aiomysql")  # only who uses MySQL has it

    class EncryptedConnection(aiomysql.Connection):  # type: ignore[misc]
        async def _request_authentication(self) -> None:
            if not self._secure and not self.server_capabilities & OFFERS_TLS:
                raise aiomysql.OperationalError(TLS_FAILED, "the server offers no TLS")
            await super()._request_authentication()

    connection = EncryptedConnection(**options)
    await connection._connect()
    return connection
