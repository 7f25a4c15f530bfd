"""Settings of custom models: limits of queues and uploads, and keys of model servers.

The models themselves are configured in ``config/models.toml``.
"""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BeforeValidator
from pydantic import Field
from pydantic_settings import NoDecode

from app.kit.config.uploads import UploadSettings
from app.kit.project_metadata import ROOT
from app.kit.sizes import MEGABYTE

KEY_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _from_root(path: Path) -> Path:
    return ROOT / path


def _split_keys(value: object) -> object:
    """Convert ``name=key,other=key`` to a mapping. The value is a secret: no error shows it."""
    if not isinstance(value, str):
        return value
    pairs = [each.strip().partition("=") for each in value.split(",") if each.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("write it like tei=key,vllm=other-key")
    return {name.strip(): key.strip() for name, _, key in pairs}


def _validate_keys(keys: dict[str, str]) -> dict[str, str]:
    for name, key in keys.items():
        if not KEY_NAME.fullmatch(name):
            raise ValueError("a name has at most 64 lowercase letters, digits, '_' and '-'")
        # An HTTP header can hold nothing else.
        if not key or not (key.isascii() and key.isprintable()):
            raise ValueError(f"the key {name} must be printable ASCII; copy it again")
    return keys


ApiKeys = Annotated[
    dict[str, str], NoDecode, BeforeValidator(_split_keys), AfterValidator(_validate_keys)
]


class CustomModelSettings(UploadSettings):
    """Environment variables of custom models."""

    custom_models_file: Annotated[Path, AfterValidator(_from_root)] = Field(
        default=Path("config/models.toml"), validate_default=True
    )
    # Keys of model servers by the name that api_key_name in the file refers to.
    custom_models_api_keys: ApiKeys = Field(
        default_factory=dict, json_schema_extra={"secret": True}, repr=False
    )

    # Per model. The limit per request is also the limit of queued tokens per client.
    custom_models_max_tokens_per_request: int = Field(default=65_536, ge=1)
    custom_models_max_queued_tokens: int = Field(default=262_144, ge=1)

    image_max_bytes: int = Field(default=20 * MEGABYTE, ge=1024)
    image_max_pixels: int = Field(default=50_000_000, ge=1)
    audio_max_bytes: int = Field(default=25 * MEGABYTE, ge=1024)
    audio_max_seconds: float = Field(default=60, gt=0, le=3600)

    # Uploads are decoded in separate processes. The timeout is CPU time.
    decode_workers: int = Field(default=2, ge=1, le=64)
    decode_timeout_seconds: float = Field(default=10, gt=0, le=3600)
    decode_memory_mb: int = Field(default=1024, ge=128)
