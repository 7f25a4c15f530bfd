"""Decode uploaded images and audio. The content decides the format, not the file name."""

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING
from typing import BinaryIO

from app.ai.custom_models.port import SAMPLING_RATE
from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import ImageInput
from app.ai.custom_models.port import InvalidModelInput

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray
    from soundfile import SoundFile

IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
MAX_SIDE_PIXELS = 1333
"""Models use no higher resolution, and queued images need less memory."""

MAX_JPEG_SCANS = 50
"""Decoding a scan costs as much as a whole image. Cameras and editors write about ten scans."""

MAX_PNG_CHUNKS = 20_000
"""A PNG of 20 MB has about 2,500 chunks."""

MAX_PIXELS_PER_BYTE = 1000
MAX_UNCHECKED_PIXELS = 4_000_000
"""Up to this size, the ratio of pixels to bytes is not checked: plain images compress well."""

JPEG_SIGNATURE = b"\xff\xd8"
START_OF_SCAN = b"\xff\xda"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK_OVERHEAD = 12
"""Bytes of length, type and checksum."""

AUDIO_FORMATS = ("WAV", "WAVEX", "FLAC", "MP3", "OGG")
MAX_CHANNELS = 8
MAX_VALUES_PER_SECOND = 200_000
"""Of all channels together: stereo at 48,000 Hz has 96,000."""

SAMPLING_RATES = range(4_000, 200_000)
MIN_AUDIO_SECONDS = 0.05
BLOCK_SAMPLES = 65_536
INVALID_AUDIO = "The file is not a valid audio file; send WAV, FLAC, MP3 or OGG (Opus, Vorbis)."


def decode_image(file: BinaryIO, max_pixels: int) -> ImageInput:
    """Return an upright RGB image. Of an animation, only the first frame is decoded.

    Raises:
        InvalidModelInput: the file is no image, is damaged, or is too expensive to decode.
    """
    from PIL import Image
    from PIL import ImageOps

    content = file.read()
    too_many_pixels = InvalidModelInput(
        f"The image has more than {max_pixels} pixels; send a smaller one."
    )
    _check_structure(content)
    try:
        with Image.open(BytesIO(content), formats=IMAGE_FORMATS) as image:
            pixels = image.width * image.height
            if pixels > max_pixels:
                raise too_many_pixels
            if pixels > max(MAX_UNCHECKED_PIXELS, len(content) * MAX_PIXELS_PER_BYTE):
                detail = "The image has too many pixels for its file size; send a smaller one."
                raise InvalidModelInput(detail)
            original_size = image.size
            # Decodes a JPEG at a lower resolution, if possible
            image.draft("RGB", (MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_many_pixels from None
    except (InvalidModelInput, MemoryError):
        raise
    except Exception as error:  # decoders raise many exceptions on damaged files
        formats = ", ".join(IMAGE_FORMATS)
        raise InvalidModelInput(f"The file is not a valid image; send one of {formats}.") from error
    upright.thumbnail((MAX_SIDE_PIXELS, MAX_SIDE_PIXELS))
    return ImageInput(upright, max(upright.size) / max(original_size))


def _check_structure(content: bytes) -> None:
    """Reject images with so many scans or chunks that a small file takes long to decode."""
    if content.startswith(PNG_SIGNATURE):
        count, limit, name = _count_png_chunks(content), MAX_PNG_CHUNKS, "chunks"
    elif content.startswith(JPEG_SIGNATURE):
        count, limit, name = content.count(START_OF_SCAN), MAX_JPEG_SCANS, "scans"
    else:
        return
    if count > limit:
        raise InvalidModelInput(
            f"The image has {count} {name}, and the limit is {limit}; save it again."
        )


def _count_png_chunks(content: bytes) -> int:
    count, offset = 0, len(PNG_SIGNATURE)
    while offset < len(content) and count <= MAX_PNG_CHUNKS:
        offset += PNG_CHUNK_OVERHEAD + int.from_bytes(content[offset : offset + 4], "big")
        count += 1
    return count


def decode_audio(file: BinaryIO, max_seconds: float) -> AudioInput:
    """Return mono audio at the sampling rate of the models.

    Raises:
        InvalidModelInput: the file is no audio, is damaged, too short, or too expensive to decode.
    """
    import numpy
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(file) as audio:
            if audio.format not in AUDIO_FORMATS:
                raise InvalidModelInput(INVALID_AUDIO)
            _check_sampling_rate(audio.channels, audio.samplerate)
            resampler = soxr.ResampleStream(audio.samplerate, SAMPLING_RATE, 1, dtype="float32")
            chunks = [resampler.resample_chunk(each) for each in _mono_blocks(audio, max_seconds)]
            chunks.append(resampler.resample_chunk(numpy.zeros(0, dtype="float32"), last=True))
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise InvalidModelInput(INVALID_AUDIO) from error
    samples = numpy.concatenate(chunks)
    if len(samples) < MIN_AUDIO_SECONDS * SAMPLING_RATE or not numpy.isfinite(samples).all():
        raise InvalidModelInput("The audio is empty or has invalid samples.")
    return AudioInput(samples)


def _check_sampling_rate(channels: int, rate: int) -> None:
    values_per_second = channels * rate
    if (
        channels > MAX_CHANNELS
        or rate not in SAMPLING_RATES
        or values_per_second > MAX_VALUES_PER_SECOND
    ):
        raise InvalidModelInput(
            f"{channels} channels at {rate} Hz are not supported; send mono at 16000 Hz."
        )


def _mono_blocks(audio: "SoundFile", max_seconds: float) -> Iterator["NDArray[float32]"]:
    """Yield the audio in mono, block by block: a small file can contain hours of silence."""
    limit = int(max_seconds * audio.samplerate)
    count = 0
    # Read to the end of the file: the length in the header may be wrong
    while len(block := audio.read(BLOCK_SAMPLES, dtype="float32", always_2d=True)):
        count += len(block)
        if count > limit:
            raise InvalidModelInput(
                f"The audio is longer than {max_seconds:g} seconds; send a shorter recording."
            )
        yield block.mean(axis=1, dtype="float32")
