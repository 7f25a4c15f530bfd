"""The port: what a model is asked, what it answers, and how it may fail. Adapters stand beside it.

A task is what transformers calls it; a kind is what goes in and what comes out, and so the path
that is called. Several tasks can be of one kind.
"""

from collections.abc import Hashable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from PIL.Image import Image


class Kind(StrEnum):
    """What goes in and what comes out: the last part of the path."""

    CLASSIFY = "classify"
    TOKENS = "tokens"
    EMBED = "embed"
    GENERATE = "generate"
    CLASSIFY_IMAGE = "classify-image"
    DETECT_OBJECTS = "detect-objects"
    TRANSCRIBE = "transcribe"


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A text, and what its task needs to know beside it."""

    text: str
    labels: tuple[str, ...] = ()
    max_new_tokens: int = 0

    @property
    def size(self) -> int:
        """How long it is."""
        return len(self.text)

    @property
    def group(self) -> Hashable:
        """What has to be equal for two to be answered together."""
        return self.labels, self.max_new_tokens


@dataclass(frozen=True, slots=True)
class ImageQuestion:
    """An image in RGB; it was made smaller by ``scale`` after it was sent."""

    image: "Image"
    scale: float = 1

    @property
    def size(self) -> int:
        """Models bring images to one size, so that none is longer than another."""
        return 0

    @property
    def group(self) -> Hashable:
        """What has to be equal for two to be answered together."""
        return self.image.size


@dataclass(frozen=True, slots=True)
class SoundQuestion:
    """One channel of sound, 16,000 samples a second between -1 and 1."""

    samples: "NDArray[float32]"
    group: Hashable = field(default=None)

    @property
    def size(self) -> int:
        """How long it is."""
        return len(self.samples)


Question = TextQuestion | ImageQuestion | SoundQuestion


class Unusable(Exception):
    """A model can do nothing with one question; the message says what to change."""


class DeviceLost(Exception):
    """What a model computes on answers no more, and will not until the server is started again."""


class LoadingFailed(Exception):
    """A model cannot be loaded; the message is for the operator, who reads it in the log."""


class Model(Protocol):
    """A model in memory. Its methods take processor time: they are called in a thread."""

    device: str
    megabytes: float
    padding: float
    """How much longer, all together, texts may become to be answered with longer ones."""

    parallel: bool
    """Whether several threads may ask at once."""

    def answer(self, questions: Sequence[Any]) -> list[Any]:
        """The answer to each question, in order; an ``Unusable`` where there is none.

        The questions are of the kind of the model and of one group. If anything else is raised
        they are asked again, one by one.
        """
        ...
