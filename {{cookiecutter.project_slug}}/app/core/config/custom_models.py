"""Settings of custom models: where they are declared, what may be kept, queued and sent.

The models themselves are declared in ``config/models.toml``, not here.
"""

import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field

from app.core.processors import available_processors
from app.core.project import ROOT


def _from_root(path: Path) -> Path:
    return ROOT / path


def _processors() -> int:
    """All on Linux, where what computes stands back; else one is left for whatever answers."""
    count = available_processors()
    return count if sys.platform == "linux" else max(1, count - 1)


class CustomModelSettings(BaseModel):
    """The file of declarations, the bounds of memory and queues, and the size of uploads."""

    custom_models_file: Annotated[Path, AfterValidator(_from_root)] = Field(
        default=Path("config/models.toml"), validate_default=True
    )

    # Other formats than safetensors are pickles: loading one runs whatever its maker put inside.
    custom_models_safetensors_only: bool = True
    # Python files that come with a model would run here, with every right that this server has.
    custom_models_trust_remote_code: bool = False
    # Whoever owns a repository on the Hub decides what is downloaded from it; offline, nothing is.
    custom_models_offline: bool = False

    custom_models_max_loaded: int = Field(default=4, ge=1, le=1000)
    custom_models_max_megabytes: int = Field(default=4096, ge=1)
    custom_models_queue_size: int = Field(default=256, ge=1)
    custom_models_processors: int = Field(default_factory=_processors, ge=1, le=256)
    custom_models_retry_seconds: float = Field(default=10, gt=0, le=3600)

    image_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024)
    image_max_pixels: int = Field(default=50_000_000, ge=1)
    sound_max_bytes: int = Field(default=25 * 1024 * 1024, ge=1024)
    sound_max_seconds: float = Field(default=60, gt=0, le=3600)
