"""Uploads are decoded in processes with limits, which are killed when a request is cancelled."""

import asyncio
import io
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from contextlib import suppress
from typing import Any

import numpy
import pytest
import soundfile
from PIL import Image

from app.ai.custom_models import decoding
from app.ai.custom_models.decode_worker import LENGTHS
from app.ai.custom_models.decode_worker import read_message
from app.ai.custom_models.decode_worker import serve
from app.ai.custom_models.decode_worker import write_message
from app.ai.custom_models.decoding import DecodeProcess
from app.ai.custom_models.decoding import MediaDecoder
from app.ai.custom_models.port import InvalidModelInput
from tests.support.custom_models import wait_until
from tests.support.settings import make_settings

# Replacements of the decode worker, since a real one would need a malicious file.
PROGRAMS = {
    "sleeps": "import sys, time; sys.stdout.buffer.write(bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b'{}');"
    "sys.stdout.flush(); sys.stdin.buffer.read(1); time.sleep(600)",
    "crashes": "import os, sys; sys.stdout.buffer.write(bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b'{}');"
    "sys.stdout.flush(); sys.stdin.buffer.read(1); os.abort()",
    "garbage": "import sys; sys.stdout.buffer.write(bytes([0, 0, 0, 2, 0, 0, 0, 0]) + b'{}');"
    "sys.stdout.flush(); sys.stdin.buffer.read(1); sys.stdout.buffer.write(b'\\xff' * 10)",
    "does not start": "raise SystemExit(3)",
}


def png(color: str = "red") -> io.BytesIO:
    """Return a small image."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(file, "PNG")
    return file


def wav() -> io.BytesIO:
    """Return a second of silence."""
    file = io.BytesIO()
    soundfile.write(file, numpy.zeros(8_000), 8_000, format="WAV")
    return file


class StartedProcesses:
    """Records the processes that are started."""

    def __init__(self) -> None:
        self.all: list[DecodeProcess] = []

    def popen(self) -> list["subprocess.Popen[bytes]"]:
        """Return the processes of the standard library."""
        return [each._process for each in self.all]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> StartedProcesses:
    """Record the processes that are started from now on."""
    started, init = StartedProcesses(), DecodeProcess.__init__

    def record(process: DecodeProcess, *args: Any) -> None:
        init(process, *args)
        started.all.append(process)

    monkeypatch.setattr(DecodeProcess, "__init__", record)
    return started


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Replace the program of decode processes."""
    start = subprocess.Popen

    def choose(name: str) -> None:
        def instead(_: Any, **options: Any) -> Any:
            return start([sys.executable, "-c", PROGRAMS[name]], **options)

        monkeypatch.setattr(decoding.subprocess, "Popen", instead)  # type: ignore[attr-defined]

    return choose


@asynccontextmanager
async def start_decoder(**settings: Any) -> AsyncIterator[MediaDecoder]:
    """Yield a decoder that is closed at the end."""
    decoder = MediaDecoder(make_settings(**settings))
    try:
        yield decoder
    finally:
        await decoder.close()


async def test_one_process_decodes_several_files(started: StartedProcesses) -> None:
    async with start_decoder() as decoder:
        for color, pixel in (("red", (255, 0, 0)), ("blue", (0, 0, 255))):
            decoded = await decoder.decode_image(png(color), "me")
            assert decoded.image.getpixel((0, 0)) == pixel
        with pytest.raises(InvalidModelInput, match="not a valid image"):
            await decoder.decode_image(wav(), "me")
        assert len(started.all) == 1
        samples = (await decoder.decode_audio(wav(), "me")).samples
        assert len(samples) == pytest.approx(16_000, abs=10)
        assert samples.flags.writeable
    assert [process.poll() is not None for process in started.popen()] == [True, True]


async def test_a_process_has_no_secrets_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    start = subprocess.Popen

    def record(command: Any, **options: Any) -> Any:
        seen.append(options["env"])
        return start(command, **options)

    monkeypatch.setenv("SECRET_OF_THE_SERVER", "x")
    monkeypatch.setattr(decoding.subprocess, "Popen", record)  # type: ignore[attr-defined]
    async with start_decoder() as decoder:
        await decoder.decode_image(png(), "me")
    assert "PATH" in seen[0]
    assert not [name for name in seen[0] if "SECRET" in name or "DATABASE" in name]


async def test_cancelling_kills_the_process(
    started: StartedProcesses, program: Callable[[str], None]
) -> None:
    program("sleeps")
    async with start_decoder(decode_workers=1) as decoder:
        decoding_task = asyncio.create_task(decoder.decode_image(png(), "me"))
        await wait_until(lambda: started.all and started.all[0]._ready)
        assert started.popen()[0].poll() is None
        decoding_task.cancel()
        with suppress(asyncio.CancelledError):
            await decoding_task
        await wait_until(lambda: started.popen()[0].returncode)
        assert started.popen()[0].returncode != 0


@pytest.mark.parametrize("name", ["crashes", "garbage"])
async def test_a_process_that_ends_is_replaced(
    started: StartedProcesses,
    program: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    async with start_decoder(decode_workers=1) as decoder:
        with monkeypatch.context():
            program(name)
            with pytest.raises(InvalidModelInput, match="may be damaged"):
                await decoder.decode_image(png(), "me")
        monkeypatch.undo()
        assert (await decoder.decode_image(png(), "me")).image.size == (40, 30)
    assert started.popen()[0].returncode is not None


async def test_a_process_that_does_not_start_is_a_server_error(
    started: StartedProcesses, program: Callable[[str], None]
) -> None:
    program("does not start")
    async with start_decoder() as decoder:
        with pytest.raises(ChildProcessError, match="ended with exit code 3"):
            await decoder.decode_image(png(), "me")
    assert started.popen()[0].returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of CPU time")
async def test_cpu_time_is_limited(
    monkeypatch: pytest.MonkeyPatch, started: StartedProcesses
) -> None:
    loop = "from app.ai.custom_models import decode_worker as w, media\n"
    loop += "def read(*_):\n    while True: pass\nw.decode_image = read\nw.main('image', 512)"
    start = subprocess.Popen

    def instead(_: Any, **options: Any) -> Any:
        return start([sys.executable, "-c", loop], **options)

    monkeypatch.setattr(decoding.subprocess, "Popen", instead)  # type: ignore[attr-defined]
    async with start_decoder(decode_timeout_seconds=0.5) as decoder:
        with pytest.raises(InvalidModelInput, match=r"more than 0\.5 seconds"):
            await decoder.decode_image(png(), "me")
    assert started.popen()[0].returncode is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
async def test_memory_is_limited(started: StartedProcesses) -> None:
    file = io.BytesIO()
    Image.new("RGB", (9000, 9000)).save(file, "PNG", compress_level=1)
    async with start_decoder(decode_memory_mb=128, image_max_pixels=100_000_000) as decoder:
        with pytest.raises(InvalidModelInput, match="too much memory"):
            await decoder.decode_image(file, "me")
        assert (await decoder.decode_image(png(), "me")).image.size == (40, 30)
    assert len(started.all) == 1


async def test_many_files_of_one_client_do_not_block_others(
    started: StartedProcesses, program: Callable[[str], None]
) -> None:
    program("sleeps")
    async with start_decoder(decode_workers=2) as decoder:
        many = [asyncio.create_task(decoder.decode_image(png(), "one")) for _ in range(10)]
        await wait_until(lambda: len(started.all) == 1)
        other = asyncio.create_task(decoder.decode_image(png(), "another"))
        await wait_until(lambda: len(started.all) == 2)
        for task in (*many, other):
            task.cancel()
        await asyncio.gather(*many, other, return_exceptions=True)
        await wait_until(lambda: all(process.returncode for process in started.popen()))
    assert len(started.all) == 2


def test_the_worker_decodes_files_in_order() -> None:
    requests, responses = io.BytesIO(), io.BytesIO()
    for file in (png(), wav()):
        request = {"limit": 10_000, "seconds": 10_000}
        file.seek(0)
        write_message(requests, request, file, len(file.getvalue()))
    requests.seek(0)
    serve("image", requests, responses)
    responses.seek(0)
    header, pixels = read_message(responses, 10_000)
    assert (header, len(pixels)) == ({"size": [40, 30], "scale": 1}, 3 * 40 * 30)
    header, pixels = read_message(responses, 10_000)
    assert "not a valid image" in header["error"]
    assert not responses.read()
    requests, responses = io.BytesIO(), io.BytesIO()
    write_message(requests, {"limit": 60, "seconds": 10_000}, io.BytesIO(wav().getvalue()), 16_044)
    requests.seek(0)
    serve("audio", requests, responses)
    responses.seek(0)
    assert len(read_message(responses, 100_000)[1]) == pytest.approx(64_000, abs=50)


@pytest.mark.parametrize("content", [b"", LENGTHS.pack(2, 0) + b"{", struct.pack(">II", 9, 999)])
def test_an_incomplete_message_is_rejected(content: bytes) -> None:
    with pytest.raises((EOFError, ValueError)):
        read_message(io.BytesIO(content), 1000)
