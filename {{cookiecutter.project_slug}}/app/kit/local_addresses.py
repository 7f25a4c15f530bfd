"""Finds the IP addresses of this machine without sending a packet."""

import socket
from ipaddress import ip_address

TARGETS = {
    socket.AF_INET: ("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254"),
    socket.AF_INET6: ("2001:db8::1", "fd00::1"),
}
"""Addresses on the internet (reserved for documentation, RFC 5737 and 3849) and in private networks
(RFC 1918 and 4193): the routes to them use the interfaces that other devices can reach."""


def addresses_in_networks(host: str) -> list[str]:
    """Return the addresses at which other devices reach a server on ``0.0.0.0`` or ``::``."""
    found = map(source_address, TARGETS[_family(host)])
    return [address for address in dict.fromkeys(found) if address and _is_reachable(address)]


def source_address(target: str) -> str | None:
    """Return the source address of packets to ``target``; None if there is no route."""
    try:
        with socket.socket(_family(target), socket.SOCK_DGRAM) as probe:
            probe.connect((target, 9))  # UDP: this chooses a route and sends nothing
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _is_reachable(address: str) -> bool:
    parsed = ip_address(address)
    return not (parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified)
