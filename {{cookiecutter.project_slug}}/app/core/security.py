"""Signed access tokens (JWT, RFC 7519) and opaque refresh tokens. Nothing is stored here.

Password hashing is in ``passwords.py``.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from jose import jwk
from jose import jwt
from jose.exceptions import JOSEError

from app.core.exceptions import InvalidToken
from app.utils.clock import utc_now
from app.utils.ids import new_id

ALGORITHM = "HS256"
TOKEN_TYPE = "access"  # noqa: S105
MAX_TOKEN_LENGTH = 4096
LEEWAY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of an access token: its user and their login session.

    ``generation`` is the number of the refresh token that was issued with it.
    """

    user_id: UUID
    session_id: UUID
    generation: int


class AccessTokens:
    """Issues access tokens with the current key; also accepts those of the previous key."""

    def __init__(
        self, secret: str, previous: str | None = None, *, issuer: str, lifetime: timedelta
    ) -> None:
        self._keys = [_signing_key(each) for each in (secret, previous) if each is not None]
        self._issuer = issuer
        self.lifetime = lifetime

    def issue(self, user_id: UUID, session_id: UUID, generation: int) -> str:
        now = utc_now()
        claims = {
            "sub": str(user_id),
            "sid": str(session_id),
            "gen": generation,
            "jti": str(new_id()),
            "iat": now,
            "exp": now + self.lifetime,
            "iss": self._issuer,
            "aud": self._issuer,
            "typ": TOKEN_TYPE,
        }
        return str(jwt.encode(claims, self._keys[0], algorithm=ALGORITHM))

    def read(self, token: str) -> AccessClaims:
        """Return the claims of a valid token.

        Raises:
            InvalidToken: the token is malformed or expired, or its signature is wrong.
        """
        if not token.isascii() or len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken
        try:
            claims = self._decode(token)
            if claims["typ"] != TOKEN_TYPE:
                raise InvalidToken
            return AccessClaims(UUID(claims["sub"]), UUID(claims["sid"]), int(claims["gen"]))
        # Malformed tokens make python-jose raise more than its own errors.
        except (
            JOSEError,
            TypeError,
            ValueError,
            OverflowError,
            AttributeError,
            KeyError,
            RecursionError,
        ):
            raise InvalidToken from None

    def _decode(self, token: str) -> dict[str, Any]:
        required = {
            f"require_{claim}": True for claim in ("exp", "iat", "iss", "aud", "sub", "jti")
        }
        claims = jwt.decode(
            token,
            self._keys,
            algorithms=[ALGORITHM],
            audience=self._issuer,
            issuer=self._issuer,
            options={**required, "leeway": LEEWAY_SECONDS},
        )
        return dict(claims)


class RefreshTokens:
    """Creates refresh tokens. Only their fingerprints are stored."""

    def __init__(self, secret: str, previous: str | None = None) -> None:
        given = [each for each in (secret, previous) if each is not None]
        self._keys = [derive_key(each, "refresh token successor") for each in given]

    def new(self) -> str:
        """Return a token of 256 random bits, the first of its chain."""
        return secrets.token_urlsafe(32)

    def successor(self, parent: str) -> str:
        """Return the successor of a token or of a fingerprint.

        It is always the same for one parent, and cannot be computed without the key.
        """
        return _successor(self._keys[0], parent)

    def find_successor(self, fingerprint: str, parents: Iterable[str]) -> str | None:
        """Return the token with this fingerprint if it succeeds a parent, with either key."""
        tokens = (_successor(key, parent) for key in self._keys for parent in parents)
        return next((token for token in tokens if self.fingerprint(token) == fingerprint), None)

    def fingerprint(self, token: str) -> str:
        """Return the SHA-256 of a token in hexadecimal, which is stored instead of the token."""
        return hashlib.sha256(token.encode()).hexdigest()


def derive_key(secret: str, purpose: str) -> bytes:
    """Derive a key for one purpose. It reveals neither the secret nor the other keys."""
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def _signing_key(secret: str) -> Any:
    # A JWK (RFC 7517), because python-jose would parse some secrets as JSON or PEM.
    return jwk.construct({"kty": "oct", "k": _base64url(secret.encode())}, ALGORITHM)


def _successor(key: bytes, parent: str) -> str:
    return _base64url(hmac.digest(key, parent.encode(), "sha256"))


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
