"""Configures logging from ``config/logging.toml``, and sets level and format."""

import logging
import logging.config
import tomllib
from typing import Any

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from app.kit.config.logging import LoggingSettings
from app.kit.project_metadata import ROOT
from app.kit.request_context import request_id


class RequestIdFilter(logging.Filter):
    """Adds the id of the current request to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add ``request_id`` and keep the record."""
        record.request_id = request_id.get()
        return True


class QueryFilter(logging.Filter):
    """Removes query strings from the access log, because they may be personal data."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Remove the query string of the path that Uvicorn logs, and keep the record."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                text.partition("?")[0] if isinstance(text, str) and text.startswith("/") else text
                for text in record.args
            )
        return True


class JsonFormatter(BaseJsonFormatter):
    """Formats each record as one JSON object, with the field names that log collectors expect."""

    def __init__(self) -> None:
        super().__init__(
            "%(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"levelname": "level", "name": "logger"},
            timestamp="time",
        )


def configure_logging(settings: LoggingSettings) -> None:
    """Configure all loggers of the process.

    Raises:
        FileNotFoundError, ValueError: ``config/logging.toml`` is missing or invalid.
    """
    path = ROOT / "config" / "logging.toml"
    config: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    config["root"]["level"] = settings.log_level.value
    config["handlers"]["console"]["formatter"] = settings.log_format.value
    logging.config.dictConfig(config)
