"""The base class of the settings: where their values come from, and how errors are reported.

Sources in order of precedence: environment variables, ``.env``, ``config/<environment>.toml``,
defaults.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any
from typing import Self
from typing import TypeVar

from pydantic import ValidationError
from pydantic import model_validator
from pydantic_settings import BaseSettings
from pydantic_settings import InitSettingsSource
from pydantic_settings import PydanticBaseSettingsSource
from pydantic_settings import SettingsConfigDict

from app.kit.config.database import DatabaseSettings
from app.kit.config.error_messages import explain
from app.kit.config.http import HttpSettings
from app.kit.config.jobs import JobSettings
from app.kit.config.logging import LoggingSettings
from app.kit.config.sources import DotenvSource
from app.kit.config.sources import check_dotenv
from app.kit.config.sources import read_toml
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT


class Environment(StrEnum):
    """The deployment environment; each has a file in ``config/``."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class KitSettings(DatabaseSettings, HttpSettings, JobSettings, LoggingSettings, BaseSettings):
    """The settings that every project has."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_file_encoding="utf-8",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Environment = Environment.DEVELOPMENT
    debug: bool = False

    @model_validator(mode="after")
    def check_environment(self) -> Self:
        """Check the settings for production, in production."""
        if self.environment is Environment.PRODUCTION:
            self.check_production()
        return self

    def check_production(self) -> None:
        """Reject development settings that are unsafe in production.

        Raises:
            ValueError: names the setting and what to set instead.
        """
        if self.debug:
            raise ValueError("DEBUG must be false in production")
        self.check_origins()
        self.check_database_password()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read ``config/<environment>.toml`` after the environment variables and ``.env``."""
        dotenv = DotenvSource(settings_cls)
        known: dict[str, Any] = {**dotenv(), **env_settings(), **init_settings()}
        name = str(known.get("environment", Environment.DEVELOPMENT)).lower()
        values = read_toml(ROOT / "config" / f"{name}.toml") if name in list(Environment) else {}
        toml = InitSettingsSource(settings_cls, values)
        return init_settings, env_settings, dotenv, toml


S = TypeVar("S", bound=KitSettings)


def load(settings: type[S]) -> S:
    """Read and validate all settings.

    Raises:
        StartupError: lists each invalid setting, its value and the allowed values.
    """
    dotenv = settings.model_config["env_file"]
    if isinstance(dotenv, Path):
        check_dotenv(dotenv, settings.model_fields)
    try:
        return settings()
    except ValidationError as error:
        raise StartupError(explain(error, settings)) from None
