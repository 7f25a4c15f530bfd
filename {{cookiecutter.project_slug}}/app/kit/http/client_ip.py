"""The IP address by which requests of one client are counted."""

from ipaddress import IPv6Network
from ipaddress import ip_address

from fastapi import Request

IPV6_PREFIX_LENGTH = 64
"""Providers assign IPv6 prefixes of this length; clients choose the rest themselves."""


def rate_limit_ip(request: Request) -> str:
    """Return the IP address of the client; an IPv6 address is reduced to its /64 network."""
    return _counted(request.client.host) if request.client else "unknown"


def _counted(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:  # a proxy may send any name
        return host
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), IPV6_PREFIX_LENGTH), strict=False))
