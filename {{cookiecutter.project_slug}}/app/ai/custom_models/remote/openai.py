"""The API of OpenAI, and what vLLM and Infinity add to it.

``AsyncInferenceClient`` has no method for these paths.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import TextInput
from app.ai.custom_models.remote.client import ServerClient
from app.ai.custom_models.remote.media import AUDIO_TYPE
from app.ai.custom_models.remote.media import encode_audio
from app.ai.custom_models.remote.responses import to_scores
from app.ai.custom_models.remote.responses import to_text
from app.ai.custom_models.remote.responses import to_vectors
from app.schemas.custom_models import Classification


async def embed(client: ServerClient, inputs: Sequence[TextInput]) -> list[Any]:
    """Return the vector of each text."""
    texts = [each.text for each in inputs]
    body = {"model": client.config.model, "input": texts, "encoding_format": "float"}
    data = (await client.post("/embeddings", json=body))["data"]
    vectors = [each["embedding"] for each in sorted(data, key=lambda each: int(each["index"]))]
    return await asyncio.to_thread(to_vectors, vectors, len(texts))


async def classify(client: ServerClient, model_input: TextInput) -> Classification:
    """Return the labels of a text."""
    body = {"model": client.config.model, "input": [model_input.text]}
    (found,) = (await client.post("/classify", json=body))["data"]
    if isinstance(found, dict):  # vLLM names only the best label
        names = client.config.labels or [found["label"]]
        scores = found["probs"] if client.config.labels else [max(found["probs"])]
        pairs = zip(names, scores, strict=True)
        found = [{"label": label, "score": score} for label, score in pairs]
    return to_scores(found)


async def generate(client: ServerClient, model_input: TextInput) -> str:
    """Return the continuation of a text."""
    body = {
        "model": client.config.model,
        "prompt": model_input.text,
        "max_tokens": model_input.max_new_tokens,
        "temperature": 0,
    }
    return to_text((await client.post("/completions", json=body))["choices"][0]["text"])


async def transcribe(client: ServerClient, model_input: AudioInput) -> str:
    """Return the text of a recording."""
    content = await asyncio.to_thread(encode_audio, model_input)
    file = ("recording.wav", content, AUDIO_TYPE)
    form = {"model": client.config.model}
    return to_text(
        (await client.post("/audio/transcriptions", data=form, files={"file": file}))["text"]
    )
