"""What may stand in ``DATABASE_URL``: an engine, and options that mean the same on each of them."""

from importlib.util import find_spec
from ssl import create_default_context
from typing import NoReturn

from sqlalchemy.engine import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.project import ROOT

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
}
"""Plain scheme of a URL -> the same engine with the asynchronous driver."""

PACKAGES = {"aiomysql": "aiomysql cryptography"}
"""Driver -> what to install, where that is more than the driver."""

TLS_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
"""Values of ``sslmode``, as PostgreSQL's own library has them."""

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
"""How other libraries and MySQL write these options and their values, in small letters."""

SYSTEM = "system"
"""Value of ``sslrootcert``: whom this machine believes."""

TLS = ("sslmode", "sslrootcert")
OPTIONS = {
    "aiosqlite": (),
    "asyncpg": (*TLS, "host", "port", "target_session_attrs", "prepared_statement_cache_size"),
    "aiomysql": (*TLS, "unix_socket"),
}
"""Driver -> what may stand behind the ``?``."""

SEVERAL = ("host", "port")
"""Options that may stand there more than once."""

WITHOUT_EFFECT = {"channel_binding", "charset"}
"""What hosters and other libraries add: the driver cannot do it, or it is so here anyway."""

INSTEAD = {
    "connect_timeout": "DATABASE_CONNECT_TIMEOUT_SECONDS",
    "timeout": "DATABASE_BUSY_TIMEOUT_SECONDS",
    "statement_timeout": "DATABASE_STATEMENT_TIMEOUT_SECONDS",
    "pool_size": "DATABASE_POOL_SIZE",
    "connection_limit": "DATABASE_POOL_SIZE",
    "pool_timeout": "DATABASE_POOL_TIMEOUT_SECONDS",
}
"""Options of other libraries -> the setting that does what they do."""


def with_async_driver(text: str) -> str:
    """The URL with its asynchronous driver, its options in one spelling, and a full path.

    Raises:
        ValueError: says what is wrong with the URL, without showing it: it may hold credentials.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(
            "is no database URL; write it like sqlite:///./app.db "
            "or postgresql://user:password@host/name"
        ) from None
    scheme = DRIVERS.get(url.drivername, url.drivername)
    if scheme not in DRIVERS.values():
        raise ValueError(f"knows no engine {url.drivername!r}; use one of {', '.join(DRIVERS)}")
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
    """The full path; a relative one begins at the project's folder, wherever somebody is."""
    if not name or name == ":memory:":
        raise ValueError("must name a file, such as sqlite:///./app.db, not a database in memory")
    return (ROOT / name).as_posix()


def _options(url: URL, driver: str) -> dict[str, str | tuple[str, ...]]:
    options: dict[str, str | tuple[str, ...]] = {}
    for given, value in url.query.items():
        name = given.lower().replace("ssl_", "ssl-")
        name = SYNONYMS.get(name, name)
        if name in WITHOUT_EFFECT:
            continue
        if name not in OPTIONS[driver]:
            _refuse(given, OPTIONS[driver])
        if name in options or (not isinstance(value, str) and name not in SEVERAL):
            raise ValueError(f"has the option {_shown(given)} twice")
        options[name] = CHECKS[name](str(value)) if name in CHECKS else value
    return options


def _mode(value: str) -> str:
    mode = value.lower().replace("_", "-")
    mode = SYNONYMS_OF_MODES.get(mode, mode)
    if mode not in TLS_MODES:
        raise ValueError(f"knows no sslmode {value!r}; use one of {', '.join(TLS_MODES)}")
    return mode


def _authorities(value: str) -> str:
    if value != SYSTEM:
        try:
            create_default_context(cafile=value)
        except OSError as error:
            reason = error.strerror or error
            raise ValueError(f"has an sslrootcert that cannot be used: {value}: {reason}") from None
    return value


CHECKS = {"sslmode": _mode, "sslrootcert": _authorities}


def _refuse(option: str, known: tuple[str, ...]) -> NoReturn:
    if option in INSTEAD:
        raise ValueError(f"takes no option {option!r}; set {INSTEAD[option]} instead")
    allowed = f"use {', '.join(known)}, or leave it out" if known else "leave it out"
    raise ValueError(f"takes no option {_shown(option)}; {allowed}")


def _shown(option: str) -> str:
    """What is no name may be part of a secret that was not escaped."""
    return repr(option) if option.replace("-", "_").isidentifier() else "of this name"
