"""Settings for accounts: secret key, tokens, password hashing, registration and rate limits."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field

from app.kit.config.rate_limits import Rates
from app.kit.text import reject_unstorable

PLACEHOLDER = "change-me-to-48-random-characters"
"""The value in ``.env.example``; rejected in production."""

SECRET_BYTES = 32
DISTINCT_CHARACTERS = 10
MIN_ROUNDS = 10


class Registration(StrEnum):
    """Who may register."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class AuthSettings(BaseModel):
    """The secret key that signs tokens, token lifetimes and rate limits."""

    secret_key: Annotated[str, AfterValidator(reject_unstorable)] = Field(
        default=PLACEHOLDER, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    secret_key_previous: Annotated[str, AfterValidator(reject_unstorable)] | None = Field(
        default=None, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    access_token_minutes: int = Field(default=15, ge=1, le=24 * 60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    session_max_days: int = Field(default=180, ge=1, le=3650)
    password_hash_rounds: int = Field(default=12, ge=4, le=16)
    password_hash_workers: int | None = Field(default=None, ge=1)
    password_hash_queue_size: int = Field(default=32, ge=0, le=10_000)

    max_concurrent_requests_per_account: int = Field(default=20, ge=1)
    registration: Registration = Registration.OPEN

    rate_limit_registration: Rates = "20/day"
    rate_limit_address: Rates = "30/minute"
    rate_limit_account: Rates = "10/minute;100/hour"
    rate_limit_session: Rates = "25/minute"
    rate_limit_export: Rates = "5/hour"

    def check_secret(self) -> None:
        """Reject a secret key that is easy to guess, and too few rounds of password hashing.

        Raises:
            ValueError: names the setting and a command that creates a valid value.
        """
        for name in ("secret_key", "secret_key_previous"):
            secret = getattr(self, name)
            if secret is not None and _is_weak(secret):
                raise ValueError(
                    f"{name.upper()} must be at least {SECRET_BYTES} bytes of random text in "
                    "production; create one with: "
                    'python -c "import secrets; print(secrets.token_urlsafe(48))"'
                )
        if self.password_hash_rounds < MIN_ROUNDS:
            raise ValueError(f"PASSWORD_HASH_ROUNDS must be at least {MIN_ROUNDS} in production")


def _is_weak(secret: str) -> bool:
    return (
        secret == PLACEHOLDER
        or len(secret.encode()) < SECRET_BYTES
        or len(set(secret)) < DISTINCT_CHARACTERS
    )
