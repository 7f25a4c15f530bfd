"""What all adapters have in common: a pipeline of transformers, and how it was declared."""

from abc import ABC
from abc import abstractmethod
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import cached_property
from typing import Any
from typing import ClassVar

from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import Question
from app.ai.custom_models.port import TextQuestion
from app.ai.custom_models.port import Unusable
from app.schemas.custom_models import Classification
from app.schemas.custom_models import LabelScore

MOST_SCORES = 20
"""How many labels an answer names, the likeliest first."""

ENDLESS = 1_000_000
"""Tokenizers that know no bound say a number above this."""


class Adapter(ABC):
    """How models of one task are asked, and what their answers are in this API.

    ``pipe`` is the task's pipeline, loaded already; its parts are ``pipe.tokenizer`` and
    ``pipe.model``.
    """

    task: ClassVar[str]
    kind: ClassVar[Kind]
    parallel: ClassVar[bool] = False
    """Whether several threads may call ``answer`` at once; pipelines are not made for that."""
    own_labels: ClassVar[bool] = True
    """Whether the model has learned its labels; if not, those to choose from come with the text."""

    def __init__(self, pipe: Any, declaration: Declaration) -> None:
        self.pipe = pipe
        self.declaration = declaration

    @abstractmethod
    def answer(self, questions: Sequence[Any]) -> list[Any]:
        """The answer to each question, in order; an ``Unusable`` where there is none."""

    @abstractmethod
    def probe(self) -> Question:
        """A question that every model of the task can answer: it is asked once, when loaded."""

    def run(self, inputs: Sequence[Any], **parameters: Any) -> list[Any]:
        """What the pipeline makes of these inputs, all in one batch."""
        outputs: list[Any] = self.pipe(list(inputs), batch_size=len(inputs), **parameters)
        return outputs


class TextAdapter(Adapter):
    """For tasks that read texts: those that are too long for the model are refused or cut."""

    def probe(self) -> Question:
        """A short text."""
        return TextQuestion("a", labels=("a", "b"), max_new_tokens=1)

    def answer(self, questions: Sequence[TextQuestion]) -> list[Any]:
        """The answer to each text, in order; an ``Unusable`` for one that is too long."""
        if self.declaration.truncate:
            return self.answer_fitting(questions)
        reasons = list(map(self._too_long, questions, self.lengths(questions)))
        fitting = [
            question for question, reason in zip(questions, reasons, strict=True) if reason is None
        ]
        answers = iter(self.answer_fitting(fitting) if fitting else [])
        return [next(answers) if reason is None else reason for reason in reasons]

    @abstractmethod
    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[Any]:
        """The answer to each text, in order. All are short enough, or are to be cut."""

    def reserved(self, question: TextQuestion) -> int:
        """How many tokens the model needs for something else than the text."""
        return 0

    @cached_property
    def most_tokens(self) -> int | None:
        """How many tokens the model reads at once; None when it has no such bound."""
        positions = getattr(self.pipe.model.config, "max_position_embeddings", None)
        if positions:
            positions -= _unused_positions(self.pipe.model)
        given = (positions, self.pipe.tokenizer.model_max_length)
        return min((most for most in given if most and most < ENDLESS), default=None)

    @property
    def cutting(self) -> dict[str, Any]:
        """Parameters of a tokenizer that cut what is too long, when that is wanted."""
        if not self.declaration.truncate:
            return {}
        return {"truncation": True, "max_length": self.most_tokens}

    def lengths(self, questions: Sequence[TextQuestion]) -> list[int]:
        """How many tokens each text has."""
        texts = [question.text for question in questions]
        return list(map(len, self.pipe.tokenizer(texts, verbose=False)["input_ids"]))

    def _too_long(self, question: TextQuestion, length: int) -> Unusable | None:
        most = self.most_tokens
        if most is None or length <= most - self.reserved(question):
            return None
        room = max(0, most - self.reserved(question))
        return Unusable(
            f"The text has {length} tokens, and the model reads at most {room}; shorten it."
        )


def _unused_positions(model: Any) -> int:
    """How many positions come before that of the first token, as in models of RoBERTa's kind."""
    tables = (each for name, each in model.named_modules() if name.endswith("position_embeddings"))
    before = (getattr(table, "padding_idx", None) for table in tables)
    return next((index + 1 for index in before if index is not None), 0)


def classification(scores: Iterable[Mapping[str, Any]]) -> Classification:
    """An answer from what pipelines give: mappings with ``label`` and ``score``."""
    found = sorted(
        (LabelScore(label=str(each["label"]), score=float(each["score"])) for each in scores),
        key=lambda each: each.score,
        reverse=True,
    )[:MOST_SCORES]
    if not found:
        raise Unusable("The model names nothing in it.")
    return Classification(label=found[0].label, score=found[0].score, scores=found)
