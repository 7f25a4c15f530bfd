"""TLS for connections to a database server, as configured in the URL.

The modes are those of libpq (https://www.postgresql.org/docs/current/libpq-ssl.html).
``kit/config/database_url.py`` validates them, and translates those of MySQL.
"""

import ssl
from importlib import import_module
from typing import Any

from sqlalchemy.engine import URL

from app.kit.config.database_url import MYSQL_SSL_MODES
from app.kit.config.database_url import MYSQL_TLS
from app.kit.config.database_url import POSTGRESQL_TLS
from app.kit.config.database_url import SYSTEM

ENCRYPTED = ("require", "verify-ca", "verify-full")
OFFERS_TLS = 0x800
"""CLIENT_SSL, a capability flag of MySQL servers."""

TLS_FAILED = 2026
"""CR_SSL_CONNECTION_ERROR of MySQL."""


def split_tls(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL without the options for TLS, and the driver arguments for them."""
    is_postgresql = url.get_backend_name() == "postgresql"
    names = POSTGRESQL_TLS if is_postgresql else MYSQL_TLS
    mode, authorities = (str(url.query.get(name, "")) for name in names)
    if not mode and not authorities:
        return url, {}
    url = url.difference_update_query(names)
    mode = MYSQL_SSL_MODES.get(mode, mode) or "verify-full"
    if is_postgresql:
        return url, {"ssl": _context(mode, authorities) if mode in ENCRYPTED else mode}
    if mode == "disable":
        return url, {}
    arguments = {"ssl": _context(mode, authorities)}
    return url, arguments | ({"async_creator_fn": connect_encrypted} if mode in ENCRYPTED else {})


def _context(mode: str, authorities: str) -> ssl.SSLContext:
    """Return an SSL context; without a certificate file it trusts those of this machine."""
    cafile = authorities if authorities not in ("", SYSTEM) else None
    context = ssl.create_default_context(cafile=cafile)
    context.check_hostname = mode == "verify-full"
    if not mode.startswith("verify"):
        context.verify_mode = ssl.CERT_NONE
    return context


async def connect_encrypted(**options: Any) -> Any:
    """Connect with aiomysql, but fail if the server does not offer TLS."""
    aiomysql: Any = import_module("aiomysql")  # installed only for MySQL

    class EncryptedConnection(aiomysql.Connection):  # type: ignore[misc]
        async def _request_authentication(self) -> None:
            if not self._secure and not self.server_capabilities & OFFERS_TLS:
                raise aiomysql.OperationalError(TLS_FAILED, "the server offers no TLS")
            await super()._request_authentication()

    connection = EncryptedConnection(**options)
    await connection._connect()
    return connection
