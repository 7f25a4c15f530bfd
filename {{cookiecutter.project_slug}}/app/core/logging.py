"""Logging as ``config/logging.toml`` describes it: this file only fills in level and format."""

import logging
import logging.config
import tomllib
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from app.core.config.logging import LoggingSettings
from app.core.context import request_id
from app.core.project import ROOT


class RequestIdFilter(logging.Filter):
    """Puts the id of the current request into every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id``; drop nothing."""
        record.request_id = request_id.get()
        return True


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line, with the field names that log collectors expect."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )


def configure_logging(settings: LoggingSettings) -> None:
    """Set up every logger of the process.

    Raises:
        FileNotFoundError, ValueError: when ``config/logging.toml`` is missing or wrong.
    """
    path = ROOT / "config" / "logging.toml"
    config: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    config["root"]["level"] = settings.log_level.value
    config["handlers"]["console"]["formatter"] = settings.log_format.value
    logging.config.dictConfig(config)
