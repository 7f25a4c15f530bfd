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
    """Texts to classify."""

    labels: Annotated[list[Label], Field(max_length=MOST_LABELS)] = Field(default_factory=list)
    """What a zero-shot model may choose from; leave it out for models with labels of their own."""


class GenerateRequest(TextInputs):
    """Texts to go on with."""

    max_new_tokens: Annotated[int, Field(ge=1, le=MOST_NEW_TOKENS)] = 50
    """How long the answer may be; a token is about three quarters of a word."""

    model_config = example({"inputs": ["Once upon a time"], "max_new_tokens": 30})


class LabelScore(ResponseModel):
    """A label, and how sure the model is of it, between 0 and 1."""

    label: str
    score: float


class Classification(LabelScore):
    """The likeliest label."""

    scores: list[LabelScore]
    """Of the likeliest twenty labels, the best first."""


class ClassificationList(ResponseModel):
    """A label for each text."""

    results: list[Classification]


class TextEntity(LabelScore):
    """Something that was found in a text."""

    text: str
    start: int
    """How many characters (Unicode code points) stand before it."""
    end: int
    """The same for its end: it is the characters from `start` to before `end`."""


class EntityList(ResponseModel):
    """What was found in one text."""

    entities: list[TextEntity]


class EntityLists(ResponseModel):
    """What was found in each text."""

    results: list[EntityList]


class EmbeddingList(ResponseModel):
    """A vector for each text."""

    embeddings: list[list[float]]
    """Each of length 1, so that the sum of the products of two says how alike they are."""
    dimension: int
    """How many numbers each has."""


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
    """A model that is declared. What is null is not known yet."""

    name: str
    task: str
    """What Hugging Face calls what it does, such as `text-classification`."""
    path: str
    """The last part of the path to call: `POST /ai/custom-models/{name}/{path}`."""
    loaded: bool
    """Whether it answers at once; if not, the first request waits until it is loaded."""
    state: ModelState
    device: str | None
    """Where it runs: `cpu`, `cuda` or `mps`."""
    megabytes: float | None
    """Of memory, for its weights."""
    load_seconds: float | None
    """How long it took to load."""


class CustomModelList(ResponseModel):
    """The models that are declared."""

    models: list[CustomModel]
