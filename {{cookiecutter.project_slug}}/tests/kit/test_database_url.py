"""What may stand in DATABASE_URL, and how the rest is refused."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.kit.config import database_url
from app.kit.config.database import DatabaseSettings
from app.kit.config.database_url import with_async_driver
from app.kit.project_metadata import ROOT


@pytest.fixture(autouse=True)
def every_driver_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this project has installed."""
    monkeypatch.setattr(database_url, "find_spec", lambda _name: object())


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ("postgres://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("mysql://u:p@h/n", "mysql+aiomysql://u:p@h/n"),
        ("mariadb://u:p@h/n", "mariadb+aiomysql://u:p@h/n"),
    ],
)
def test_plain_urls_get_the_asynchronous_driver(given: str, complete: str) -> None:
    assert with_async_driver(given) == complete


@pytest.mark.parametrize("given", ["sqlite:///./a b.db", "sqlite+aiosqlite:///a b.db"])
def test_a_relative_file_begins_at_the_project_wherever_somebody_is(
    given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert make_url(with_async_driver(given)).database == (ROOT / "a b.db").as_posix()


def test_a_full_path_stays(tmp_path: Path) -> None:
    path = (tmp_path / "app.db").as_posix()
    assert make_url(with_async_driver(f"sqlite:///{path}")).database == path


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("postgresql://h/n?sslmode=require&channel_binding=require", "?sslmode=require"),
        ("postgresql://h/n?sslrootcert=system", "?sslrootcert=system"),
        ("postgresql:///n?host=a:1&host=b:2", "?host=a%3A1&host=b%3A2"),
        ("postgresql://h/n?pgbouncer=True", "?pgbouncer=true"),
        ("mysql://h/n?ssl-mode=REQUIRED&charset=utf8mb4", "?ssl-mode=REQUIRED"),
        ("mysql://h/n?ssl-mode=verify_identity", "?ssl-mode=VERIFY_IDENTITY"),
        ("mysql://u@/n?unix_socket=mysqld.sock", "?unix_socket=mysqld.sock"),
    ],
)
def test_options_have_one_spelling(given: str, kept: str) -> None:
    assert with_async_driver(given).endswith(f"/n{kept}")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///a.db?timeout=5", "set DATABASE_BUSY_TIMEOUT_SECONDS instead"),
        ("sqlite:///a.db?cache=shared", "does not support the option 'cache'; leave it out"),
        ("postgresql://h/n?connect_timeout=10", "set DATABASE_CONNECT_TIMEOUT_SECONDS instead"),
        ("postgresql://h/n?fetchsize=5", "the option 'fetchsize'; use sslmode, sslrootcert"),
        ("postgresql://h/n?sslmode=on", "unsupported sslmode 'on'; use one of disable, allow"),
        ("postgresql://h/n?sslmode=REQUIRED", "unsupported sslmode 'REQUIRED'; use one of disable"),
        ("postgresql://h/n?ssl=true", "not support the option 'ssl'; use sslmode, sslrootcert"),
        (
            "postgresql://h/n?sslmode=require&sslmode=disable",
            "has the option 'sslmode' twice",
        ),
        ("mysql://h/n?sslmode=require", "the option 'sslmode'; use ssl-mode, ssl-ca, unix_socket"),
        ("mysql://h/n?ssl-mode=require", "unsupported ssl-mode 'require'; use one of DISABLED, "),
        ("mysql://h/n?foo=1", "not support the option 'foo'"),
        ("mysql://u:p@h/n?hunter2%40h=1", "does not support the option of this name"),
        (
            "postgresql://u:hunter2@x@h/n",
            r"has more than one @; escape it .*%40.*DATABASE_PASSWORD",
        ),
        ("postgresql://u:x@hunter2/x@h/n", "has more than one @"),
        ("mysql://u:x@hunter2#@h:3306/n", "has more than one @"),
        ("mysql://u:x@hunter2?@h/n", "has more than one @"),
        ("mysql://u:x:y/hunter2/n", r"If it contains a special character, escape it"),
        ("postgresql://h/n?pgbouncer=yes", "unsupported pgbouncer 'yes'; use one of true, false"),
        ("mysql://h/n?ssl-ca=missing.pem", "certificates .* missing.pem: No such file"),
    ],
)
def test_the_rest_is_refused_with_what_would_do(given: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        with_async_driver(given)
    assert "hunter2" not in str(caught.value)


def test_certificates_have_to_be_some(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="ascii")
    with pytest.raises(ValueError, match=r"certificates that cannot be used: .*ca\.pem"):
        with_async_driver(f"postgresql://h/n?sslrootcert={tmp_path / 'ca.pem'}")


@pytest.mark.parametrize(
    ("url", "command"),
    [
        ("sqlite:///./app.db", "uv add aiosqlite$"),
        ("mysql://u:p@h/n", "uv add aiomysql cryptography$"),
    ],
)
def test_a_missing_driver_is_named_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, url: str, command: str
) -> None:
    monkeypatch.setattr(database_url, "find_spec", lambda _name: None)
    with pytest.raises(ValueError, match=command):
        with_async_driver(url)


HOSTILE = [
    "p@ss/w#rd?",
    "a:b",
    "100%41",
    "$HOME${HOME}$$",
    'it\'s "so"',
    r"back\slash\n",
    "ü€ \t+&=",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("url", ["postgresql://app@h/n", "mysql://app@h/n", "mariadb://app@h/n"])
def test_the_driver_gets_it_as_it_is(url: str, value: str) -> None:
    settings = DatabaseSettings(database_password=value, database_url=url)
    assert value in make_url(settings.database_url).translate_connect_args().values()
