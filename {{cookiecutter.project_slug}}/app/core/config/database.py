"""Settings of the database. Its engine is chosen by the URL alone."""

from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field
from pydantic import ValidationInfo
from pydantic import field_validator
from sqlalchemy.engine import make_url

from app.core.config.database_url import with_async_driver
from app.utils.text import refuse_unstorable

DEFAULT_URL = "sqlite:///./app.db"  # %= "{{ cookiecutter.__database_url }}"

EXAMPLE = "app"
"""What this project shows as the password of the database; production refuses it."""


class DatabaseSettings(BaseModel):
    """Where the data is, and how connections to it are kept."""

    # Stands above the URL, which is put together with it.
    database_password: Annotated[str, AfterValidator(refuse_unstorable)] | None = Field(
        default=None, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    database_url: Annotated[str, AfterValidator(with_async_driver)] = Field(
        default=DEFAULT_URL, validate_default=True, json_schema_extra={"secret": True}, repr=False
    )
    database_auto_migrate: bool = True
    database_pool_size: int = Field(default=10, ge=1)
    # A connection beyond the pool is opened for one use, which takes longer than most waits do.
    database_max_overflow: int = Field(default=0, ge=0)
    database_pool_timeout_seconds: float = Field(default=10, gt=0)
    database_pool_recycle_seconds: int = Field(default=1800, ge=1)
    database_ping_after_seconds: float | None = Field(default=5, ge=0)
    database_connect_timeout_seconds: float = Field(default=5, gt=0)
    database_statement_timeout_seconds: float = Field(default=30, ge=1, le=86400)
    database_busy_timeout_seconds: float = Field(default=10, gt=0, le=3600)

    @field_validator("database_url")
    @classmethod
    def add_password(cls, text: str, info: ValidationInfo) -> str:
        """``database_password`` takes the place of the one in the URL, where that has a name."""
        kept = info.data.get("database_password")
        url = make_url(text)
        if kept is None or url.username is None:
            return text
        return url.set(password=kept).render_as_string(hide_password=False)

    def check_database_password(self) -> None:
        """Refuse what everybody can read here.

        Raises:
            ValueError: names the setting and a command that makes a good one.
        """
        if make_url(self.database_url).password == EXAMPLE:
            raise ValueError(
                "DATABASE_PASSWORD, or its place in DATABASE_URL, must not be the example's in "
                "production; make one with: "
                'python -c "import secrets; print(secrets.token_hex(24))"'
            )
