"""The configuration of each model, read from ``config/models.toml``."""

import re
import tomllib
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Protocol
from typing import Self

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from pydantic import ValidationInfo
from pydantic import field_validator

from app.ai.custom_models.port import Task
from app.kit.exceptions import StartupError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class ModelConfig(BaseModel):
    """One table of ``config/models.toml``: the keys that all models have."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    batch_size: Annotated[int, Field(ge=1, le=1024)] = 32
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 30
    labels: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=list)
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    truncate: bool = False

    @field_validator("task")
    @classmethod
    def validate_task(cls, task: str, info: ValidationInfo) -> str:
        """Require a task that the source of the model supports."""
        known = info.context or {}
        if task not in known:
            raise ValueError(f"unknown task; supported tasks: {', '.join(sorted(known))}")
        return task

    @classmethod
    def parse(cls, table: object, tasks: Mapping[str, Task]) -> Self:
        """Return the validated configuration of a model of these tasks."""
        return cls.model_validate(table, context=tasks)


class ConfigType(Protocol):
    """The class of configurations, and the supported tasks, of one source of models."""

    config_class: type[ModelConfig]
    tasks: Mapping[str, Task]

    def accepts(self, table: Mapping[str, Any]) -> bool:
        """Return whether a table describes a model of this source."""
        ...


def read_config_file(path: Path, types: Sequence[ConfigType]) -> dict[str, ModelConfig]:
    """Return a mapping of model names to configurations.

    A table that no type accepts is validated with the last one, whose errors say what is missing.

    Raises:
        StartupError: names the file, each invalid key, and the allowed values.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StartupError(f"CUSTOM_MODELS_FILE: no such file: {path}") from None
    except (OSError, ValueError) as error:
        raise StartupError(f"{path} cannot be read: {error}") from None
    configs: dict[str, ModelConfig] = {}
    lines: list[str] = []
    for name, table in content.items():
        if not NAME.fullmatch(name):
            lines.append(
                f"  {name}: a name has at most 64 lowercase letters, digits, '.', '_', '-'"
            )
            continue
        chosen = _choose_type(table, types)
        try:
            configs[name] = chosen.config_class.parse(table, chosen.tasks)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            lines += [_format_error(name, each, chosen.config_class) for each in errors]
    if lines:
        raise StartupError("\n".join([f"{path} is invalid:", *lines]))
    return configs


def _choose_type(table: object, types: Sequence[ConfigType]) -> ConfigType:
    if isinstance(table, Mapping):
        return next((each for each in types if each.accepts(table)), types[-1])
    return types[-1]


def _format_error(name: str, error: Any, config_class: type[ModelConfig]) -> str:
    keys = [name, *(str(key) for key in error["loc"])]
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = f"unknown key; allowed keys: {', '.join(config_class.model_fields)}"
    elif error["type"] == "missing":
        description = config_class.model_fields[str(error["loc"][0])].description
        message = f"required: {description}" if description else "required"
    elif error["type"] == "model_type":
        message = "must be a table, such as [sentences] followed by the keys of the model"
    elif not isinstance(error["input"], dict) and not _is_secret(config_class, error["loc"]):
        message += f"; got {error['input']!r}"
    return f"  {'.'.join(keys)}: {message}"


def _is_secret(config_class: type[ModelConfig], location: Sequence[object]) -> bool:
    """Return whether somebody may have written a secret into the key by mistake."""
    field = config_class.model_fields.get(str(location[0])) if location else None
    extra = field.json_schema_extra if field else None
    return isinstance(extra, dict) and extra.get("secret") is True
