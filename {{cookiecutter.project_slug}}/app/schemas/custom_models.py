"""Custom models on the wire: what they are asked and what they answer."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.schemas.base import STORABLE
from app.schemas.base import TRIMMED
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import example

MOST_INPUTS = 256
LONGEST_INPUT = 50_000
MOST_LABELS = 50
MOST_NEW_TOKENS = 1024

ModelName = Annotated[str, Field(max_length=64), STORABLE]
InputText = Annotated[str, Field(min_length=1, max_length=LONGEST_INPUT), STORABLE]
Label = Annotated[str, TRIMMED, Field(min_length=1, max_length=100), STORABLE]


class TextInputs(RequestModel):
    """Texts for a model; its answers come in the same order."""

    inputs: Annotated[list[InputText], Field(min_length=1, max_length=MOST_INPUTS)]

    model_config = example({"inputs": ["Ada lives in London", "I love it"]})


class ClassifyRequest(TextInputs):
    """Texts to classify; ``labels`` are the choice that a zero-shot model has."""

    labels: Annotated[list[Label], Field(max_length=MOST_LABELS)] = Field(default_factory=list)


class GenerateRequest(TextInputs):
    """Texts to go on with."""

    max_new_tokens: Annotated[int, Field(ge=1, le=MOST_NEW_TOKENS)] = 50

    model_config = example({"inputs": ["Once upon a time"], "max_new_tokens": 30})


class LabelScore(ResponseModel):
    """A label, and how sure the model is of it, between 0 and 1."""

    label: str
    score: float


class Classification(LabelScore):
    """The likeliest label, and the scores of the likeliest twenty."""

    scores: list[LabelScore]


class ClassificationList(ResponseModel):
    """A label for each text."""

    results: list[Classification]


class TextEntity(LabelScore):
    """Something that was found in a text: its characters from ``start`` to before ``end``."""

    text: str
    start: int
    end: int


class EntityList(ResponseModel):
    """What was found in one text."""

    entities: list[TextEntity]


class EntityLists(ResponseModel):
    """What was found in each text."""

    results: list[EntityList]


class EmbeddingList(ResponseModel):
    """A vector of length 1 for each text; ``dimension`` is how many numbers each has."""

    embeddings: list[list[float]]
    dimension: int


class GeneratedTexts(ResponseModel):
    """What follows each text."""

    texts: list[str]


class Box(ResponseModel):
    """A part of an image in its pixels, from the top left corner."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class DetectedObject(LabelScore):
    """Something that was found in an image."""

    box: Box


class Detection(ResponseModel):
    """What was found in an image, the surest first."""

    objects: list[DetectedObject]


class Transcription(ResponseModel):
    """What is said in a recording."""

    text: str


class ModelState(StrEnum):
    """How far a model is. One that has ``failed`` is tried again later."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class CustomModel(ResponseModel):
    """A model that is declared. The path to call ends with ``path``; null is not known yet."""

    name: str
    task: str
    path: str
    loaded: bool
    state: ModelState
    device: str | None
    megabytes: float | None
    load_seconds: float | None


class CustomModelList(ResponseModel):
    """The models that are declared."""

    models: list[CustomModel]
