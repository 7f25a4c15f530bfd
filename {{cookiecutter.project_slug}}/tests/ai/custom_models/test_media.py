"""Images and audio: detected by content, limited, and converted to one format."""

import io
import struct
import zlib
from typing import Any

import numpy
import pytest
import soundfile
from PIL import Image
from PIL import ImageFile

from app.ai.custom_models.media import BLOCK_SAMPLES
from app.ai.custom_models.media import MAX_JPEG_SCANS
from app.ai.custom_models.media import MAX_PNG_CHUNKS
from app.ai.custom_models.media import MAX_SIDE_PIXELS
from app.ai.custom_models.media import decode_audio
from app.ai.custom_models.media import decode_image
from app.ai.custom_models.port import InvalidModelInput


def make_image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> io.BytesIO:
    """Return a red image."""
    file = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(file, kind, **options)
    file.seek(0)
    return file


def make_audio(
    kind: str = "WAV", seconds: float = 1, rate: int = 16_000, channels: int = 1, **options: Any
) -> io.BytesIO:
    """Return a tone of 440 Hz."""
    file = io.BytesIO()
    times = numpy.arange(int(seconds * rate)) / rate
    tone = 0.5 * numpy.sin(2 * numpy.pi * 440 * times)
    soundfile.write(file, numpy.stack([tone] * channels, 1), rate, format=kind, **options)
    file.seek(0)
    return file


def make_bomb(width: int, height: int, *, chunks: int = 0) -> io.BytesIO:
    """Return a tiny PNG that claims this size, with a number of empty chunks."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    empty = [(b"teSt", b"")] * chunks
    parts = [(b"IHDR", header), *empty, (b"IDAT", pixels), (b"IEND", b"")]
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_common_image_formats_are_decoded(kind: str) -> None:
    decoded = decode_image(make_image(kind), 10_000)
    assert (decoded.image.mode, decoded.image.size, decoded.scale) == ("RGB", (40, 30), 1)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "I;16"])
def test_every_mode_is_converted_to_rgb(mode: str) -> None:
    assert decode_image(make_image(mode=mode), 10_000).image.mode == "RGB"


def test_the_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    assert decode_image(make_image("JPEG", exif=exif), 10_000).image.size == (30, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_image_is_scaled_down(kind: str) -> None:
    decoded = decode_image(make_image(kind, (4000, 2000)), 10_000_000)
    assert decoded.image.size == (MAX_SIDE_PIXELS, 667)
    assert decoded.scale == pytest.approx(MAX_SIDE_PIXELS / 4000)


@pytest.mark.parametrize("size", [(101, 100), (10_000, 10_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_not_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(InvalidModelInput, match="more than 10000 pixels"):
        decode_image(make_bomb(*size), 10_000)


def test_a_plain_image_is_not_a_decompression_bomb() -> None:
    assert decode_image(make_image("PNG", (4000, 3000)), 50_000_000).image.size == (
        MAX_SIDE_PIXELS,
        1000,
    )
    with pytest.raises(InvalidModelInput, match="too many pixels for its file size"):
        decode_image(make_bomb(7000, 7000), 50_000_000)


def test_an_image_with_too_many_scans_or_chunks_is_not_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    progressive = make_image("JPEG", (64, 64), progressive=True).getvalue()
    assert decode_image(io.BytesIO(progressive), 10_000).image.size == (64, 64)
    begin = progressive.rindex(b"\xff\xda")
    scan = progressive[begin : progressive.rindex(b"\xff\xd9")]
    scans = io.BytesIO(progressive[:begin] + scan * MAX_JPEG_SCANS + progressive[begin:])
    chunks = make_bomb(10, 10, chunks=MAX_PNG_CHUNKS)
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: pytest.fail("it was decoded"))
    with pytest.raises(InvalidModelInput, match="scans, and the limit is"):
        decode_image(scans, 10_000)
    with pytest.raises(InvalidModelInput, match="chunks, and the limit is"):
        decode_image(chunks, 10_000)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_only_the_first_frame_of_an_animation_is_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [Image.new("RGB", (8, 8), (number, 0, 255)) for number in range(100)]
    file = io.BytesIO()
    frames[0].save(file, kind, save_all=True, append_images=frames[1:])
    file.seek(0)
    decoded: list[int] = []
    load = ImageFile.ImageFile.load

    def record(self: ImageFile.ImageFile) -> Any:
        decoded.append(self.tell())
        return load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "load", record)
    assert decode_image(file, 10_000).image.size == (8, 8)
    assert set(decoded) <= {0}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        make_image("TIFF").getvalue(),
        make_image("PNG", (400, 300)).getvalue()[:200],
        make_image("JPEG", (400, 300)).getvalue()[:500],
        make_audio().getvalue(),
        bytes(range(256)) * 10,
    ],
)
def test_invalid_images_are_rejected(content: bytes) -> None:
    with pytest.raises(InvalidModelInput, match="not a valid image"):
        decode_image(io.BytesIO(content), 1_000_000)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (44_100, 2), (8_000, 1)])
def test_common_audio_formats_are_decoded(kind: str, rate: int, channels: int) -> None:
    samples = decode_audio(make_audio(kind, 1, rate, channels), 60).samples
    assert samples.dtype == numpy.float32
    assert len(samples) == pytest.approx(16_000, rel=0.1)
    loudest = numpy.abs(numpy.fft.rfft(samples[:16_000])).argmax()
    assert loudest * 16_000 / min(len(samples), 16_000) == pytest.approx(440, abs=3)


def test_audio_that_is_too_long_is_rejected_even_if_its_header_is_wrong() -> None:
    with pytest.raises(InvalidModelInput, match="longer than 2 seconds"):
        decode_audio(make_audio(seconds=2.1), 2)
    wrong_header = bytearray(make_audio(seconds=0.5).getvalue())
    wrong_header[40:44] = struct.pack("<I", 0x7FFF_FFF0)  # the number of bytes of audio
    assert len(decode_audio(io.BytesIO(wrong_header), 2).samples) == 8_000


def test_a_small_file_with_hours_of_silence_is_not_decoded_to_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    silence = io.BytesIO()
    soundfile.write(silence, numpy.zeros(16_000 * 600), 16_000, format="FLAC")
    assert len(silence.getvalue()) < 200_000
    silence.seek(0)
    read, samples = soundfile.SoundFile.read, list[int]()

    def record(self: soundfile.SoundFile, *args: Any, **options: Any) -> Any:
        block = read(self, *args, **options)
        samples.append(len(block))
        return block

    monkeypatch.setattr(soundfile.SoundFile, "read", record)
    with pytest.raises(InvalidModelInput, match="longer than 2 seconds"):
        decode_audio(silence, 2)
    assert sum(samples) <= 2 * 16_000 + BLOCK_SAMPLES


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF\0\0\0\0WAVEfmt ",
        make_image().getvalue(),
        b"\xff\xfb\x90\x00" * 3,
        make_audio(subtype="FLOAT").getvalue()[:-4] + struct.pack("<f", float("nan")),
        make_audio(seconds=0.001).getvalue(),
        make_audio(channels=9).getvalue(),
        make_audio(channels=8, rate=48_000).getvalue(),
        make_audio("AIFF").getvalue(),
    ],
)
def test_invalid_audio_is_rejected(content: bytes) -> None:
    with pytest.raises(InvalidModelInput):
        decode_audio(io.BytesIO(content), 60)
