"""Settings of custom models that run in this process: limits of memory and threads."""

import sys

from pydantic import Field

from app.core.config.custom_models import CustomModelSettings
from app.kit.cpu import available_cpus


def _default_threads() -> int:
    """All CPUs on Linux (inference runs at low priority); elsewhere leave one for requests."""
    count = available_cpus()
    return count if sys.platform == "linux" else max(1, count - 1)


class LocalModelSettings(CustomModelSettings):
    """Environment variables of custom models that run in this process."""

    # Formats other than safetensors are pickles: loading one executes the code in it.
    custom_models_safetensors_only: bool = True
    # Python files of a model would run with all privileges of this server.
    custom_models_trust_remote_code: bool = False
    # The owner of a repository on the Hub can change its files; offline mode downloads nothing.
    custom_models_offline: bool = False

    custom_models_max_loaded: int = Field(default=4, ge=1, le=1000)
    custom_models_max_megabytes: int = Field(default=4096, ge=1)
    custom_models_threads: int = Field(default_factory=_default_threads, ge=1, le=256)
    custom_models_retry_seconds: float = Field(default=10, gt=0, le=3600)
