"""Request and response schemas of custom models."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.kit.schemas import STORABLE
from app.kit.schemas import TRIMMED
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import example

MAX_INPUTS = 256
MAX_INPUT_LENGTH = 50_000
MAX_LABELS = 50
MAX_NEW_TOKENS = 1024

CustomModelName = Annotated[str, Field(max_length=64), STORABLE]
InputText = Annotated[str, Field(min_length=1, max_length=MAX_INPUT_LENGTH), STORABLE]
Label = Annotated[str, TRIMMED, Field(min_length=1, max_length=100), STORABLE]


class TextInputs(RequestModel):
    """Texts for a model. The results are in the same order."""

    inputs: Annotated[list[InputText], Field(min_length=1, max_length=MAX_INPUTS)]

    model_config = example({"inputs": ["Ada lives in London", "I love it"]})


class ClassifyRequest(TextInputs):
    """Texts to classify."""

    labels: list[Label] = Field(
        default_factory=list,
        max_length=MAX_LABELS,
        description="Candidate labels of a zero-shot model. Other models have their own.",
    )


class GenerateRequest(TextInputs):
    """Texts to continue."""

    max_new_tokens: int = Field(
        default=50,
        ge=1,
        le=MAX_NEW_TOKENS,
        description="Maximum length of each result; a token is about three quarters of a word.",
    )

    model_config = example({"inputs": ["Once upon a time"], "max_new_tokens": 30})


class LabelScore(ResponseModel):
    """A label and its score, from 0 to 1."""

    label: str
    score: float


class Classification(LabelScore):
    """The label with the highest score."""

    scores: list[LabelScore] = Field(description="Up to twenty labels, highest score first.")


class ClassificationList(ResponseModel):
    """The labels of each text."""

    results: list[Classification]


class TextEntity(LabelScore):
    """A named entity in a text."""

    text: str
    start: int = Field(description="Offset of the first character, in Unicode code points.")
    end: int = Field(description="Offset after the last character, in Unicode code points.")


class EntityList(ResponseModel):
    """The entities in one text."""

    entities: list[TextEntity]


class EntityLists(ResponseModel):
    """The entities in each text."""

    results: list[EntityList]


class EmbeddingList(ResponseModel):
    """The embedding of each text."""

    embeddings: list[list[float]] = Field(
        description="Vectors of length 1: the dot product of two is their cosine similarity."
    )
    dimension: int = Field(description="Length of each embedding.")


class GeneratedTexts(ResponseModel):
    """The continuation of each text."""

    texts: list[str]


class BoundingBox(ResponseModel):
    """A rectangle in pixels of the image, measured from the top left corner."""

    xmin: int
    ymin: int
    xmax: int
    ymax: int


class DetectedObject(LabelScore):
    """An object in an image."""

    box: BoundingBox


class Detection(ResponseModel):
    """The objects in an image, highest score first."""

    objects: list[DetectedObject]


class Transcription(ResponseModel):
    """The text of a recording."""

    text: str


class CustomModelState(StrEnum):
    """Loading state of a model. A ``failed`` model is loaded again later."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class CustomModel(ResponseModel):
    """A configured model. Fields that are not known yet are null."""

    name: str
    task: str = Field(description="Its task at Hugging Face, such as `text-classification`.")
    path: str = Field(description="The end of its path: `POST /ai/custom-models/{name}/{path}`.")
    loaded: bool = Field(description="Whether it can be used at once; if not, a request loads it.")
    state: CustomModelState
    device: str | None = Field(
        description="Where it runs, such as `cuda`; `remote` on a model server."
    )
    megabytes: float | None = Field(description="Memory of its weights.")
    load_seconds: float | None = Field(description="Seconds that it took to load.")


class CustomModelList(ResponseModel):
    """The configured models."""

    models: list[CustomModel]
