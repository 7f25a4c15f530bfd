"""Remembers the IP addresses from which users sign in, so that attackers cannot lock them out.

Each known address has its own limit of failed logins. So a user can still sign in from a known
address while an attacker guesses the password from another one.
"""

import hmac
from datetime import timedelta

from app.core.config.auth import AuthSettings
from app.core.security import derive_key
from app.models.user import User
from app.repositories.accounts import AccountRepositories
from app.utils.clock import utc_now

MAX_KNOWN = 20
"""The maximum number of addresses per account; the least recently used ones are deleted."""

RETENTION = timedelta(days=180)
"""How long an address is kept after its last login."""


class KnownClientIps:
    """Known addresses, stored as an HMAC that differs by account."""

    def __init__(self, settings: AuthSettings) -> None:
        self._key = derive_key(settings.secret_key, "known client addresses")

    async def contains(self, accounts: AccountRepositories, email: str, ip: str) -> bool:
        """Return whether this account has signed in from this address."""
        return await accounts.known_ips.contains(email, self._hash(email, ip), utc_now())

    async def remember(self, accounts: AccountRepositories, user: User, ip: str) -> None:
        """Store an address from which a user signs in. The user's row must be locked."""
        now = utc_now()
        ip_hash = self._hash(user.email, ip)
        await accounts.known_ips.remember(user.id, ip_hash, now + RETENTION)
        await accounts.known_ips.prune(user.id, now, keep=MAX_KNOWN)

    def _hash(self, email: str, ip: str) -> str:
        return hmac.digest(self._key, f"{email}\0{ip}".encode(), "sha256").hex()
