"""The keys of models that run in this process."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from typing import Self

from pydantic import Field
from pydantic import field_validator
from pydantic import model_validator

from app.ai.custom_models.config import ModelConfig
from app.kit.project_metadata import ROOT

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
PATH_PREFIXES = ("/", "./", "../", "~", ".\\", "..\\")


class Device(StrEnum):
    """Where a model runs; ``auto`` is the fastest device of this machine."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Precision(StrEnum):
    """The data type of the weights; ``auto`` is the type in which they were saved."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


class LocalModelConfig(ModelConfig):
    """One table of a model without a ``url``."""

    model: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="an id on the Hub or a folder; or url, for a model on a model server"
    )
    """Relative paths start at the project root."""
    revision: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    device: Device = Device.AUTO
    dtype: Precision = Precision.AUTO
    batch_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """The default depends on the device."""
    load_at_start: bool = False

    @field_validator("model")
    @classmethod
    def resolve_model(cls, model: str) -> str:
        """Return the absolute path of a folder, or the id on the Hub unchanged.

        An id whose owner is named like a folder of the project is rejected. Otherwise a typing
        error in a path would download the model of a stranger.
        """
        folder = (ROOT / Path(model).expanduser()).resolve()
        if folder.is_dir():
            return str(folder)
        if model.startswith(PATH_PREFIXES) or not HUB_ID.fullmatch(model):
            raise ValueError("neither an existing folder nor an id on the Hub (owner/name)")
        owner, _, name = model.partition("/")
        if name and (ROOT / owner).is_dir():
            raise ValueError(f"no such folder in {ROOT / owner}")
        return model

    @model_validator(mode="after")
    def validate_revision(self) -> Self:
        """Reject a revision of a local folder."""
        if self.revision is not None and self.is_local:
            raise ValueError("revision: not allowed for a folder; remove it")
        return self

    @property
    def is_local(self) -> bool:
        """Whether the model is a local folder."""
        return Path(self.model).is_absolute()
