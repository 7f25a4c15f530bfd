"""Text classification, zero-shot classification, token classification and text generation."""

import math
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from app.ai.custom_models.classification import to_classification
from app.ai.custom_models.port import Operation
from app.ai.custom_models.port import TextInput
from app.ai.local_models.adapters.base import TextAdapter
from app.schemas.custom_models import Classification
from app.schemas.custom_models import EntityList
from app.schemas.custom_models import TextEntity

HYPOTHESIS_TEMPLATE = "This example is {}."
"""The default of the zero-shot pipeline. The model checks whether a text entails the hypothesis."""


class TextClassification(TextAdapter):
    """Assigns one of the model's labels to each text."""

    task = "text-classification"
    operation = Operation.CLASSIFY

    def predict_valid(self, inputs: Sequence[TextInput]) -> list[Classification]:
        """Return the labels of each text."""
        texts = [each.text for each in inputs]
        outputs = self.run_pipeline(texts, top_k=None, **self.truncation_kwargs)
        return [to_classification(scores) for scores in outputs]


class EntailmentLogits(NamedTuple):
    """The logits of a zero-shot model for one text and one label."""

    entailment: float
    contradiction: float


def to_hypothesis(label: str) -> str:
    """Return the hypothesis for a label."""
    return HYPOTHESIS_TEMPLATE.format(label)


def classify_by_entailment(
    labels: Sequence[str], logits_by_label: Sequence[EntailmentLogits]
) -> Classification:
    """Apply softmax to the entailment logits of all labels.

    A single label is compared with its own contradiction, as the zero-shot pipeline does.
    """
    logits = [each.entailment for each in logits_by_label]
    if len(labels) == 1:
        logits.append(logits_by_label[0].contradiction)
    weights = [math.exp(logit - max(logits)) for logit in logits]
    scores = [weight / sum(weights) for weight in weights]
    return to_classification(
        {"label": label, "score": score} for label, score in zip(labels, scores, strict=False)
    )


class ZeroShotClassification(TextAdapter):
    """Computes the logits of one label per input; ``classify_by_entailment`` combines them.

    The pipeline takes a text with all its labels at once. Here every pair of text and label is an
    input of its own, so that batches are limited by actual work and stop when the client is gone.
    """

    task = "zero-shot-classification"
    operation = Operation.CLASSIFY
    has_fixed_labels = False

    @staticmethod
    def to_inputs(text: str, labels: Sequence[str]) -> list[TextInput]:
        """Return one input for each label."""
        return [TextInput(text, to_hypothesis(label)) for label in labels]

    @staticmethod
    def combine(labels: Sequence[str], outputs: Sequence[Any]) -> Classification:
        """Return the classification from the logits of all labels."""
        return classify_by_entailment(labels, outputs)

    def warmup_input(self) -> TextInput:
        """Return a short text with a label."""
        return TextInput("a", pair=to_hypothesis("b"))

    def predict_valid(self, inputs: Sequence[TextInput]) -> list[EntailmentLogits]:
        """Return the logits of each pair of text and hypothesis."""
        entailment = self.pipe.entailment_id
        contradiction = -1 if entailment == 0 else 0
        encoded = self.pipe.tokenizer(
            [each.text for each in inputs],
            [each.pair for each in inputs],
            padding=True,
            return_tensors="pt",
            **self.truncation_kwargs,
        ).to(self.pipe.device)
        logits = self.pipe.model(**encoded).logits[:, [entailment, contradiction]].float().tolist()
        return [EntailmentLogits(*each) for each in logits]

    @property
    def truncation_kwargs(self) -> dict[str, Any]:
        """Tokenizer arguments that truncate the text but never the hypothesis."""
        kwargs = super().truncation_kwargs
        return {**kwargs, "truncation": "only_first"} if kwargs else {}

    def reserved_tokens(self, model_input: TextInput) -> int:
        """Return the tokens of the hypothesis, which is part of the same sequence."""
        return len(self.pipe.tokenizer(model_input.pair)["input_ids"])


class TokenClassification(TextAdapter):
    """Finds named entities: people, places, dates and others, with their position in the text."""

    task = "token-classification"
    operation = Operation.TOKENS

    def predict_valid(self, inputs: Sequence[TextInput]) -> list[EntityList]:
        """Return the entities of each text."""
        texts = [each.text for each in inputs]
        outputs = self.run_pipeline(texts, aggregation_strategy="simple")
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
            for text, entities in zip(texts, outputs, strict=True)
        ]


class TextGeneration(TextAdapter):
    """Continues each text. Decoding is greedy, so the same text always gets the same result."""

    task = "text-generation"
    operation = Operation.GENERATE

    def predict_valid(self, inputs: Sequence[TextInput]) -> list[str]:
        """Return the generated texts. All inputs have the same ``max_new_tokens``."""
        tokenizer = self.pipe.tokenizer
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        outputs = self.run_pipeline(
            [each.text for each in inputs],
            max_new_tokens=inputs[0].max_new_tokens,
            max_time=self.config.timeout_seconds,
            do_sample=False,
            stopping_criteria=[_stop_when_cancelled(inputs)],
            return_full_text=False,
            handle_long_generation="hole" if self.config.truncate else None,
        )
        return [str(texts[0]["generated_text"]) for texts in outputs]

    def reserved_tokens(self, model_input: TextInput) -> int:
        """Return the tokens to generate, which have to fit into the limit as well."""
        return model_input.max_new_tokens


def _stop_when_cancelled(inputs: Sequence[TextInput]) -> Any:
    """Return a stopping criterion that is met when all requests of the batch are cancelled."""
    import torch

    def is_done(input_ids: Any, _scores: Any, **_: Any) -> Any:
        done = all(each.cancelled is not None and each.cancelled.is_set() for each in inputs)
        return torch.full((len(input_ids),), done, device=input_ids.device, dtype=torch.bool)

    return is_done
