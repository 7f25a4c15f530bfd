"""Use cases of custom models: which there are, and asking them."""

import asyncio
from collections.abc import Callable
from typing import Any
from typing import BinaryIO

from app.ai.custom_models.asking import ask
from app.ai.custom_models.asking import unusable
from app.ai.custom_models.images import read_image
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import Question
from app.ai.custom_models.port import TextQuestion
from app.ai.custom_models.port import Unusable
from app.ai.custom_models.registry import TASKS
from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.custom_models.slot import Slot
from app.ai.custom_models.sounds import read_sound
from app.core.exceptions import InvalidInput
from app.core.exceptions import NotFound
from app.schemas.custom_models import Classification
from app.schemas.custom_models import ClassificationList
from app.schemas.custom_models import ClassifyRequest
from app.schemas.custom_models import CustomModel
from app.schemas.custom_models import CustomModelList
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import EntityLists
from app.schemas.custom_models import GeneratedTexts
from app.schemas.custom_models import GenerateRequest
from app.schemas.custom_models import ModelState
from app.schemas.custom_models import TextInputs
from app.schemas.custom_models import Transcription

Read = Callable[[BinaryIO], Question]
"""Makes a question of a file. Blocks."""


class CustomModelService:
    """What can be done with the declared models. No connection of the database is held.

    Every question raises what ``ask`` raises, NotFound for a name that is not declared, and
    InvalidInput for a model that another path is for.
    """

    def __init__(self, runtime: CustomModelRuntime) -> None:
        self._runtime = runtime
        self._settings = runtime.settings
        self._cache = runtime.cache

    def models(self) -> CustomModelList:
        """The models that are declared, and how far each is."""
        return CustomModelList(models=[_shown(slot) for slot in self._cache.slots.values()])

    async def classify(self, name: str, data: ClassifyRequest) -> ClassificationList:
        """A label for each text.

        Raises:
            InvalidInput: also for labels that are missing, or that nobody asked for.
        """
        slot = self._slot(name, Kind.CLASSIFY)
        labels = _labels(slot, data)
        questions = [TextQuestion(text, labels=labels) for text in data.inputs]
        return ClassificationList(results=await ask(self._cache, slot, questions))

    async def tokens(self, name: str, data: TextInputs) -> EntityLists:
        """What is found in each text."""
        slot = self._slot(name, Kind.TOKENS)
        questions = [TextQuestion(text) for text in data.inputs]
        return EntityLists(results=await ask(self._cache, slot, questions))

    async def embed(self, name: str, data: TextInputs) -> EmbeddingList:
        """A vector for each text."""
        slot = self._slot(name, Kind.EMBED)
        vectors = await ask(self._cache, slot, [TextQuestion(text) for text in data.inputs])
        rows = [vector.tolist() for vector in vectors]
        return EmbeddingList(embeddings=rows, dimension=len(rows[0]))

    async def generate(self, name: str, data: GenerateRequest) -> GeneratedTexts:
        """What follows each text."""
        slot = self._slot(name, Kind.GENERATE)
        most = data.max_new_tokens
        questions = [TextQuestion(text, max_new_tokens=most) for text in data.inputs]
        return GeneratedTexts(texts=await ask(self._cache, slot, questions))

    async def classify_image(self, name: str, file: BinaryIO) -> Classification:
        """A label for an image."""
        found: Classification = await self._ask_about(file, name, Kind.CLASSIFY_IMAGE, self._image)
        return found

    async def detect_objects(self, name: str, file: BinaryIO) -> Detection:
        """What is in an image."""
        found: Detection = await self._ask_about(file, name, Kind.DETECT_OBJECTS, self._image)
        return found

    async def transcribe(self, name: str, file: BinaryIO) -> Transcription:
        """What is said in a recording."""
        text = await self._ask_about(file, name, Kind.TRANSCRIBE, self._sound)
        return Transcription(text=text)

    def _slot(self, name: str, kind: Kind) -> Slot:
        slot = self._cache.slots.get(name)
        if slot is None:
            raise NotFound("There is no such model.")
        right = TASKS[slot.declaration.task].kind
        if right is not kind:
            detail = f"This is a model for {slot.declaration.task}: its path ends with /{right}."
            raise InvalidInput("name", detail, code="wrong_task")
        return slot

    async def _ask_about(self, file: BinaryIO, name: str, kind: Kind, read: Read) -> Any:
        slot = self._slot(name, kind)
        async with self._runtime.decoding:
            try:
                question = await asyncio.to_thread(read, file)
            except Unusable as reason:
                raise unusable("file", reason) from None
        return (await ask(self._cache, slot, [question], "file"))[0]

    def _image(self, file: BinaryIO) -> Question:
        return read_image(file, self._settings.image_max_pixels)

    def _sound(self, file: BinaryIO) -> Question:
        return read_sound(file, self._settings.sound_max_seconds)


def _labels(slot: Slot, data: ClassifyRequest) -> tuple[str, ...]:
    """What a model can choose from that has learned no labels of its own."""
    if TASKS[slot.declaration.task].own_labels:
        if data.labels:
            raise InvalidInput("labels", "This model has labels of its own; leave them out.")
        return ()
    labels = tuple(dict.fromkeys(data.labels or slot.declaration.labels))
    if not labels:
        raise InvalidInput("labels", "This model needs labels to choose from.")
    return labels


def _shown(slot: Slot) -> CustomModel:
    return CustomModel(
        name=slot.name,
        task=slot.declaration.task,
        path=TASKS[slot.declaration.task].kind,
        loaded=slot.state is ModelState.READY,
        state=slot.state,
        device=slot.device,
        megabytes=None if slot.megabytes is None else round(slot.megabytes, 1),
        load_seconds=None if slot.load_seconds is None else round(slot.load_seconds, 2),
    )
