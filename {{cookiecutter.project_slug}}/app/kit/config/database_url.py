"""Parses ``DATABASE_URL``: an engine, and its options."""

from collections.abc import Collection
from importlib.util import find_spec
from ssl import create_default_context
from typing import NoReturn

from sqlalchemy.engine import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.kit.project_metadata import ROOT

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
}
"""URL scheme -> scheme with the asynchronous driver."""

PACKAGES = {"aiomysql": "aiomysql cryptography"}
"""Driver -> packages to install, if the driver needs more than itself."""

MYSQL_SSL_MODES = {
    "DISABLED": "disable",
    "PREFERRED": "prefer",
    "REQUIRED": "require",
    "VERIFY_CA": "verify-ca",
    "VERIFY_IDENTITY": "verify-full",
}
"""Values of ``ssl-mode`` in URLs of MySQL -> the ``sslmode`` with the same meaning."""

SYSTEM = "system"
"""Instead of a file with certificates: the certificate authorities of this machine."""

CHOICES: dict[str, Collection[str]] = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "ssl-mode": MYSQL_SSL_MODES,
    "pgbouncer": ("true", "false"),
}
"""Option -> its values, in upper or lower case."""

POSTGRESQL_TLS = ("sslmode", "sslrootcert")
MYSQL_TLS = ("ssl-mode", "ssl-ca")
"""The options for the mode and for the certificate authorities."""

OPTIONS = {
    "aiosqlite": (),
    "asyncpg": (
        *POSTGRESQL_TLS,
        "host",
        "pgbouncer",
        "port",
        "prepared_statement_cache_size",
        "target_session_attrs",
    ),
    "aiomysql": (*MYSQL_TLS, "unix_socket"),
}
"""Driver -> supported options of the URL."""

REPEATABLE = ("host", "port")
"""Options that may occur more than once."""

IGNORED = {"channel_binding", "charset"}
"""Options that hosting providers add; the drivers do not support them or need no option."""

REPLACED_BY_SETTING = {
    "connect_timeout": "DATABASE_CONNECT_TIMEOUT_SECONDS",
    "timeout": "DATABASE_BUSY_TIMEOUT_SECONDS",
    "statement_timeout": "DATABASE_STATEMENT_TIMEOUT_SECONDS",
    "pool_size": "DATABASE_POOL_SIZE",
    "connection_limit": "DATABASE_POOL_SIZE",
    "pool_timeout": "DATABASE_POOL_TIMEOUT_SECONDS",
}
"""Options of other libraries -> the equivalent setting."""


ESCAPE = (
    "escape it (@ as %40, / as %2F, # as %23, ? as %3F), or set the password of the database in "
    "DATABASE_PASSWORD, where nothing needs to be escaped"
)


def with_async_driver(text: str) -> str:
    """Return the URL with an asynchronous driver, normalized options, and an absolute path.

    Raises:
        ValueError: the URL is invalid; the message does not show it, since it may hold credentials.
    """
    if text.count("@") > 1 and not text.startswith("sqlite"):
        raise ValueError(f"has more than one @; {ESCAPE}")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(
            "is not a valid database URL; write it like sqlite:///./app.db "
            "or postgresql://user:password@host/name. "
            f"If it contains a special character, {ESCAPE}"
        ) from None
    scheme = DRIVERS.get(url.drivername, url.drivername)
    if scheme not in DRIVERS.values():
        engines = ", ".join(DRIVERS)
        raise ValueError(f"has an unknown engine {url.drivername!r}; use one of {engines}")
    driver = scheme.partition("+")[2]
    if find_spec(driver) is None:
        packages = PACKAGES.get(driver, driver)
        raise ValueError(f"needs the package {driver}; install it with: uv add {packages}")
    url = url.set(drivername=scheme)
    if scheme != DRIVERS["sqlite"] and not url.database:
        raise ValueError("must name a database, such as postgresql://user:password@host/name")
    if scheme == DRIVERS["sqlite"]:
        url = url.set(database=_file(url.database))
    return url.set(query=_options(url, driver)).render_as_string(hide_password=False)


def _file(name: str | None) -> str:
    """Return the absolute path; a relative one starts at the project folder."""
    if not name or name == ":memory:":
        raise ValueError("must name a file, such as sqlite:///./app.db, not a database in memory")
    return (ROOT / name).as_posix()


def _options(url: URL, driver: str) -> dict[str, str | tuple[str, ...]]:
    options: dict[str, str | tuple[str, ...]] = {}
    for name, value in url.query.items():
        if name in IGNORED:
            continue
        if name not in OPTIONS[driver]:
            _refuse(name, OPTIONS[driver])
        if not isinstance(value, str) and name not in REPEATABLE:
            raise ValueError(f"has the option {name!r} twice")
        if name in ("sslrootcert", "ssl-ca"):
            _check_certificates(str(value))
        options[name] = _choice(name, str(value)) if name in CHOICES else value
    return options


def _choice(name: str, value: str) -> str:
    for choice in CHOICES[name]:
        if choice.lower() == value.lower():
            return choice
    choices = ", ".join(CHOICES[name])
    raise ValueError(f"has an unsupported {name} {value!r}; use one of {choices}")


def _check_certificates(path: str) -> None:
    try:
        create_default_context(cafile=None if path == SYSTEM else path)
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"has certificates that cannot be used: {path}: {reason}") from None


def _refuse(option: str, known: tuple[str, ...]) -> NoReturn:
    if option in REPLACED_BY_SETTING:
        setting = REPLACED_BY_SETTING[option]
        raise ValueError(f"does not support the option {option!r}; set {setting} instead")
    allowed = f"use {', '.join(known)}, or leave it out" if known else "leave it out"
    raise ValueError(f"does not support the option {_safe_repr(option)}; {allowed}")


def _safe_repr(option: str) -> str:
    """Return the option if it is an identifier; otherwise it may be part of an unescaped secret."""
    return repr(option) if option.replace("-", "_").isidentifier() else "of this name"
