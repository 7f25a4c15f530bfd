"""Settings of custom models: limits of memory, queues and uploads.

The models themselves are configured in ``config/models.toml``.
"""

import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field

from app.kit.cpu import available_cpus
from app.kit.project_metadata import ROOT


def _from_root(path: Path) -> Path:
    return ROOT / path


def _default_threads() -> int:
    """All CPUs on Linux (inference runs at low priority); elsewhere leave one for requests."""
    count = available_cpus()
    return count if sys.platform == "linux" else max(1, count - 1)


class CustomModelSettings(BaseModel):
    """Environment variables of custom models."""

    custom_models_file: Annotated[Path, AfterValidator(_from_root)] = Field(
        default=Path("config/models.toml"), validate_default=True
    )

    # Formats other than safetensors are pickles: loading one executes the code in it.
    custom_models_safetensors_only: bool = True
    # Python files of a model would run with all privileges of this server.
    custom_models_trust_remote_code: bool = False
    # The owner of a repository on the Hub can change its files; offline mode downloads nothing.
    custom_models_offline: bool = False

    custom_models_max_loaded: int = Field(default=4, ge=1, le=1000)
    custom_models_max_megabytes: int = Field(default=4096, ge=1)
    # Per model. The limit per request is also the limit of queued tokens per client.
    custom_models_max_tokens_per_request: int = Field(default=65_536, ge=1)
    custom_models_max_queued_tokens: int = Field(default=262_144, ge=1)
    custom_models_threads: int = Field(default_factory=_default_threads, ge=1, le=256)
    custom_models_retry_seconds: float = Field(default=10, gt=0, le=3600)

    image_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024)
    image_max_pixels: int = Field(default=50_000_000, ge=1)
    audio_max_bytes: int = Field(default=25 * 1024 * 1024, ge=1024)
    audio_max_seconds: float = Field(default=60, gt=0, le=3600)

    # Uploads are decoded in separate processes. The timeout is CPU time.
    decode_workers: int = Field(default=2, ge=1, le=64)
    decode_timeout_seconds: float = Field(default=10, gt=0, le=3600)
    decode_memory_mb: int = Field(default=1024, ge=128)
