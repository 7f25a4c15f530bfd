"""What each mode makes of a connection; ``test_tls.py`` asks a real server."""

import ssl

import pytest
from sqlalchemy.engine import make_url

from app.kit.db.tls import connect_encrypted
from app.kit.db.tls import split_tls

URL = "{}://u:p@h/n{}"


@pytest.mark.parametrize("server", ["postgresql", "mysql", "mariadb", "sqlite"])
def test_without_a_mode_the_driver_decides(server: str) -> None:
    url = make_url(URL.format(server, ""))
    assert split_tls(url) == (url, {})


@pytest.mark.parametrize(
    ("server", "options", "verifies", "compares_names"),
    [
        ("postgresql", "sslmode=require", ssl.CERT_NONE, False),
        ("postgresql", "sslmode=verify-ca", ssl.CERT_REQUIRED, False),
        ("postgresql", "sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("postgresql", "sslrootcert=system", ssl.CERT_REQUIRED, True),
        ("mysql", "ssl-mode=REQUIRED", ssl.CERT_NONE, False),
        ("mysql", "ssl-mode=VERIFY_CA", ssl.CERT_REQUIRED, False),
        ("mysql", "ssl-mode=VERIFY_IDENTITY", ssl.CERT_REQUIRED, True),
        ("mariadb", "ssl-mode=VERIFY_IDENTITY", ssl.CERT_REQUIRED, True),
    ],
)
def test_what_is_encrypted_is_verified_as_far_as_was_asked(
    server: str, options: str, verifies: int, *, compares_names: bool
) -> None:
    url, arguments = split_tls(make_url(URL.format(server, f"?{options}")))
    assert url == make_url(URL.format(server, ""))
    assert arguments["ssl"].verify_mode == verifies
    assert arguments["ssl"].check_hostname == compares_names
    creator = arguments.get("async_creator_fn")
    assert creator is (None if server == "postgresql" else connect_encrypted)


@pytest.mark.parametrize("server", ["mysql", "mariadb"])
def test_what_may_be_in_the_clear_is_not_refused(server: str) -> None:
    _, preferred = split_tls(make_url(URL.format(server, "?ssl-mode=PREFERRED")))
    assert preferred.keys() == {"ssl"}
    assert split_tls(make_url(URL.format(server, "?ssl-mode=DISABLED")))[1] == {}


def test_postgresql_has_these_modes_itself() -> None:
    for mode in ("disable", "allow", "prefer"):
        assert split_tls(make_url(URL.format("postgresql", f"?sslmode={mode}")))[1] == {"ssl": mode}
