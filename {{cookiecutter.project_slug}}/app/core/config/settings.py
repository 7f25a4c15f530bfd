"""The Settings class and where its values come from.

Environment variables win over ``.env``, that wins over ``config/<environment>.toml``, that wins
over the defaults. The fields stand beside this file, one group in each.
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

from app.core.config.auth import AuthSettings  # %if jwt
from app.core.config.custom_models import CustomModelSettings  # %if custom_models
from app.core.config.database import DatabaseSettings
from app.core.config.files import check_dotenv
from app.core.config.files import read_toml
from app.core.config.http import HttpSettings
from app.core.config.limits import LimitSettings  # %if limits
from app.core.config.llm import LlmSettings  # %if llm
from app.core.config.logging import LoggingSettings
from app.core.config.messages import explain
from app.core.config.statistical import StatisticalSettings  # %if statistical
from app.core.exceptions import StartupError
from app.core.project import ROOT

# isort: split
# Your settings:


class Environment(StrEnum):
    """Where the application runs; each has a file in ``config/``."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    PRODUCTION = "production"


class Settings(
    AuthSettings,  # %if jwt
    CustomModelSettings,  # %if custom_models
    LimitSettings,  # %if limits
    LlmSettings,  # %if llm
    StatisticalSettings,  # %if statistical
    DatabaseSettings,
    HttpSettings,
    LoggingSettings,
    BaseSettings,
):
    """Every setting of the application. Each field is the environment variable of that name."""

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
        """Refuse what is comfortable on a laptop and dangerous on the internet."""
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
        """Put ``config/<environment>.toml`` behind the environment and ``.env``."""
        known: dict[str, Any] = {**dotenv_settings(), **env_settings(), **init_settings()}
        name = str(known.get("environment", Environment.DEVELOPMENT)).lower()
        values = read_toml(ROOT / "config" / f"{name}.toml") if name in list(Environment) else {}
        toml = InitSettingsSource(settings_cls, values)
        return init_settings, env_settings, dotenv_settings, toml


def load_settings() -> Settings:
    """Read and check every setting.

    Raises:
        StartupError: names each wrong setting, what was given and what is allowed.
    """
    dotenv = Settings.model_config["env_file"]
    if isinstance(dotenv, Path):
        check_dotenv(dotenv, Settings.model_fields)
    try:
        return Settings()
    except ValidationError as error:
        raise StartupError(explain(error, Settings)) from None
