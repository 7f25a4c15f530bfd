"""Settings of language models: which server is asked, for how long, and how much people may ask."""

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

from app.core.config.fields import split
from app.utils.text import refuse_unstorable

MODEL_LENGTH = 200
SERVER = "LLM_API_KEY (OpenAI) or LLM_BASE_URL (any other server)"
ADDRESS = "write it like https://api.openai.com/v1 or http://localhost:11434/v1"


class LlmProvider(StrEnum):
    """Who answers."""

    OPENAI = "openai"
    ECHO = "echo"


OPENAI_MODEL = "gpt-5-mini"
"""The model that is asked when no setting names one."""


def _check_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"is no address of a server; {ADDRESS}")
    return url


def _check_key(key: str) -> str:
    # It travels in a header, which takes nothing else.
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise ValueError(
            "must be letters, digits and signs of ASCII, without a line break "
            "or a blank at an end; copy it again"
        )
    return key


ModelName = Annotated[
    str, Field(min_length=1, max_length=MODEL_LENGTH), AfterValidator(refuse_unstorable)
]


ModelNames = Annotated[list[ModelName], NoDecode, BeforeValidator(split)]


class LlmSettings(BaseModel):
    """Who answers, within which times, and the bounds of a question and of a day."""

    llm_provider: LlmProvider | None = None
    llm_base_url: Annotated[str, AfterValidator(_check_address)] | None = Field(
        default=None, json_schema_extra={"secret": True}, repr=False
    )
    llm_api_key: Annotated[str, AfterValidator(_check_key)] | None = Field(
        default=None, min_length=1, json_schema_extra={"secret": True}, repr=False
    )
    llm_model: ModelName | None = None
    llm_allowed_models: ModelNames = Field(default_factory=list)
    llm_system_prompt: Annotated[str, AfterValidator(refuse_unstorable)] = Field(
        default="", max_length=20_000
    )

    llm_temperature: float | None = Field(default=None, ge=0, le=2)
    llm_max_temperature: float = Field(default=2, ge=0, le=2)
    llm_max_tokens: int = Field(default=1024, ge=1, le=1_000_000)
    llm_max_messages: int = Field(default=50, ge=1, le=1000)
    llm_max_characters: int = Field(default=32_000, ge=1, le=1_000_000)

    llm_connect_timeout_seconds: float = Field(default=5, gt=0, le=60)
    llm_read_timeout_seconds: float = Field(default=30, gt=0, le=600)
    llm_timeout_seconds: float = Field(default=120, gt=0, le=3600)
    llm_retries: int = Field(default=2, ge=0, le=10)
    llm_circuit_failures: int = Field(default=5, ge=1)
    llm_circuit_seconds: float = Field(default=30, gt=0, le=3600)

    llm_concurrent_calls: int = Field(default=64, ge=1)
    llm_wait_seconds: float = Field(default=5, ge=0, le=60)
    llm_requests_per_minute: int = Field(default=20, ge=1)
    llm_tokens_per_day: int = Field(default=200_000, ge=1)

    @property
    def llm_answerer(self) -> LlmProvider:
        """Who answers: without a key and an address it is the echo, unless somebody is named."""
        if self.llm_provider is not None:
            return self.llm_provider
        return LlmProvider.OPENAI if self._llm_server_known else LlmProvider.ECHO

    @property
    def _llm_server_known(self) -> bool:
        return self.llm_api_key is not None or self.llm_base_url is not None

    @property
    def llm_default_model(self) -> str:
        """The model that is asked when nobody says which; what asks no server is its own model."""
        if self.llm_model is not None:
            return self.llm_model
        answerer = self.llm_answerer
        return OPENAI_MODEL if answerer is LlmProvider.OPENAI else answerer.value

    @property
    def llm_models(self) -> list[str]:
        """The models that may be asked for, the default one first."""
        return list(dict.fromkeys([self.llm_default_model, *self.llm_allowed_models]))

    @model_validator(mode="after")
    def check_llm_provider(self) -> Self:
        """A provider that is named can be reached."""
        if self.llm_provider is LlmProvider.OPENAI and not self._llm_server_known:
            raise ValueError(f"LLM_PROVIDER is openai, but {SERVER} must be set for it")
        return self

    def check_llm(self) -> None:
        """Refuse echoes where people want answers.

        Raises:
            ValueError: names the setting.
        """
        if self.llm_provider is LlmProvider.ECHO:
            raise ValueError("LLM_PROVIDER must not be echo in production; it answers nothing")
        if self.llm_answerer is LlmProvider.ECHO:
            raise ValueError(f"{SERVER} must be set in production")
