"""Settings: one typed class, read once. Nothing else in the project reads the environment."""

from app.core.config.settings import Settings
from app.core.config.settings import load_settings

__all__ = ["Settings", "load_settings"]
