"""Images that get a label, and images in which things are found."""

from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.adapters.base import MOST_SCORES
from app.ai.custom_models.adapters.base import Adapter
from app.ai.custom_models.adapters.base import classification
from app.ai.custom_models.port import ImageQuestion
from app.ai.custom_models.port import Kind
from app.schemas.custom_models import Box
from app.schemas.custom_models import Classification
from app.schemas.custom_models import DetectedObject
from app.schemas.custom_models import Detection


class ImageAdapter(Adapter):
    """For tasks that look at images."""

    def probe(self) -> ImageQuestion:
        """A small black image."""
        from PIL import Image

        return ImageQuestion(Image.new("RGB", (64, 64)))


class ImageClassification(ImageAdapter):
    """One of the labels that the model learned, for each image."""

    task = "image-classification"
    kind = Kind.CLASSIFY_IMAGE

    def answer(self, questions: Sequence[ImageQuestion]) -> list[Classification]:
        """The label of each image."""
        images = [question.image for question in questions]
        return [classification(found) for found in self.run(images, top_k=MOST_SCORES)]


class ObjectDetection(ImageAdapter):
    """Things in images, with where they are."""

    task = "object-detection"
    kind = Kind.DETECT_OBJECTS

    def answer(self, questions: Sequence[ImageQuestion]) -> list[Detection]:
        """What is in each image, the surest first."""
        images = [question.image for question in questions]
        found = self.run(images, threshold=self.declaration.threshold)
        return [
            Detection(objects=[_found(each, question.scale) for each in objects])
            for question, objects in zip(questions, found, strict=True)
        ]


def _found(found: dict[str, Any], scale: float) -> DetectedObject:
    """Where it is in the image that was sent."""
    box = {edge: round(pixels / scale) for edge, pixels in found["box"].items()}
    return DetectedObject(label=found["label"], score=float(found["score"]), box=Box(**box))
