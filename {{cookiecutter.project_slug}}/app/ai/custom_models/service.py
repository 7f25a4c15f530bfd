"""Service for custom models: list them and run them."""

from collections.abc import Awaitable
from collections.abc import Callable
from threading import Event
from typing import Any
from typing import BinaryIO

from app.ai.custom_models.inference import map_inference_errors
from app.ai.custom_models.inference import run_inference
from app.ai.custom_models.inference import to_input_field
from app.ai.custom_models.port import ModelInput
from app.ai.custom_models.port import Operation
from app.ai.custom_models.port import TextInput
from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.custom_models.sources import ModelHandle
from app.kit.exceptions import InvalidInput
from app.kit.exceptions import NotFound
from app.schemas.custom_models import Classification
from app.schemas.custom_models import ClassificationList
from app.schemas.custom_models import ClassifyRequest
from app.schemas.custom_models import CustomModel
from app.schemas.custom_models import CustomModelList
from app.schemas.custom_models import CustomModelState
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import EntityLists
from app.schemas.custom_models import GeneratedTexts
from app.schemas.custom_models import GenerateRequest
from app.schemas.custom_models import TextInputs
from app.schemas.custom_models import Transcription

DecodeFile = Callable[[BinaryIO, str], Awaitable[ModelInput]]
"""Decodes an uploaded file of a client."""


class CustomModelService:
    """Runs the configured models. Holds no database connection.

    Every method except ``list_models`` raises the errors of ``run_inference``, NotFound for an
    unknown model, and InvalidInput for a model of another operation. ``client`` is the quota key.
    """

    def __init__(self, runtime: CustomModelRuntime, client: str) -> None:
        self._client = client
        self._decoder = runtime.decoder
        self._runtime = runtime

    def list_models(self) -> CustomModelList:
        """Return the configured models with their states."""
        return CustomModelList(models=[_to_schema(each) for each in self._runtime.handles.values()])

    async def classify(self, name: str, data: ClassifyRequest) -> ClassificationList:
        """Return the labels of each text.

        Raises:
            InvalidInput: also if labels are missing, or not allowed for this model.
        """
        handle = self._get_handle(name, Operation.CLASSIFY)
        labels = _candidate_labels(handle, data)
        if not labels:
            return ClassificationList(results=await self._run_texts(handle, data))
        inputs = [each for text in data.inputs for each in handle.task.to_inputs(text, labels)]
        count = len(inputs) // len(data.inputs)
        outputs = await run_inference(
            self._runtime,
            handle,
            inputs,
            self._client,
            lambda index: to_input_field(index // count),
        )
        by_text = [outputs[start : start + count] for start in range(0, len(outputs), count)]
        return ClassificationList(results=[handle.task.combine(labels, each) for each in by_text])

    async def find_entities(self, name: str, data: TextInputs) -> EntityLists:
        """Return the named entities in each text."""
        handle = self._get_handle(name, Operation.TOKENS)
        return EntityLists(results=await self._run_texts(handle, data))

    async def embed(self, name: str, data: TextInputs) -> EmbeddingList:
        """Return the embedding of each text."""
        handle = self._get_handle(name, Operation.EMBED)
        vectors = await self._run_texts(handle, data)
        rows = [vector.tolist() for vector in vectors]
        return EmbeddingList(embeddings=rows, dimension=len(rows[0]))

    async def generate(self, name: str, data: GenerateRequest) -> GeneratedTexts:
        """Return the continuation of each text."""
        handle = self._get_handle(name, Operation.GENERATE)
        cancelled = Event()
        try:
            texts = await self._run_texts(
                handle, data, max_new_tokens=data.max_new_tokens, cancelled=cancelled
            )
        finally:
            cancelled.set()
        return GeneratedTexts(texts=texts)

    async def classify_image(self, name: str, file: BinaryIO) -> Classification:
        """Return the labels of an image."""
        result: Classification = await self._run_file(
            file, name, Operation.CLASSIFY_IMAGE, self._decoder.decode_image
        )
        return result

    async def detect_objects(self, name: str, file: BinaryIO) -> Detection:
        """Return the objects in an image."""
        result: Detection = await self._run_file(
            file, name, Operation.DETECT_OBJECTS, self._decoder.decode_image
        )
        return result

    async def transcribe(self, name: str, file: BinaryIO) -> Transcription:
        """Return the text of a recording."""
        text = await self._run_file(file, name, Operation.TRANSCRIBE, self._decoder.decode_audio)
        return Transcription(text=text)

    def _get_handle(self, name: str, operation: Operation) -> ModelHandle:
        handle = self._runtime.handles.get(name)
        if handle is None:
            raise NotFound("There is no model with this name.")
        supported = handle.task.operation
        if supported is not operation:
            detail = (
                f"This is a {handle.config.task} model; use the path that ends with /{supported}."
            )
            raise InvalidInput("name", detail, code="wrong_task")
        return handle

    async def _run_texts(self, handle: ModelHandle, data: TextInputs, **options: Any) -> list[Any]:
        inputs = [TextInput(text, **options) for text in data.inputs]
        return await run_inference(self._runtime, handle, inputs, self._client)

    async def _run_file(
        self, file: BinaryIO, name: str, operation: Operation, decode: DecodeFile
    ) -> Any:
        handle = self._get_handle(name, operation)
        async with map_inference_errors(handle, lambda _: "file"):
            model_input = await decode(file, self._client)
            async with self._runtime.acquire(name) as batcher:
                return (await batcher.submit([model_input], self._client))[0]


def _candidate_labels(handle: ModelHandle, data: ClassifyRequest) -> tuple[str, ...]:
    """Return the labels for zero-shot classification; empty if the model has its own."""
    if handle.task.has_fixed_labels:
        if data.labels:
            raise InvalidInput("labels", "This model has its own labels; remove this field.")
        return ()
    labels = tuple(dict.fromkeys(data.labels or handle.config.labels))
    if not labels:
        raise InvalidInput("labels", "This model needs candidate labels.")
    return labels


def _to_schema(handle: ModelHandle) -> CustomModel:
    return CustomModel(
        name=handle.name,
        task=handle.config.task,
        path=handle.task.operation,
        loaded=handle.state is CustomModelState.READY,
        state=handle.state,
        device=handle.device,
        megabytes=None if handle.megabytes is None else round(handle.megabytes, 1),
        load_seconds=None if handle.load_seconds is None else round(handle.load_seconds, 2),
    )
