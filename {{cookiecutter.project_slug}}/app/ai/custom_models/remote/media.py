"""Encodes decoded images and recordings for model servers."""

import io
import wave

from app.ai.custom_models.port import SAMPLING_RATE
from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import ImageInput

IMAGE_TYPE, AUDIO_TYPE = "image/png", "audio/wav"
MAX_INT16 = 32_767


def encode_image(model_input: ImageInput) -> bytes:
    """Return an image as PNG."""
    file = io.BytesIO()
    model_input.image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def encode_audio(model_input: AudioInput) -> bytes:
    """Return a recording as WAV with 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as audio:
        audio.setnchannels(1)
        audio.setsampwidth(2)
        audio.setframerate(SAMPLING_RATE)
        audio.writeframes((model_input.samples.clip(-1, 1) * MAX_INT16).astype("<i2").tobytes())
    return file.getvalue()
