"""Parses ``DATABASE_URL``: an engine, and options that mean the same on every engine."""

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

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
"""Values of ``sslmode``, as in libpq."""

SYNONYMS = {"ssl": "sslmode", "ssl-mode": "sslmode", "ssl-ca": "sslrootcert"}
SYNONYMS_OF_MODES = {
    "true": "require",
    "1": "require",
    "false": "disable",
    "0": "disable",
    "disabled": "disable",
    "preferred": "prefer",
    "required": "require",
    "verify-identity": "verify-full",
}
"""Spellings of other libraries and of MySQL, in lower case."""

SYSTEM = "system"
"""Value of ``sslrootcert``: the certificate authorities of this machine."""

TLS = ("sslmode", "sslrootcert")
OPTIONS = {
    "aiosqlite": (),
    "asyncpg": (
        *TLS,
        "host",
        "pgbouncer",
        "port",
        "prepared_statement_cache_size",
        "target_session_attrs",
    ),
    "aiomysql": (*TLS, "unix_socket"),
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
    for given, value in url.query.items():
        name = given.lower().replace("ssl_", "ssl-")
        name = SYNONYMS.get(name, name)
        if name in IGNORED:
            continue
        if name not in OPTIONS[driver]:
            _refuse(given, OPTIONS[driver])
        if name in options or (not isinstance(value, str) and name not in REPEATABLE):
            raise ValueError(f"has the option {_safe_repr(given)} twice")
        options[name] = CHECKS[name](str(value)) if name in CHECKS else value
    return options


def _mode(value: str) -> str:
    mode = value.lower().replace("_", "-")
    mode = SYNONYMS_OF_MODES.get(mode, mode)
    if mode not in TLS_MODES:
        raise ValueError(f"has an unsupported sslmode {value!r}; use one of {', '.join(TLS_MODES)}")
    return mode


def _authorities(value: str) -> str:
    if value != SYSTEM:
        try:
            create_default_context(cafile=value)
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(f"has an sslrootcert that cannot be used: {value}: {reason}") from None
    return value


def _boolean(value: str) -> str:
    if value.lower() not in ("true", "false"):
        raise ValueError(f"has an unsupported pgbouncer {value!r}; use true or false")
    return value.lower()


CHECKS = {"sslmode": _mode, "sslrootcert": _authorities, "pgbouncer": _boolean}


def _refuse(option: str, known: tuple[str, ...]) -> NoReturn:
    if option in REPLACED_BY_SETTING:
        setting = REPLACED_BY_SETTING[option]
        raise ValueError(f"does not support the option {option!r}; set {setting} instead")
    allowed = f"use {', '.join(known)}, or leave it out" if known else "leave it out"
    raise ValueError(f"does not support the option {_safe_repr(option)}; {allowed}")


def _safe_repr(option: str) -> str:
    """Return the option if it is an identifier; otherwise it may be part of an unescaped secret."""
    return repr(option) if option.replace("-", "_").isidentifier() else "of this name"
