"""Settings of the HTTP side: CORS, sizes, proxies, documentation."""

import re
from ipaddress import ip_network

from pydantic import BaseModel
from pydantic import Field
from pydantic import field_validator

from app.core.config.fields import StringList
from app.core.config.origins import as_browsers_send_it

STRANGERS = ("https://stranger.com", "http://stranger.com", "https://stranger.invalid", "null")
"""Origins that no pattern of a real front end matches."""


class HttpSettings(BaseModel):
    """Who may call, how much they may send, and what they are shown."""

    cors_origins: StringList = Field(default_factory=list)
    cors_origin_regex: str | None = None
    max_body_bytes: int = Field(default=1024 * 1024, ge=1024)
    trusted_proxies: StringList = Field(default_factory=list)
    docs_enabled: bool = True
    shutdown_seconds: int = Field(default=10, ge=1)

    @field_validator("cors_origins")
    @classmethod
    def check_origin(cls, origins: list[str]) -> list[str]:
        """Refuse what would be compared with origins and never be one."""
        for origin in origins:
            sent = origin if origin == "*" else as_browsers_send_it(origin)
            if sent != origin:
                raise ValueError(f"{origin!r} is sent by no browser; write it like {sent}")
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def check_proxy(cls, proxies: list[str]) -> list[str]:
        """Refuse what is neither an address nor a network: it would be no proxy's."""
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError:
                raise ValueError(
                    f"{proxy!r} is no address; write it like 10.0.0.1 or 10.0.0.0/8"
                ) from None
        return proxies

    @field_validator("cors_origin_regex")
    @classmethod
    def check_pattern(cls, pattern: str | None) -> str | None:
        """Refuse a pattern that does not compile; an empty one means none."""
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return pattern or None

    def check_origins(self) -> None:
        """Refuse origins that would let any website in.

        Raises:
            ValueError: names the setting and what to write instead.
        """
        if "*" in self.cors_origins:
            raise ValueError("CORS_ORIGINS must list your front ends in production, not '*'")
        pattern = self.cors_origin_regex
        if pattern and any(re.fullmatch(pattern, origin) for origin in STRANGERS):
            raise ValueError("CORS_ORIGIN_REGEX must match your front ends only in production")
