"""Whose quota a request counts against where nobody signs in: the address's."""

import pytest
from fastapi import Request

from app.api.llm import payer_by_address


def request_from(address: str | None) -> Request:
    """A request from this address; a socket of the system has none."""
    client = None if address is None else (address, 1)
    return Request({"type": "http", "client": client, "headers": []})


async def test_each_address_pays_for_itself() -> None:
    first = await payer_by_address(request_from("192.0.2.1"))
    assert first == await payer_by_address(request_from("192.0.2.1"))
    assert first != await payer_by_address(request_from("192.0.2.2"))


async def test_a_home_pays_as_one() -> None:
    first = await payer_by_address(request_from("2001:db8::1"))
    assert first == await payer_by_address(request_from("2001:db8::2"))
    assert first != await payer_by_address(request_from("2001:db8:0:1::1"))


@pytest.mark.parametrize("address", ["192.0.2.1", None])
async def test_no_address_is_kept(address: str | None) -> None:
    payer = await payer_by_address(request_from(address))
    assert len(payer) == 64
    assert "." not in payer
