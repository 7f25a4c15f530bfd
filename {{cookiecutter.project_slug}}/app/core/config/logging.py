"""Settings of the log; its shape stands in ``config/logging.toml``."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import field_validator


class LogLevel(StrEnum):
    """The least important message that is written."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class LogFormat(StrEnum):
    """How a line looks: for people, or one JSON object a line for machines."""

    READABLE = "readable"
    JSON = "json"


class LoggingSettings(BaseModel):
    """How much is logged, and in which form."""

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.READABLE

    @field_validator("log_level", mode="before")
    @classmethod
    def ignore_case(cls, value: Any) -> Any:
        """``info`` is as good as ``INFO``."""
        return value.upper() if isinstance(value, str) else value
