"""The Settings class. The other files of this folder define its fields, one group per file."""

from app.core.config.auth import AuthSettings
from app.core.config.custom_models import CustomModelSettings
from app.core.config.llm import LlmSettings
from app.core.config.local_models import LocalModelSettings
from app.core.config.statistical import StatisticalSettings
from app.kit.config.base import KitSettings
from app.kit.config.base import load
from app.kit.config.rate_limits import RateLimitSettings

# isort: split
# Your settings:


class Settings(
    AuthSettings,  # %if jwt
    LocalModelSettings,  # %if local_models
    CustomModelSettings,  # %if custom_models
    RateLimitSettings,  # %if rate_limits
    LlmSettings,  # %if llm
    StatisticalSettings,  # %if statistical
    KitSettings,
):
    """All settings. Each field is read from the environment variable of the same name.

    ``.env`` is read after these, then ``config/<environment>.toml``.
    """

    def check_production(self) -> None:
        """Reject development settings that are unsafe in production; add checks of your own."""
        super().check_production()
        self.check_secret()  # %if jwt
        self.check_llm()  # %if llm


def load_settings() -> Settings:
    """Read and validate all settings.

    Raises:
        StartupError: lists each invalid setting, its value and the allowed values.
    """
    return load(Settings)
