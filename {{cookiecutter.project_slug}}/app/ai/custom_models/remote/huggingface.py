"""The API of Hugging Face: text-embeddings-inference (TEI), TGI and Inference Endpoints."""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.classification import MAX_SCORES
from app.ai.custom_models.port import AudioInput
from app.ai.custom_models.port import ImageInput
from app.ai.custom_models.port import TextInput
from app.ai.custom_models.remote.client import ServerClient
from app.ai.custom_models.remote.media import AUDIO_TYPE
from app.ai.custom_models.remote.media import IMAGE_TYPE
from app.ai.custom_models.remote.media import encode_audio
from app.ai.custom_models.remote.media import encode_image
from app.ai.custom_models.remote.responses import to_detection
from app.ai.custom_models.remote.responses import to_entities
from app.ai.custom_models.remote.responses import to_scores
from app.ai.custom_models.remote.responses import to_text
from app.ai.custom_models.remote.responses import to_vectors
from app.schemas.custom_models import Classification
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EntityList


async def embed(client: ServerClient, inputs: Sequence[TextInput]) -> list[Any]:
    """Return the vector of each text."""
    texts = [each.text for each in inputs]
    truncate = client.config.truncate
    vectors = await client.inference.feature_extraction(texts, normalize=True, truncate=truncate)
    return await asyncio.to_thread(to_vectors, vectors, len(texts))


async def classify(client: ServerClient, model_input: TextInput) -> Classification:
    """Return the labels of a text.

    ``AsyncInferenceClient.text_classification`` would return only the first label of most servers:
    they answer a single text with a flat list, and it expects a nested one.
    """
    body: dict[str, Any] = {"inputs": model_input.text, "parameters": {"top_k": MAX_SCORES}}
    if client.config.truncate:
        body["truncate"] = True
    data = await client.post(json=body)
    return to_scores(data[0] if isinstance(data[0], list) else data)


async def classify_with_labels(client: ServerClient, model_input: TextInput) -> Classification:
    """Return the candidate labels of a text with their scores.

    ``AsyncInferenceClient.zero_shot_classification`` cannot read the two lists that Inference
    Endpoints respond with.
    """
    parameters = {"candidate_labels": list(model_input.labels)}
    data = await client.post(json={"inputs": model_input.text, "parameters": parameters})
    if isinstance(data, dict):
        pairs = zip(data["labels"], data["scores"], strict=True)
        data = [{"label": label, "score": score} for label, score in pairs]
    return to_scores(data)


async def find_entities(client: ServerClient, model_input: TextInput) -> EntityList:
    """Return the entities of a text."""
    text = model_input.text
    found = await client.inference.token_classification(text, aggregation_strategy="simple")
    return to_entities(text, found)


async def generate(client: ServerClient, model_input: TextInput) -> str:
    """Return the continuation of a text."""
    return to_text(
        await client.inference.text_generation(
            model_input.text,
            max_new_tokens=model_input.max_new_tokens,
            do_sample=False,
            return_full_text=False,
        )
    )


async def classify_image(client: ServerClient, model_input: ImageInput) -> Classification:
    """Return the labels of an image."""
    return to_scores(await _post_image(client, model_input))


async def detect_objects(client: ServerClient, model_input: ImageInput) -> Detection:
    """Return the objects in an image."""
    data = await _post_image(client, model_input)
    return to_detection(data, model_input.scale, client.config.threshold)


async def transcribe(client: ServerClient, model_input: AudioInput) -> str:
    """Return the text of a recording."""
    content = await asyncio.to_thread(encode_audio, model_input)
    data = await client.post(content=content, headers={"Content-Type": AUDIO_TYPE})
    return to_text(data["text"])


async def _post_image(client: ServerClient, model_input: ImageInput) -> Any:
    """Send an image.

    ``AsyncInferenceClient`` does not say which type a file has, and Inference Endpoints require it.
    """
    content = await asyncio.to_thread(encode_image, model_input)
    return await client.post(content=content, headers={"Content-Type": IMAGE_TYPE})
