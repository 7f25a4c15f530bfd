"""Settings of accounts: the secret, tokens, passwords, and how often each may be tried."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field

from app.core.config.limits import Rates
from app.utils.text import refuse_unstorable

PLACEHOLDER = "change-me-to-48-random-characters"
"""What ``.env.example`` shows; production refuses it."""

SECRET_BYTES = 32
DISTINCT_CHARACTERS = 10
FEWEST_ROUNDS = 10


class AuthSettings(BaseModel):
    """The secret behind every token, and how long and how often things may be done."""

    secret_key: Annotated[str, AfterValidator(refuse_unstorable)] = Field(
        default=PLACEHOLDER, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    access_token_minutes: int = Field(default=15, ge=1, le=24 * 60)
    refresh_token_days: int = Field(default=30, ge=1, le=365)
    session_max_days: int = Field(default=180, ge=1, le=3650)
    refresh_reuse_window_seconds: int = Field(default=10, ge=0, le=60)
    password_hash_rounds: int = Field(default=12, ge=4, le=16)
    password_hash_workers: int | None = Field(default=None, ge=1)

    rate_limit_address: Rates = "30/minute"
    rate_limit_account: Rates = "10/minute;100/hour"
    rate_limit_session: Rates = "25/minute"

    def check_secret(self) -> None:
        """Refuse a secret that somebody could guess, and hashes that somebody could undo.

        Raises:
            ValueError: names the setting and a command that makes a good one.
        """
        secret = self.secret_key
        weak = (
            secret == PLACEHOLDER
            or len(secret.encode()) < SECRET_BYTES
            or len(set(secret)) < DISTINCT_CHARACTERS
        )
        if weak:
            raise ValueError(
                f"SECRET_KEY must be at least {SECRET_BYTES} bytes of random text in production; "
                'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        if self.password_hash_rounds < FEWEST_ROUNDS:
            raise ValueError(f"PASSWORD_HASH_ROUNDS must be at least {FEWEST_ROUNDS} in production")
