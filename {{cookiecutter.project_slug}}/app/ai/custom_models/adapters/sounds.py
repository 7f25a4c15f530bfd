"""Speech as text."""

from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.adapters.base import Adapter
from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import Kind
from app.ai.custom_models.port import LoadingFailed
from app.ai.custom_models.port import SoundQuestion
from app.ai.custom_models.sounds import SAMPLES_PER_SECOND

WHISPER = "seq2seq_whisper"
WHISPER_SECONDS = 30
"""Whisper listens to so much at once; what is longer it only takes with time stamps."""


class SpeechRecognition(Adapter):
    """What is said in a recording."""

    task = "automatic-speech-recognition"
    kind = Kind.TRANSCRIBE

    def __init__(self, pipe: Any, declaration: Declaration) -> None:
        super().__init__(pipe, declaration)
        rate = pipe.feature_extractor.sampling_rate
        if rate != SAMPLES_PER_SECOND:
            raise LoadingFailed(f"it listens to {rate} samples a second, not {SAMPLES_PER_SECOND}")

    def probe(self) -> SoundQuestion:
        """A second of silence."""
        import numpy

        return SoundQuestion(numpy.zeros(SAMPLES_PER_SECOND, dtype="float32"))

    def answer(self, questions: Sequence[SoundQuestion]) -> list[str]:
        """The text of each recording.

        One after the other: many models have no mask for silence that is added, so that a text
        would depend on who else asks.
        """
        return [self._transcribe(question) for question in questions]

    def _transcribe(self, question: SoundQuestion) -> str:
        sound = {"raw": question.samples, "sampling_rate": SAMPLES_PER_SECOND}
        longer = question.size > WHISPER_SECONDS * SAMPLES_PER_SECOND
        if self.pipe.type == WHISPER and longer:
            return str(self.pipe(sound, return_timestamps=True)["text"])
        return str(self.pipe(sound)["text"])
