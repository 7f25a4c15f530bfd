"""The program of a decode process: see ``decoding.py``.

It is started as ``python -m app.ai.custom_models.decode_worker image 1024``. It imports nothing
secret, reads uploaded files from stdin, and writes pixels or samples to stdout. The server never
executes what it writes, even if a file has taken control of the process.
"""

import io
import json
import math
import os
import shutil
import signal
import struct
import sys
from pathlib import Path
from typing import IO
from typing import Any

from app.ai.custom_models.media import decode_audio
from app.ai.custom_models.media import decode_image
from app.ai.custom_models.port import InvalidModelInput
from app.kit.sizes import MEGABYTE

LENGTHS = struct.Struct(">II")
"""Before each message: the lengths of its JSON header and of its content, in bytes."""

NICENESS = 10


def write_message(
    stream: IO[bytes], header: dict[str, Any], content: IO[bytes], length: int
) -> None:
    """Write a message; ``length`` is the number of bytes left in ``content``."""
    text = json.dumps(header).encode()
    stream.write(LENGTHS.pack(len(text), length) + text)
    shutil.copyfileobj(content, stream)
    stream.flush()


def read_message(stream: IO[bytes], max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Return the header and the content of the next message.

    Raises:
        EOFError: the other process has ended.
        ValueError: the message exceeds ``max_bytes``.
    """
    header, content = LENGTHS.unpack(_read(stream, LENGTHS.size))
    if header + content > max_bytes:
        raise ValueError(f"a message of {header + content} bytes")
    return json.loads(_read(stream, header)), _read(stream, content)


def _read(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


def decode(media_type: str, content: bytes, limit: float) -> tuple[dict[str, Any], bytes]:
    """Return the pixels of an image with their size, or the samples of a recording.

    ``limit`` is the maximum number of pixels or seconds.
    """
    file = io.BytesIO(content)
    if media_type == "audio":
        return {}, decode_audio(file, limit).samples.tobytes()
    decoded = decode_image(file, int(limit))
    return {"size": decoded.image.size, "scale": decoded.scale}, decoded.image.tobytes()


def serve(media_type: str, requests: IO[bytes], responses: IO[bytes]) -> None:
    """Decode one file after another until stdin is closed."""
    while True:
        try:
            request, content = read_message(requests, sys.maxsize)
        except EOFError:
            return
        _limit_cpu_seconds(request["seconds"])
        try:
            header, decoded = decode(media_type, content, request["limit"])
        except InvalidModelInput as error:
            header, decoded = {"error": str(error)}, b""
        except MemoryError:
            message = "Decoding this file takes too much memory; send a smaller file."
            header, decoded = {"error": message}, b""
        write_message(responses, header, io.BytesIO(decoded), len(decoded))


def main(media_type: str, max_megabytes: int) -> None:
    """Set the limits of this process and serve."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the server ends it after the last request
        signal.signal(number, signal.SIG_IGN)
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries may print to stdout; send that to stderr
    _import_libraries(media_type)
    if sys.platform == "linux":
        os.nice(NICENESS)
        _limit_memory(max_megabytes)
    write_message(responses, {}, io.BytesIO(), 0)
    serve(media_type, sys.stdin.buffer, responses)


def _import_libraries(media_type: str) -> None:
    """Import the libraries first, so that the memory limit does not include them."""
    if media_type == "audio":
        import numpy  # noqa: F401
        import soundfile  # noqa: F401
        import soxr  # noqa: F401
    else:
        from PIL import Image

        Image.init()


def _limit_memory(megabytes: int) -> None:
    """Limit the additional memory of this process. Only Linux enforces it."""
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _limit_cpu_seconds(seconds: float) -> None:
    """Let the system kill this process if the next file takes longer."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
