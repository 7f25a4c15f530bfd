"""Decodes uploaded files in separate processes.

Decoders are large C libraries. A crafted file can keep one busy for hours, exhaust the memory, or
exploit a vulnerability. So each decoder runs in a process that has limits of CPU time and memory,
has no access to secrets, and is killed as soon as its request is cancelled.
"""

import asyncio
import io
import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Any
from typing import BinaryIO

from app.ai.custom_models.decode_worker import read_message
from app.ai.custom_models.decode_worker import write_message
from app.ai.custom_models.media import MAX_SIDE_PIXELS
from app.ai.custom_models.port import SAMPLING_RATE
from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import ImageInput
from app.ai.custom_models.port import InvalidModelInput
from app.core.config.custom_models import CustomModelSettings
from app.kit.client_slots import ClientSlots
from app.kit.project_metadata import ROOT

WORKER_MODULE = "app.ai.custom_models.decode_worker"
ENVIRONMENT = ("HOME", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHON", "SYSTEMROOT", "TEMP")
"""Prefixes of the environment variables that a process inherits."""

MAX_MESSAGE_HEADER_BYTES = 4096
BYTES_PER_SAMPLE = 4
MAX_IMAGE_MESSAGE_BYTES = MAX_MESSAGE_HEADER_BYTES + 3 * MAX_SIDE_PIXELS**2

SINGLE_THREADED = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

logger = logging.getLogger(__name__)


class DecodeProcess:
    """A process that decodes one file at a time."""

    def __init__(self, media_type: str, settings: CustomModelSettings) -> None:
        self._timeout_seconds = settings.decode_timeout_seconds
        self._ready = False
        self._process = subprocess.Popen(  # noqa: S603 - no argument comes from a client
            [sys.executable, "-m", WORKER_MODULE, media_type, str(settings.decode_memory_mb)],
            cwd=ROOT,
            env=SINGLE_THREADED
            | {name: each for name, each in os.environ.items() if name.startswith(ENVIRONMENT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def decode(self, file: BinaryIO, limit: float, max_bytes: int) -> tuple[dict[str, Any], bytes]:
        """Return the header and content of the response. Blocks until it is read, or killed.

        Raises:
            InvalidModelInput: the file made the process end.
            ChildProcessError: the process does not start.
        """
        try:
            return self._request(file, limit, max_bytes)
        except (EOFError, OSError, ValueError) as error:
            self.kill()
            code = self.wait()
            if not self._ready:
                raise ChildProcessError(f"{WORKER_MODULE} ended with exit code {code}") from error
            logger.warning("a decode process ended with exit code %d", code)
            if code == -getattr(signal, "SIGXCPU", 0):
                raise InvalidModelInput(
                    f"Decoding this file takes more than {self._timeout_seconds:g} seconds; "
                    "send a smaller file."
                ) from None
            raise InvalidModelInput("The file cannot be read; it may be damaged.") from error

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    def wait(self) -> int:
        """Wait for the process to end, and return its exit code."""
        with suppress(BrokenPipeError), self._process:  # closes its pipes
            pass
        return self._process.wait()

    def _request(
        self, file: BinaryIO, limit: float, max_bytes: int
    ) -> tuple[dict[str, Any], bytes]:
        assert self._process.stdin
        assert self._process.stdout
        if not self._ready:
            read_message(self._process.stdout, max_bytes)
            self._ready = True
        length = file.seek(0, io.SEEK_END)
        file.seek(0)
        request = {"limit": limit, "seconds": self._timeout_seconds}
        write_message(self._process.stdin, request, file, length)
        return read_message(self._process.stdout, max_bytes)


class DecodePool:
    """A pool of processes for one media type. They start when they are needed."""

    def __init__(self, media_type: str, settings: CustomModelSettings) -> None:
        self._media_type = media_type
        self._settings = settings
        self._slots = ClientSlots(settings.decode_workers)
        self._idle: list[DecodeProcess] = []

    async def decode(
        self, file: BinaryIO, limit: float, max_bytes: int, client: str
    ) -> tuple[dict[str, Any], bytes]:
        """Return the header and content of a decoded file. Cancelling kills the process.

        Raises:
            InvalidModelInput: the file is damaged, too large, or too expensive to decode.
        """
        async with self._slots.take(client):
            process = (
                self._idle.pop() if self._idle else DecodeProcess(self._media_type, self._settings)
            )
            try:
                response = await asyncio.to_thread(process.decode, file, limit, max_bytes)
            except BaseException:
                process.kill()  # which ends the thread, too
                raise
            self._idle.append(process)
        header, content = response
        if "error" in header:
            raise InvalidModelInput(str(header["error"]))
        return header, content

    async def close(self) -> None:
        """End all processes. No request may be pending."""
        while self._idle:
            process = self._idle.pop()
            process.kill()
            await asyncio.to_thread(process.wait)


class MediaDecoder:
    """Decodes uploaded images and audio."""

    def __init__(self, settings: CustomModelSettings) -> None:
        self._settings = settings
        self._image_pool = DecodePool("image", settings)
        self._audio_pool = DecodePool("audio", settings)

    async def decode_image(self, file: BinaryIO, client: str) -> ImageInput:
        """Decode an image.

        Raises:
            InvalidModelInput: the file is no image, or exceeds a limit.
        """
        limit = self._settings.image_max_pixels
        header, pixels = await self._image_pool.decode(file, limit, MAX_IMAGE_MESSAGE_BYTES, client)
        return await asyncio.to_thread(_to_image, header, pixels)

    async def decode_audio(self, file: BinaryIO, client: str) -> AudioInput:
        """Decode a recording.

        Raises:
            InvalidModelInput: the file is no audio, or exceeds a limit.
        """
        limit = self._settings.audio_max_seconds
        max_samples = int((limit + 1) * SAMPLING_RATE)
        max_bytes = MAX_MESSAGE_HEADER_BYTES + max_samples * BYTES_PER_SAMPLE
        _, samples = await self._audio_pool.decode(file, limit, max_bytes, client)
        return await asyncio.to_thread(_to_audio, samples)

    async def close(self) -> None:
        """End all processes. No request may be pending."""
        await self._image_pool.close()
        await self._audio_pool.close()


def _to_image(header: dict[str, Any], pixels: bytes) -> ImageInput:
    from PIL import Image

    width, height = header["size"]
    return ImageInput(Image.frombytes("RGB", (width, height), pixels), header["scale"])


def _to_audio(samples: bytes) -> AudioInput:
    import numpy

    return AudioInput(numpy.frombuffer(samples, dtype="float32").copy())
