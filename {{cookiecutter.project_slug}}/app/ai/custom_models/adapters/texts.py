"""Texts that get a label, and texts in which things are found."""

from collections.abc import Sequence

from app.ai.custom_models.adapters.base import TextAdapter
from app.ai.custom_models.adapters.base import classification
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import TextQuestion
from app.schemas.custom_models import Classification
from app.schemas.custom_models import EntityList
from app.schemas.custom_models import TextEntity

HYPOTHESIS = "This example is {}."
"""The pipeline's own sentence, which a zero-shot model compares each text with."""


class TextClassification(TextAdapter):
    """One of the labels that the model learned, for each text."""

    task = "text-classification"
    kind = Kind.CLASSIFY

    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[Classification]:
        """The label of each text."""
        texts = [question.text for question in questions]
        return [classification(found) for found in self.run(texts, top_k=None, **self.cutting)]


class ZeroShotClassification(TextAdapter):
    """One of the labels that the request names, or the declaration."""

    task = "zero-shot-classification"
    kind = Kind.CLASSIFY
    own_labels = False

    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[Classification]:
        """The label of each text. All questions have the same labels."""
        texts = [question.text for question in questions]
        found = self.run(
            texts, candidate_labels=list(questions[0].labels), hypothesis_template=HYPOTHESIS
        )
        return [
            classification(
                {"label": label, "score": score}
                for label, score in zip(each["labels"], each["scores"], strict=True)
            )
            for each in found
        ]

    def reserved(self, question: TextQuestion) -> int:
        """The sentence with the longest label stands in the same input."""
        sentences = [HYPOTHESIS.format(label) for label in question.labels]
        return max(map(len, self.pipe.tokenizer(sentences)["input_ids"]))


class TokenClassification(TextAdapter):
    """Names, places, dates and the like, with where they stand."""

    task = "token-classification"
    kind = Kind.TOKENS

    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[EntityList]:
        """What was found in each text."""
        texts = [question.text for question in questions]
        found = self.run(texts, aggregation_strategy="simple")
        return [
            EntityList(
                entities=[
                    TextEntity(
                        label=entity["entity_group"],
                        text=text[entity["start"] : entity["end"]],
                        start=entity["start"],
                        end=entity["end"],
                        score=float(entity["score"]),
                    )
                    for entity in entities
                ]
            )
            for text, entities in zip(texts, found, strict=True)
        ]
