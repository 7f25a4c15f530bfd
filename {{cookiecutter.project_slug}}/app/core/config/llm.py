"""Settings of language models: server, models, time-outs, limits and quotas."""

from enum import StrEnum
from typing import Annotated
from typing import Self
from urllib.parse import urlsplit

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import BeforeValidator
from pydantic import Field
from pydantic import model_validator
from pydantic_settings import NoDecode

from app.kit.config.fields import split
from app.kit.text import reject_unstorable

MAX_MODEL_NAME_LENGTH = 200
SERVER_HINT = "LLM_API_KEY (OpenAI) or LLM_BASE_URL (any other server)"
URL_HINT = "such as https://api.openai.com/v1 or http://localhost:11434/v1"


class LlmProvider(StrEnum):
    """The kind of server."""

    OPENAI = "openai"
    ECHO = "echo"


DEFAULT_OPENAI_MODEL = "gpt-5-mini"
"""The default of `LLM_MODEL` for OpenAI."""


def _validate_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_valid = False
    if not is_valid:
        raise ValueError(f"must be an http or https URL, {URL_HINT}")
    return url


def _validate_key(key: str) -> str:
    # An HTTP header can hold nothing else.
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise ValueError(
            "must be printable ASCII without line breaks or surrounding spaces; copy the key again"
        )
    return key


LlmModelName = Annotated[
    str, Field(min_length=1, max_length=MAX_MODEL_NAME_LENGTH), AfterValidator(reject_unstorable)
]
LlmModelNames = Annotated[list[LlmModelName], NoDecode, BeforeValidator(split)]


class LlmSettings(BaseModel):
    """Settings of language models; `.env.example` explains each."""

    llm_provider: LlmProvider | None = None
    llm_base_url: Annotated[str, AfterValidator(_validate_url)] | None = Field(
        default=None, json_schema_extra={"secret": True}, repr=False
    )
    llm_api_key: Annotated[str, AfterValidator(_validate_key)] | None = Field(
        default=None, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    llm_model: LlmModelName | None = None
    llm_allowed_models: LlmModelNames = Field(default_factory=list)
    llm_system_prompt: Annotated[str, AfterValidator(reject_unstorable)] = Field(
        default="", max_length=20_000
    )

    llm_temperature: float | None = Field(default=None, ge=0, le=2)
    llm_max_temperature: float = Field(default=2, ge=0, le=2)
    llm_max_tokens: int = Field(default=1024, ge=1, le=1_000_000)
    llm_allow_system_messages: bool = True
    llm_max_messages: int = Field(default=50, ge=1, le=1000)
    llm_max_characters: int = Field(default=32_000, ge=1, le=1_000_000)

    llm_connect_timeout_seconds: float = Field(default=5, gt=0, le=60)
    llm_read_timeout_seconds: float = Field(default=30, gt=0, le=600)
    llm_timeout_seconds: float = Field(default=120, gt=0, le=3600)
    llm_max_retries: int = Field(default=2, ge=0, le=10)
    llm_circuit_breaker_failures: int = Field(default=5, ge=1)
    llm_circuit_breaker_seconds: float = Field(default=30, gt=0, le=3600)

    llm_max_concurrency: int = Field(default=64, ge=1)
    llm_max_concurrency_per_user: int = Field(default=8, ge=1)
    llm_queue_timeout_seconds: float = Field(default=5, ge=0, le=60)
    llm_requests_per_minute: int = Field(default=20, ge=1)
    llm_tokens_per_day: int = Field(default=200_000, ge=1)
    llm_tokens_per_day_total: int = Field(default=10_000_000, ge=1)
    llm_usage_retention_days: int = Field(default=400, ge=31, le=36_500)

    @property
    def llm_effective_provider(self) -> LlmProvider:
        """The provider that is used: without a key and a URL the echo, unless one is set."""
        if self.llm_provider is not None:
            return self.llm_provider
        return LlmProvider.OPENAI if self._has_llm_server else LlmProvider.ECHO

    @property
    def _has_llm_server(self) -> bool:
        return self.llm_api_key is not None or self.llm_base_url is not None

    @property
    def llm_default_model(self) -> str:
        """The model of a request that does not name one. The echo's model is called ``echo``."""
        if self.llm_model is not None:
            return self.llm_model
        provider = self.llm_effective_provider
        return DEFAULT_OPENAI_MODEL if provider is LlmProvider.OPENAI else provider.value

    @property
    def llm_models(self) -> list[str]:
        """The models that a request can name, the default first."""
        return list(dict.fromkeys([self.llm_default_model, *self.llm_allowed_models]))

    @model_validator(mode="after")
    def require_llm_server(self) -> Self:
        """Require a server if the provider is OpenAI."""
        if self.llm_provider is LlmProvider.OPENAI and not self._has_llm_server:
            raise ValueError(f"LLM_PROVIDER is openai, which requires {SERVER_HINT}")
        return self

    def check_llm(self) -> None:
        """Reject the echo, in production.

        Raises:
            ValueError: names the setting.
        """
        if self.llm_provider is LlmProvider.ECHO:
            raise ValueError("LLM_PROVIDER must not be echo in production; it calls no model")
        if self.llm_effective_provider is LlmProvider.ECHO:
            raise ValueError(f"{SERVER_HINT} must be set in production")
