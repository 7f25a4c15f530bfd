"""The configuration of each model, read from ``config/models.toml``."""

import re
import tomllib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Self

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import TypeAdapter
from pydantic import ValidationError
from pydantic import ValidationInfo
from pydantic import field_validator
from pydantic import model_validator

from app.kit.exceptions import StartupError
from app.kit.project_metadata import ROOT

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
PATH_PREFIXES = ("/", "./", "../", "~", ".\\", "..\\")
NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"


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


class ModelConfig(BaseModel):
    """One table of ``config/models.toml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    model: Annotated[str, Field(min_length=1, max_length=500)]
    """An id on the Hub or a folder. Relative paths start at the project root."""
    revision: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    device: Device = Device.AUTO
    dtype: Precision = Precision.AUTO
    batch_size: Annotated[int, Field(ge=1, le=1024)] = 32
    batch_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """The default depends on the device."""
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    labels: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=list)
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    truncate: bool = False
    load_at_start: bool = False

    @field_validator("task")
    @classmethod
    def validate_task(cls, task: str, info: ValidationInfo) -> str:
        """Require a task that has an adapter."""
        known = info.context or {}
        if task not in known:
            raise ValueError(f"unknown task; supported tasks: {', '.join(sorted(known))}")
        return task

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


_CONFIG_FILE = TypeAdapter(dict[Annotated[str, Field(pattern=NAME_PATTERN)], ModelConfig])


def read_config_file(path: Path, tasks: Collection[str]) -> dict[str, ModelConfig]:
    """Return a mapping of model names to configurations.

    Raises:
        StartupError: names the file, each invalid key, and the allowed values.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StartupError(f"CUSTOM_MODELS_FILE: no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from None
    try:
        return _CONFIG_FILE.validate_python(content, context=tasks)
    except ValidationError as error:
        lines = [_format_error(each) for each in error.errors(include_url=False)]
        raise StartupError("\n".join([f"{path} is invalid:", *lines])) from None


def _format_error(error: Any) -> str:
    keys = [str(key) for key in error["loc"] if key != "[key]"]
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = f"unknown key; allowed keys: {', '.join(ModelConfig.model_fields)}"
    elif error["type"] == "string_pattern_mismatch":
        message = "a name has at most 64 lowercase letters, digits, '.', '_' and '-'"
    elif error["type"] == "missing":
        message = "required"
    elif error["type"] == "model_type":
        message = 'must be a table, such as [sentences] followed by task = "…" and model = "…"'
    elif not isinstance(error["input"], dict):
        message += f"; got {error['input']!r}"
    return f"  {'.'.join(keys)}: {message}"
