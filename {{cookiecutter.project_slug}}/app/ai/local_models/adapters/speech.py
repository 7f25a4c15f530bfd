"""Speech recognition."""

from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.port import SAMPLING_RATE
from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import ModelLoadError
from app.ai.custom_models.port import Operation
from app.ai.local_models.adapters.base import Adapter
from app.ai.local_models.config import LocalModelConfig

WHISPER = "seq2seq_whisper"
WHISPER_WINDOW_SECONDS = 30
"""Whisper requires timestamps for audio that is longer than its window."""


class SpeechRecognition(Adapter):
    """Transcribes recordings."""

    task = "automatic-speech-recognition"
    operation = Operation.TRANSCRIBE
    batched = False

    def __init__(self, pipe: Any, config: LocalModelConfig) -> None:
        super().__init__(pipe, config)
        rate = pipe.feature_extractor.sampling_rate
        if rate != SAMPLING_RATE:
            raise ModelLoadError(
                f"its sampling rate is {rate} Hz; only {SAMPLING_RATE} is supported"
            )

    def warmup_input(self) -> AudioInput:
        """Return a second of silence."""
        import numpy

        return AudioInput(numpy.zeros(SAMPLING_RATE, dtype="float32"))

    def predict(self, inputs: Sequence[AudioInput]) -> list[str]:
        """Return the text of each recording.

        Recordings are not batched: many models have no attention mask for padding, so a
        transcription would depend on the other recordings of its batch.
        """
        return [self._transcribe(each) for each in inputs]

    def _transcribe(self, model_input: AudioInput) -> str:
        audio = {"raw": model_input.samples, "sampling_rate": SAMPLING_RATE}
        is_long = model_input.size > WHISPER_WINDOW_SECONDS * SAMPLING_RATE
        if self.pipe.type == WHISPER and is_long:
            return str(self.pipe(audio, return_timestamps=True)["text"])
        return str(self.pipe(audio)["text"])
