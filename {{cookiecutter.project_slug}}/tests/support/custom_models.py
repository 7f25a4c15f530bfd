"""Custom models for tests: configurations, and models without weights."""

import asyncio
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.ai.custom_models.port import InvalidModelInput
from app.ai.custom_models.port import TextInput
from tests.support.waiting import MAX_WAIT_SECONDS

CUSTOM_MODELS = "/api/v1/ai/custom-models"


async def wait_until(met: Callable[[], Any]) -> None:
    """Wait until a condition is met."""
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while not met():  # noqa: ASYNC110 - threads and processes change it
            await asyncio.sleep(0.01)


def write_config_file(path: Path, models: dict[str, dict[str, Any]]) -> Path:
    """Write a ``models.toml``; values may be strings, numbers, booleans and lists of strings."""
    lines = []
    for name, keys in models.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in keys.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f"'{value}'" if isinstance(value, str) else str(value)


class EchoModel:
    """Returns its inputs and records its batches.

    The text ``bad`` makes the whole batch fail, and ``invalid`` only itself.
    """

    device = "cpu"
    parallel = False
    batch_size = 2
    batch_tokens = 10_000

    def __init__(self, megabytes: float = 1, max_padding: float = 1000, seconds: float = 0) -> None:
        self.megabytes = megabytes
        self.max_padding = max_padding
        self.batches: list[list[str]] = []
        self._seconds = seconds
        self._released = threading.Event()
        self._released.set()

    def block(self) -> Callable[[], None]:
        """Block the model until the returned function is called."""
        self._released.clear()
        return self._released.set

    async def wait_for_batches(self, count: int) -> None:
        """Wait until this number of batches has started."""
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            while len(self.batches) < count:  # noqa: ASYNC110 - a thread adds batches
                await asyncio.sleep(0.01)

    def count_tokens(self, model_input: TextInput) -> int:
        """Count one token per character."""
        return len(model_input.text)

    def predict(self, inputs: Sequence[TextInput]) -> list[Any]:
        """Return the texts."""
        texts = [each.text for each in inputs]
        self.batches.append(texts)
        assert self._released.wait(10)
        time.sleep(self._seconds)
        if "bad" in texts:
            raise RuntimeError("the secret of the model")
        return [
            InvalidModelInput("This is invalid.") if text == "invalid" else text for text in texts
        ]
