"""Settings for the database. The URL alone selects the engine."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field
from pydantic import ValidationInfo
from pydantic import field_validator
from sqlalchemy.engine import make_url

from app.kit.config.database_url import with_async_driver
from app.kit.text import reject_unstorable

DEFAULT_URL = "sqlite:///./app.db"  # %= "{{ cookiecutter.__database_url }}"

EXAMPLE = "app"
"""The example value for the password of the database; rejected in production."""


class DatabaseSettings(BaseModel):
    """The database URL, the connection pool and time-outs."""

    # Defined before the URL, whose validator reads it.
    database_password: Annotated[str, AfterValidator(reject_unstorable)] | None = Field(
        default=None, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    database_url: Annotated[str, AfterValidator(with_async_driver)] = Field(
        default=DEFAULT_URL, validate_default=True, json_schema_extra={"secret": True}, repr=False
    )
    database_auto_migrate: bool = True
    database_migration_lock_timeout_seconds: float = Field(default=5, ge=1, le=3600)
    database_pool_size: int = Field(default=10, ge=1)
    # An overflow connection is opened for a single use; waiting for a pooled one is usually faster.
    database_max_overflow: int = Field(default=0, ge=0)
    database_pool_timeout_seconds: float = Field(default=10, gt=0)
    database_pool_recycle_seconds: int = Field(default=1800, ge=1)
    database_ping_after_seconds: float | None = Field(default=5, ge=0)
    database_connect_timeout_seconds: float = Field(default=5, gt=0)
    database_statement_timeout_seconds: float = Field(default=30, ge=1, le=86400)
    database_transaction_timeout_seconds: float = Field(default=45, gt=0, le=86400)
    database_busy_timeout_seconds: float = Field(default=10, gt=0, le=3600)

    @field_validator("database_url")
    @classmethod
    def add_password(cls, text: str, info: ValidationInfo) -> str:
        """Put ``database_password`` into the URL, unless the URL has no credentials."""
        kept = info.data.get("database_password")
        url = make_url(text)
        if kept is None or url.username is None:
            return text
        return url.set(password=kept).render_as_string(hide_password=False)

    def check_database_password(self) -> None:
        """Reject the public example value.

        Raises:
            ValueError: names the setting and a command that creates a valid value.
        """
        if make_url(self.database_url).password == EXAMPLE:
            raise ValueError(
                "DATABASE_PASSWORD (or its place in DATABASE_URL) must not be the example value in "
                "production; create one with: "
                'python -c "import secrets; print(secrets.token_hex(24))"'
            )
