"""Settings for HTTP: CORS, body sizes, proxies, documentation."""

import re
from ipaddress import IPv4Network
from ipaddress import IPv6Network
from ipaddress import ip_network

from pydantic import BaseModel
from pydantic import Field
from pydantic import field_validator

from app.kit.config.fields import StringList
from app.kit.config.origins import normalize_origin
from app.kit.sizes import MEGABYTE

FOREIGN_ORIGINS = (
    "https://stranger.com",
    "http://stranger.com",
    "https://stranger.invalid",
    "null",
)
"""Origins that a pattern for real front ends must not match."""

HEADER_NAME = re.compile(r"[A-Za-z0-9-][A-Za-z0-9!#$%&'*+.^_`|~-]*")
"""The name of a header (RFC 9110), but not ``*`` alone."""

PATH_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*")

MIN_PREFIX_LENGTHS = {4: 8, 6: 16}
"""IP version -> the shortest prefix of a trusted network."""

MAPPED_IPV4 = IPv6Network("::ffff:0:0/96")
"""All IPv4 addresses, as IPv6 sockets show them."""


class HttpSettings(BaseModel):
    """CORS, body sizes, host names, proxies, documentation and shutdown."""

    cors_origins: StringList = Field(default_factory=list)
    cors_origin_regex: str | None = None
    cors_headers: StringList = Field(default_factory=list)
    max_body_bytes: int = Field(default=MEGABYTE, ge=1024)
    max_concurrent_body_bytes: int = Field(default=64 * MEGABYTE, ge=1024)
    allowed_hosts: StringList = Field(default_factory=list)
    trusted_proxies: StringList = Field(default_factory=list)
    root_path: str = ""
    docs_enabled: bool = True
    shutdown_seconds: int = Field(default=10, ge=1)

    @field_validator("cors_origins")
    @classmethod
    def check_origin(cls, origins: list[str]) -> list[str]:
        """Reject values that no browser sends as ``Origin``."""
        for origin in origins:
            sent = origin if origin == "*" else normalize_origin(origin)
            if sent != origin:
                raise ValueError(f"{origin!r} is not an origin; write it like {sent}")
        return origins

    @field_validator("cors_headers")
    @classmethod
    def check_header(cls, names: list[str]) -> list[str]:
        """Reject invalid header names."""
        for name in names:
            if not HEADER_NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a header name; write it like X-Tenant")
        return names

    @field_validator("trusted_proxies")
    @classmethod
    def check_proxy(cls, proxies: list[str]) -> list[str]:
        """Reject values that are not IP addresses or networks, and networks that are too wide."""
        for proxy in proxies:
            try:
                network = ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"{proxy!r} is not an IP address; write it like 10.0.0.1 or 10.0.0.0/8"
                ) from None
            if _is_too_wide(network):
                raise ValueError(
                    f"{proxy!r} is too wide a network; name the network of your proxies, "
                    "a /8 or smaller (IPv6: a /16)"
                )
        return proxies

    @field_validator("allowed_hosts")
    @classmethod
    def check_host(cls, hosts: list[str]) -> list[str]:
        """Reject invalid host names."""
        hosts = [host.lower() for host in hosts]
        for host in hosts:
            if not HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not a host name; write it like api.example.com")
        return hosts

    @field_validator("root_path")
    @classmethod
    def check_root_path(cls, path: str) -> str:
        """Reject invalid paths, and remove a trailing slash."""
        path = path.rstrip("/")
        if path and not PATH_PREFIX.fullmatch(path):
            raise ValueError("is not a path; write it like /shop")
        return path

    @field_validator("cors_origin_regex")
    @classmethod
    def check_pattern(cls, pattern: str | None) -> str | None:
        """Reject a pattern that does not compile; an empty one means none."""
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is not a valid regular expression: {error}") from None
        return pattern or None

    def check_origins(self) -> None:
        """Reject origins that would allow every website.

        Raises:
            ValueError: names the setting and what to set instead.
        """
        if "*" in self.cors_origins:
            raise ValueError("CORS_ORIGINS must list your front ends in production, not '*'")
        pattern = self.cors_origin_regex
        if pattern and any(re.fullmatch(pattern, origin) for origin in FOREIGN_ORIGINS):
            raise ValueError("CORS_ORIGIN_REGEX must match only your front ends in production")


def _is_too_wide(network: IPv4Network | IPv6Network) -> bool:
    if isinstance(network, IPv6Network) and network.overlaps(MAPPED_IPV4):
        return network.prefixlen < MAPPED_IPV4.prefixlen + MIN_PREFIX_LENGTHS[4]
    return network.prefixlen < MIN_PREFIX_LENGTHS[network.version]
