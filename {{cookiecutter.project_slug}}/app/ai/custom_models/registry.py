"""Which adapter answers for which task. One task more is one adapter more, and a line here."""

from app.ai.custom_models.adapters.base import Adapter
from app.ai.custom_models.adapters.embeddings import SentenceEmbeddings
from app.ai.custom_models.adapters.generation import TextGeneration
from app.ai.custom_models.adapters.images import ImageClassification
from app.ai.custom_models.adapters.images import ObjectDetection
from app.ai.custom_models.adapters.sounds import SpeechRecognition
from app.ai.custom_models.adapters.texts import TextClassification
from app.ai.custom_models.adapters.texts import TokenClassification
from app.ai.custom_models.adapters.texts import ZeroShotClassification

ADAPTERS: list[type[Adapter]] = [
    ImageClassification,
    ObjectDetection,
    SentenceEmbeddings,
    SpeechRecognition,
    TextClassification,
    TextGeneration,
    TokenClassification,
    ZeroShotClassification,
]

TASKS = {adapter.task: adapter for adapter in ADAPTERS}
"""The name that transformers has for a task -> its adapter."""
