"""The addresses that `app serve` prints for other devices."""

import pytest

from app.kit import local_addresses


def test_a_route_tells_the_address_of_its_interface() -> None:
    assert local_addresses.source_address("127.0.0.1") == "127.0.0.1"


def test_without_a_route_there_is_no_address() -> None:
    assert local_addresses.source_address("255.255.255.255") is None  # may not be sent to


@pytest.mark.parametrize(
    ("host", "routed", "expected"),
    [
        ("0.0.0.0", ["192.168.1.20"], ["192.168.1.20"]),  # noqa: S104
        ("0.0.0.0", ["10.0.0.5", "192.168.1.20"], ["10.0.0.5", "192.168.1.20"]),  # noqa: S104
        ("0.0.0.0", ["127.0.0.1", "169.254.3.4", "0.0.0.0"], []),  # noqa: S104
        ("::", ["fd00::2", "fe80::1%eth0", "::1"], ["fd00::2"]),
        ("::", [], []),
    ],
)
def test_only_what_others_can_reach_is_named_and_once(
    host: str, routed: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([*routed, *routed])
    monkeypatch.setattr(local_addresses, "source_address", lambda _target: next(answers, None))
    targets = {family: ["target"] * 8 for family in local_addresses.TARGETS}
    monkeypatch.setattr(local_addresses, "TARGETS", targets)
    assert local_addresses.addresses_in_networks(host) == expected
