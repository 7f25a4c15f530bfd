"""The Settings class and where its values come from.

Sources in order of precedence: environment variables, ``.env``, ``config/<environment>.toml``,
defaults. The other files of this folder define the fields, one group per file.
"""

from enum import StrEnum
from pathlib import Path
from typing import Any
from typing import Self

from pydantic import ValidationError
from pydantic import model_validator
from pydantic_settings import BaseSettings
from pydantic_settings import InitSettingsSource
from pydantic_settings import PydanticBaseSettingsSource
from pydantic_settings import SettingsConfigDict

from app.core.config.auth import AuthSettings
from app.core.config.custom_models import CustomModelSettings
from app.core.config.llm import LlmSettings
from app.core.config.statistical import StatisticalSettings
from app.kit.config.database import DatabaseSettings
from app.kit.config.error_messages import explain
from app.kit.config.http import HttpSettings
from app.kit.config.logging import LoggingSettings
from app.kit.config.rate_limits import RateLimitSettings
from app.kit.config.sources import DotenvSource
from app.kit.config.sources import check_dotenv
from app.kit.config.sources import read_toml
from app.kit.config.uploads import UploadSettings
from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT

# isort: split
# Your settings:


class Environment(StrEnum):
    """The deployment environment; each has a file in ``config/``."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class Settings(
    AuthSettings,  # %if jwt
    CustomModelSettings,  # %if custom_models
    RateLimitSettings,  # %if rate_limits
    LlmSettings,  # %if llm
    StatisticalSettings,  # %if statistical
    UploadSettings,  # %if uploads
    DatabaseSettings,
    HttpSettings,
    LoggingSettings,
    BaseSettings,
):
    """All settings. Each field is read from the environment variable of the same name."""

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
    def check_production(self) -> Self:
        """Reject development settings that are unsafe in production."""
        if self.environment is Environment.PRODUCTION:
            if self.debug:
                raise ValueError("DEBUG must be false in production")
            self.check_origins()
            self.check_database_password()
            self.check_secret()  # %if jwt
            self.check_llm()  # %if llm
        return self

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


def load_settings() -> Settings:
    """Read and validate all settings.

    Raises:
        StartupError: lists each invalid setting, its value and the allowed values.
    """
    dotenv = Settings.model_config["env_file"]
    if isinstance(dotenv, Path):
        check_dotenv(dotenv, Settings.model_fields)
    try:
        return Settings()
    except ValidationError as error:
        raise StartupError(explain(error, Settings)) from None
