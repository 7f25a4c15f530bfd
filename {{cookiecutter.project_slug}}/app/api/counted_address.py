"""Where a request comes from, as limits and quotas count it."""

from ipaddress import IPv6Network
from ipaddress import ip_address

from fastapi import Request

HOME_BITS = 64
"""The part of an IPv6 address that a provider gives; the rest everybody chooses for themselves."""


def counted_address(request: Request) -> str:
    """The address that a request comes from; one of IPv6 counts as the network that it is in."""
    return _counted(request.client.host) if request.client else "unknown"


def _counted(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:  # a proxy may call a client by any name
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), HOME_BITS), strict=False))
