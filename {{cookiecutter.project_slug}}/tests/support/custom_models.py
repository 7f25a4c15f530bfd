"""Custom models for tests: declarations, and models that need no weights."""

import asyncio
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.ai.custom_models.declaration import Declaration
from app.ai.custom_models.port import TextQuestion
from app.ai.custom_models.port import Unusable
from app.ai.custom_models.registry import TASKS

CUSTOM_MODELS = "/api/v1/ai/custom-models"


def declare(task: str = "text-generation", model: str = "any/model", **keys: Any) -> Declaration:
    """A declaration, as the file gives it."""
    return Declaration.model_validate({"task": task, "model": model, **keys}, context=TASKS)


def write_declarations(path: Path, models: dict[str, dict[str, Any]]) -> Path:
    """A file with these models; the values are texts, numbers, yes and no, or lists of texts."""
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
    """Answers each text with itself; keeps each batch that it was given.

    ``bad`` breaks the whole batch, ``odd`` is refused alone; while the model is ``held``, it waits.
    """

    device = "cpu"
    parallel = False

    def __init__(self, megabytes: float = 1, padding: float = 1000, seconds: float = 0) -> None:
        self.megabytes = megabytes
        self.padding = padding
        self.batches: list[list[str]] = []
        self._seconds = seconds
        self._free = threading.Event()
        self._free.set()

    def hold(self) -> Callable[[], None]:
        """Let the model wait until what is returned is called."""
        self._free.clear()
        return self._free.set

    async def reaches(self, count: int) -> None:
        """Wait until it was given so many batches."""
        async with asyncio.timeout(60):
            while len(self.batches) < count:  # noqa: ASYNC110 - batches come from a thread
                await asyncio.sleep(0.01)

    def answer(self, questions: Sequence[TextQuestion]) -> list[Any]:
        """The texts."""
        texts = [question.text for question in questions]
        self.batches.append(texts)
        assert self._free.wait(10)
        time.sleep(self._seconds)
        if "bad" in texts:
            raise RuntimeError("the secret of the model")
        return [Unusable("This is odd.") if text == "odd" else text for text in texts]
