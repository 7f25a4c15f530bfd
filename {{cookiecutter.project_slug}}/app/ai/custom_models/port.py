"""The interface between the service and the sources of models: tasks, inputs and errors.

Tasks have the names that Hugging Face uses. An operation is the last part of a path, with a request
and a response schema. Several tasks can share one operation.
"""

from collections.abc import Hashable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from threading import Event
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from PIL.Image import Image

    from app.schemas.custom_models import Classification

BYTES_PER_TOKEN = 4
"""For English text; other languages are of the same order."""

MIN_TOKENS = 32
"""The minimum for one sequence: shorter ones take the same time."""

IMAGE_TOKENS = 256
"""About the number of patches into which vision models split an image."""

TOKENS_PER_SECOND = 50
"""Frames per second in speech models."""

SAMPLING_RATE = 16_000
"""Samples per second in speech models."""


class Operation(StrEnum):
    """The last part of the path; decides the request and response schemas."""

    CLASSIFY = "classify"
    TOKENS = "tokens"
    EMBED = "embed"
    GENERATE = "generate"
    CLASSIFY_IMAGE = "classify-image"
    DETECT_OBJECTS = "detect-objects"
    TRANSCRIBE = "transcribe"


@dataclass(frozen=True, slots=True)
class TextInput:
    """A text, with the parameters of its task."""

    text: str
    pair: str = ""
    """The second text of a sentence pair."""
    max_new_tokens: int = 0
    cancelled: Event | None = field(default=None, compare=False)
    """Set when the client no longer waits for the response."""
    labels: tuple[str, ...] = ()
    """The candidate labels of zero-shot classification, for models that take all at once."""

    @property
    def size(self) -> int:
        """The length in characters."""
        return len(self.text) + len(self.pair)

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        text_tokens = -(-len((self.text + self.pair).encode()) // BYTES_PER_TOKEN)
        return max(MIN_TOKENS, text_tokens * max(1, len(self.labels)) + self.max_new_tokens)

    @property
    def group(self) -> Hashable:
        """Inputs of one batch must have the same group."""
        return self.max_new_tokens


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An RGB image; ``scale`` is its size relative to the uploaded image."""

    image: "Image"
    scale: float = 1

    @property
    def size(self) -> int:
        """Always 0: models resize all images to the same size, so none needs padding."""
        return 0

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        return IMAGE_TOKENS

    @property
    def group(self) -> Hashable:
        """Inputs of one batch must have the same group."""
        return self.image.size


@dataclass(frozen=True, slots=True)
class AudioInput:
    """Mono audio with 16,000 samples per second, from -1 to 1."""

    samples: "NDArray[float32]"
    group: Hashable = field(default=None)

    @property
    def size(self) -> int:
        """The length in samples."""
        return len(self.samples)

    @property
    def tokens(self) -> int:
        """The estimated number of tokens that a model computes."""
        return max(MIN_TOKENS, len(self.samples) * TOKENS_PER_SECOND // SAMPLING_RATE)


ModelInput = TextInput | ImageInput | AudioInput


class Task(Protocol):
    """What the service has to know about the task of a model."""

    @property
    def operation(self) -> Operation:
        """The path of the task."""
        ...

    @property
    def has_fixed_labels(self) -> bool:
        """Whether the labels are part of the model. Otherwise the request contains them."""
        ...

    def to_inputs(self, text: str, labels: Sequence[str]) -> list[TextInput]:
        """Return the inputs that classify a text with these labels."""
        ...

    def combine(self, labels: Sequence[str], outputs: Sequence[Any]) -> "Classification":
        """Return the classification of a text from the outputs of its inputs."""
        ...


class InvalidModelInput(Exception):
    """A model cannot process one input. The message tells the client what to change."""


class DeviceLost(Exception):
    """The device of a model has failed, and stays unusable until the process is restarted."""


class ModelLoadError(Exception):
    """A model cannot be loaded. The message goes to the log, not to clients."""


class ModelServerError(Exception):
    """A model server has not answered a request. The message goes to the log, not to clients."""

    def __init__(self, message: str, code: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
