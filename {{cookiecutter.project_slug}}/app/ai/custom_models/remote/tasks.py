"""The tasks of models on servers, and the function that runs each of them with each API."""

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.ai.custom_models.port import Operation
from app.ai.custom_models.port import TextInput
from app.ai.custom_models.remote import huggingface
from app.ai.custom_models.remote import openai
from app.ai.custom_models.remote.client import ServerClient
from app.ai.custom_models.remote.config import Api
from app.schemas.custom_models import Classification

RunOne = Callable[[ServerClient, Any], Awaitable[Any]]
RunBatch = Callable[[ServerClient, Sequence[Any]], Awaitable[list[Any]]]


@dataclass(frozen=True, kw_only=True)
class RemoteTask:
    """A task, and how it is run."""

    operation: Operation
    run_one: Mapping[Api, RunOne]
    """Functions for servers that take one input per request."""
    run_batch: Mapping[Api, RunBatch]
    """Functions for servers that take several inputs per request."""
    has_fixed_labels: bool = True
    repeatable: bool = True
    """Whether it costs little to run an input twice, after a broken connection."""

    @property
    def apis(self) -> set[Api]:
        """The APIs that have this task."""
        return {*self.run_one, *self.run_batch}

    async def run(self, client: ServerClient, inputs: Sequence[Any]) -> list[Any]:
        """Return one output per input."""
        api = client.config.api
        if api in self.run_batch:
            return await self.run_batch[api](client, inputs)
        (model_input,) = inputs
        return [await self.run_one[api](client, model_input)]

    def to_inputs(self, text: str, labels: Sequence[str]) -> list[TextInput]:
        """Return one input with all labels."""
        return [TextInput(text, labels=tuple(labels))]

    def combine(self, labels: Sequence[str], outputs: Sequence[Any]) -> Classification:
        """Return the only output."""
        (classification,) = outputs
        assert isinstance(classification, Classification)
        return classification


def _task(
    operation: Operation,
    *,
    huggingface: RunOne,
    openai: RunOne | None = None,
    **options: Any,
) -> RemoteTask:
    functions = {Api.HUGGINGFACE: huggingface, Api.OPENAI: openai}
    run_one = {api: function for api, function in functions.items() if function is not None}
    return RemoteTask(operation=operation, run_one=run_one, run_batch={}, **options)


REMOTE_TASKS: dict[str, RemoteTask] = {
    "automatic-speech-recognition": _task(
        Operation.TRANSCRIBE,
        huggingface=huggingface.transcribe,
        openai=openai.transcribe,
    ),
    "feature-extraction": RemoteTask(
        operation=Operation.EMBED,
        run_one={},
        run_batch={Api.HUGGINGFACE: huggingface.embed, Api.OPENAI: openai.embed},
    ),
    "image-classification": _task(Operation.CLASSIFY_IMAGE, huggingface=huggingface.classify_image),
    "object-detection": _task(Operation.DETECT_OBJECTS, huggingface=huggingface.detect_objects),
    "text-classification": _task(
        Operation.CLASSIFY, huggingface=huggingface.classify, openai=openai.classify
    ),
    "text-generation": _task(
        Operation.GENERATE,
        huggingface=huggingface.generate,
        openai=openai.generate,
        repeatable=False,
    ),
    "token-classification": _task(Operation.TOKENS, huggingface=huggingface.find_entities),
    "zero-shot-classification": _task(
        Operation.CLASSIFY, huggingface=huggingface.classify_with_labels, has_fixed_labels=False
    ),
}
"""Task name at Hugging Face -> how a server runs it."""
