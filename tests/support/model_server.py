"""A model server for a user's journey: texts are similar if they share long words."""

import json
import re
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

DIMENSION = 256


class Handler(BaseHTTPRequestHandler):
    """Responds with embeddings, as text-embeddings-inference does."""

    def do_POST(self) -> None:
        """Count the words of each text."""
        length = int(self.headers["Content-Length"])
        texts = json.loads(self.rfile.read(length))["inputs"]
        body = json.dumps([embed(text) for text in texts]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""


def embed(text: str) -> list[int]:
    """Return how often each long word occurs, at a place that depends on the word."""
    vector = [0] * DIMENSION
    for word in re.findall(r"\w{3,}", text.lower()):
        vector[zlib.crc32(word.encode()) % DIMENSION] += 1
    return vector


@contextmanager
def run_model_server() -> Iterator[str]:
    """Yield the URL of a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
