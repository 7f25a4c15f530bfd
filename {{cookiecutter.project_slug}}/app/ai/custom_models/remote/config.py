"""The keys of models on model servers."""

from enum import StrEnum
from typing import Annotated
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field
from pydantic import ValidationInfo
from pydantic import field_validator
from pydantic import model_validator

from app.ai.custom_models.config import ModelConfig

TRUNCATING_TASKS = ("feature-extraction", "text-classification")
LABELED_TASKS = ("text-classification", "zero-shot-classification")


class Api(StrEnum):
    """The API of a server."""

    HUGGINGFACE = "huggingface"
    """``inputs`` and ``parameters`` in one path: TEI, TGI, Inference Endpoints."""
    OPENAI = "openai"
    """``model`` and ``input`` in paths such as ``/embeddings``: vLLM, Infinity and others."""


class RemoteModelConfig(ModelConfig):
    """One table of a model with a ``url``."""

    url: Annotated[str, Field(max_length=2000)] = Field(
        description="the URL of a model server, such as http://localhost:8080",
        json_schema_extra={"secret": True},  # somebody may have written a key into it
    )
    api: Api = Api.HUGGINGFACE
    model: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    """The name of the model on the server."""
    api_key_name: str | None = Field(default=None, json_schema_extra={"secret": True})
    """Which key of ``CUSTOM_MODELS_API_KEYS`` the server gets. Not the key itself."""
    max_concurrency: Annotated[int, Field(ge=1, le=256)] = 8
    max_retries: Annotated[int, Field(ge=0, le=10)] = 2

    @field_validator("url")
    @classmethod
    def validate_url(cls, url: str) -> str:
        """Require an http or https URL that contains no secret."""
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ValueError("must be an http or https URL, such as http://localhost:8080")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("must not contain a key (user:key@…, ?key=…); use api_key_name")
        return url.rstrip("/")

    @model_validator(mode="after")
    def validate_combination(self, info: ValidationInfo) -> Self:
        """Reject keys that this API or task does not have."""
        apis = info.context[self.task].apis if info.context else set(Api)
        if self.api not in apis:
            raise ValueError(f"api: {self.task} needs {' or '.join(sorted(apis))}")
        if self.api is Api.OPENAI and self.model is None:
            raise ValueError('model: required with api = "openai"; the name of the model there')
        if self.api is Api.HUGGINGFACE and self.model is not None:
            raise ValueError(
                "model: the server at this url has one model; remove model, "
                'or add api = "openai" if requests name the model'
            )
        if self.truncate and (self.api is Api.OPENAI or self.task not in TRUNCATING_TASKS):
            raise ValueError(
                "truncate: a server can only be asked for this with "
                f'api = "huggingface" and {" or ".join(TRUNCATING_TASKS)}; remove it'
            )
        if self.labels and self.task not in LABELED_TASKS:
            raise ValueError(f"labels: only for {' and '.join(LABELED_TASKS)}; remove it")
        return self
