"""The adapter of each task. To add a task, write an adapter and list it here."""

from app.ai.local_models.adapters.base import Adapter
from app.ai.local_models.adapters.embeddings import SentenceEmbeddings
from app.ai.local_models.adapters.speech import SpeechRecognition
from app.ai.local_models.adapters.text import TextClassification
from app.ai.local_models.adapters.text import TextGeneration
from app.ai.local_models.adapters.text import TokenClassification
from app.ai.local_models.adapters.text import ZeroShotClassification
from app.ai.local_models.adapters.vision import ImageClassification
from app.ai.local_models.adapters.vision import ObjectDetection

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
"""Task name in transformers -> its adapter."""
