"""Texts that go on."""

from collections.abc import Sequence

from app.ai.custom_models.adapters.base import TextAdapter
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import TextQuestion


class TextGeneration(TextAdapter):
    """What the model writes after each text; the likeliest, so that it is always the same."""

    task = "text-generation"
    kind = Kind.GENERATE

    def answer_fitting(self, questions: Sequence[TextQuestion]) -> list[str]:
        """What follows each text. All questions ask for the same number of tokens."""
        tokenizer = self.pipe.tokenizer
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        found = self.run(
            [question.text for question in questions],
            max_new_tokens=questions[0].max_new_tokens,
            max_time=self.declaration.timeout_seconds,
            do_sample=False,
            return_full_text=False,
            handle_long_generation="hole" if self.declaration.truncate else None,
        )
        return [str(texts[0]["generated_text"]) for texts in found]

    def reserved(self, question: TextQuestion) -> int:
        """What is written has to fit as well."""
        return question.max_new_tokens
