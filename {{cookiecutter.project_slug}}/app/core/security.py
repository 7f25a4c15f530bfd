"""Tokens: signed access tokens (JWT, RFC 7519) and opaque refresh tokens. No storage here.

Passwords are in ``passwords.py``.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
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
LONGEST_TOKEN = 4096
LEEWAY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom an access token speaks for, and in which of their sessions."""

    user_id: UUID
    session_id: UUID


class AccessTokens:
    """Issues and reads access tokens with one key."""

    def __init__(self, secret: str, *, issuer: str, lifetime: timedelta) -> None:
        # Spelt out as a JWK (RFC 7517), since python-jose reads some texts as JSON or PEM.
        self._key = jwk.construct({"kty": "oct", "k": _base64url(secret.encode())}, ALGORITHM)
        self._issuer = issuer
        self.lifetime = lifetime

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        """A signed token for this user in this session."""
        now = utc_now()
        claims = {
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(new_id()),
            "iat": now,
            "exp": now + self.lifetime,
            "iss": self._issuer,
            "aud": self._issuer,
            "typ": TOKEN_TYPE,
        }
        return str(jwt.encode(claims, self._key, algorithm=ALGORITHM))

    def read(self, token: str) -> AccessClaims:
        """Whom the token speaks for.

        Raises:
            InvalidToken: whatever is wrong with it.
        """
        if not token.isascii() or len(token) > LONGEST_TOKEN:
            raise InvalidToken
        try:
            claims = self._decode(token)
            if claims["typ"] != TOKEN_TYPE:
                raise InvalidToken
            return AccessClaims(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))
        # python-jose lets more than its own errors out, depending on what the token holds.
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
            self._key,
            algorithms=[ALGORITHM],
            audience=self._issuer,
            issuer=self._issuer,
            options={**required, "leeway": LEEWAY_SECONDS},
        )
        return dict(claims)


class RefreshTokens:
    """Makes refresh tokens. Only their fingerprints are ever stored."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"refresh token successor", "sha256")

    def new(self) -> str:
        """A token of 256 random bits, the first of its chain."""
        return secrets.token_urlsafe(32)

    def successor(self, token: str) -> str:
        """The token that follows: the same for every repeat, and unknowable without the key."""
        return _base64url(hmac.digest(self._key, token.encode(), "sha256"))

    def fingerprint(self, token: str) -> str:
        """What is stored of a token (SHA-256, hexadecimal): it leads to no token back."""
        return hashlib.sha256(token.encode()).hexdigest()


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
