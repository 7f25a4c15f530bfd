"""Who counts as one: an address of IPv4, and a home of IPv6."""

import pytest
from fastapi import Request

from app.kit.http.client_ip import rate_limit_ip


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:DB8:0:0:ffff::", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_an_address_counts_as_its_home(host: str, counted: str) -> None:
    scope = {"type": "http", "client": (host, 1), "headers": []}
    assert rate_limit_ip(Request(scope)) == counted


def test_a_socket_of_the_system_has_no_address() -> None:
    assert rate_limit_ip(Request({"type": "http", "client": None, "headers": []})) == "unknown"
