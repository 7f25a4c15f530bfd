"""What each ``sslmode`` makes of a connection; a real server is asked in tests/integration."""

import ssl

import pytest
from sqlalchemy.engine import make_url

from app.kit.db.tls import connect_encrypted
from app.kit.db.tls import split_tls

URL = "{}://u:p@h/n{}"
SERVERS = ["postgresql", "mysql", "mariadb"]


@pytest.mark.parametrize("server", [*SERVERS, "sqlite"])
def test_without_a_mode_the_driver_decides(server: str) -> None:
    url = make_url(URL.format(server, ""))
    assert split_tls(url) == (url, {})


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("options", "verifies", "compares_names"),
    [
        ("sslmode=require", ssl.CERT_NONE, False),
        ("sslmode=verify-ca", ssl.CERT_REQUIRED, False),
        ("sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("sslrootcert=system", ssl.CERT_REQUIRED, True),
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
    _, preferred = split_tls(make_url(URL.format(server, "?sslmode=prefer")))
    assert preferred.keys() == {"ssl"}
    assert split_tls(make_url(URL.format(server, "?sslmode=disable")))[1] == {}


def test_postgresql_has_these_modes_itself() -> None:
    for mode in ("disable", "allow", "prefer"):
        assert split_tls(make_url(URL.format("postgresql", f"?sslmode={mode}")))[1] == {"ssl": mode}
