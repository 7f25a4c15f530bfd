"""Images and sounds: told by their content, bounded, and brought into one form."""

import io
import struct
import zlib
from typing import Any

import numpy
import pytest
import soundfile
from PIL import Image

from app.ai.custom_models.images import LONGEST_SIDE
from app.ai.custom_models.images import read_image
from app.ai.custom_models.port import Unusable
from app.ai.custom_models.sounds import read_sound


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> io.BytesIO:
    """A file with a red image."""
    file = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(file, kind, **options)
    file.seek(0)
    return file


def sound(
    kind: str = "WAV", seconds: float = 1, rate: int = 16_000, channels: int = 1, **options: Any
) -> io.BytesIO:
    """A file with a tone of 440 Hz."""
    file = io.BytesIO()
    times = numpy.arange(int(seconds * rate)) / rate
    tone = 0.5 * numpy.sin(2 * numpy.pi * 440 * times)
    soundfile.write(file, numpy.stack([tone] * channels, 1), rate, format=kind, **options)
    file.seek(0)
    return file


def bomb(width: int, height: int) -> io.BytesIO:
    """A PNG of some bytes that says it is this large."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    parts = [(b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")]
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_an_image_of_any_usual_format_is_read(kind: str) -> None:
    question = read_image(image(kind), 10_000)
    assert (question.image.mode, question.image.size, question.scale) == ("RGB", (40, 30), 1)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    assert read_image(image(mode=mode), 10_000).image.mode == "RGB"


def test_a_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees, as phones write it
    assert read_image(image("JPEG", exif=exif), 10_000).image.size == (30, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_image_becomes_smaller(kind: str) -> None:
    question = read_image(image(kind, (4000, 2000)), 10_000_000)
    assert question.image.size == (LONGEST_SIDE, 667)
    assert question.scale == pytest.approx(LONGEST_SIDE / 4000)


@pytest.mark.parametrize("size", [(101, 100), (10_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(Unusable, match="more than 10000 pixels"):
        read_image(bomb(*size), 10_000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        image("TIFF").getvalue(),
        image("PNG", (400, 300)).getvalue()[:200],
        image("JPEG", (400, 300)).getvalue()[:500],
        sound().getvalue(),
        bytes(range(256)) * 10,
    ],
)
def test_what_is_no_image_is_refused(content: bytes) -> None:
    with pytest.raises(Unusable, match="no image, or a damaged one"):
        read_image(io.BytesIO(content), 1_000_000)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8_000, 1)])
def test_a_sound_of_any_usual_format_is_read(kind: str, rate: int, channels: int) -> None:
    samples = read_sound(sound(kind, 1, rate, channels), 60).samples
    assert samples.dtype == numpy.float32
    assert len(samples) == pytest.approx(16_000, rel=0.1)
    loudest = numpy.abs(numpy.fft.rfft(samples[:16_000])).argmax()
    assert loudest * 16_000 / min(len(samples), 16_000) == pytest.approx(440, abs=3)


def test_a_long_sound_is_refused_whatever_its_header_says() -> None:
    with pytest.raises(Unusable, match="longer than 2 seconds"):
        read_sound(sound(seconds=2.1), 2)
    lying = bytearray(sound(seconds=0.5).getvalue())
    lying[40:44] = struct.pack("<I", 0x7FFF_FFF0)  # how many bytes of sound follow
    assert len(read_sound(io.BytesIO(lying), 2).samples) == 8_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF\0\0\0\0WAVEfmt ",
        image().getvalue(),
        b"\xff\xfb\x90\x00" * 3,
        sound(subtype="FLOAT").getvalue()[:-4] + struct.pack("<f", float("nan")),
        sound(seconds=0.001).getvalue(),
        sound(channels=9).getvalue(),
    ],
)
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(Unusable):
        read_sound(io.BytesIO(content), 60)
