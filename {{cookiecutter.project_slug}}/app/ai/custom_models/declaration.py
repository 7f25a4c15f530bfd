"""One model, as ``config/models.toml`` declares it. The file is read in ``declarations.py``."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from typing import Self

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationInfo
from pydantic import field_validator
from pydantic import model_validator

from app.core.project import ROOT

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
PATH_MARKS = ("/", "./", "../", "~", ".\\", "..\\")


class Device(StrEnum):
    """Where a model runs; ``auto`` is the fastest that this machine has."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Precision(StrEnum):
    """How numbers are kept; ``auto`` is how they were saved."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"


class Declaration(BaseModel):
    """One model, as ``config/models.toml`` declares it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    model: Annotated[str, Field(min_length=1, max_length=500)]
    """The id on the Hub, or a folder; a relative one begins at the project's."""
    revision: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    device: Device = Device.AUTO
    dtype: Precision = Precision.AUTO
    batch_size: Annotated[int, Field(ge=1, le=1024)] = 32
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    labels: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=list)
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    truncate: bool = False
    load_at_start: bool = False

    @field_validator("task")
    @classmethod
    def check_task(cls, task: str, info: ValidationInfo) -> str:
        """There is an adapter for it."""
        known = info.context or {}
        if task not in known:
            raise ValueError(f"there is no such task; there are {', '.join(sorted(known))}")
        return task

    @field_validator("model")
    @classmethod
    def find_folder(cls, model: str) -> str:
        """The full path of a folder, or the id as it is.

        A stranger may be called on the Hub as a folder is here, and must not be asked for a model.
        """
        folder = (ROOT / Path(model).expanduser()).resolve()
        if folder.is_dir():
            return str(folder)
        if model.startswith(PATH_MARKS) or not HUB_ID.fullmatch(model):
            raise ValueError("there is no such folder, and it is no id of the Hub (owner/name)")
        owner, _, name = model.partition("/")
        if name and (ROOT / owner).is_dir():
            raise ValueError(f"there is no such folder in {ROOT / owner}")
        return model

    @model_validator(mode="after")
    def check_revision(self) -> Self:
        """Only what comes from the Hub has revisions."""
        if self.revision is not None and self.is_local:
            raise ValueError("revision: a folder has none; leave it out")
        return self

    @property
    def is_local(self) -> bool:
        """Whether nothing has to be downloaded."""
        return Path(self.model).is_absolute()
