"""Settings for logging; ``config/logging.toml`` defines handlers and formatters."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import field_validator


class LogLevel(StrEnum):
    """The minimum level of log messages."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class LogFormat(StrEnum):
    """The log format: readable text, or one JSON object per line."""

    READABLE = "readable"
    JSON = "json"


class LoggingSettings(BaseModel):
    """The log level and the log format."""

    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.READABLE

    @field_validator("log_level", mode="before")
    @classmethod
    def ignore_case(cls, value: Any) -> Any:
        """Accept the level in any case, such as ``info``."""
        return value.upper() if isinstance(value, str) else value
