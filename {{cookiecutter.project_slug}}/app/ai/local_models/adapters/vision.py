"""Image classification and object detection."""

from collections.abc import Sequence
from typing import Any

from app.ai.custom_models.classification import MAX_SCORES
from app.ai.custom_models.classification import to_classification
from app.ai.custom_models.port import ImageInput
from app.ai.custom_models.port import Operation
from app.ai.local_models.adapters.base import Adapter
from app.schemas.custom_models import BoundingBox
from app.schemas.custom_models import Classification
from app.schemas.custom_models import DetectedObject
from app.schemas.custom_models import Detection


class ImageAdapter(Adapter):
    """Base class for tasks on images."""

    def warmup_input(self) -> ImageInput:
        """Return a small black image."""
        from PIL import Image

        return ImageInput(Image.new("RGB", (64, 64)))


class ImageClassification(ImageAdapter):
    """Assigns one of the model's labels to each image."""

    task = "image-classification"
    operation = Operation.CLASSIFY_IMAGE

    def predict(self, inputs: Sequence[ImageInput]) -> list[Classification]:
        """Return the labels of each image."""
        images = [each.image for each in inputs]
        outputs = self.run_pipeline(images, top_k=MAX_SCORES)
        return [to_classification(scores) for scores in outputs]


class ObjectDetection(ImageAdapter):
    """Finds objects in images, with their bounding boxes."""

    task = "object-detection"
    operation = Operation.DETECT_OBJECTS

    def predict(self, inputs: Sequence[ImageInput]) -> list[Detection]:
        """Return the objects in each image, highest score first."""
        images = [each.image for each in inputs]
        outputs = self.run_pipeline(images, threshold=self.config.threshold)
        return [
            Detection(objects=[_to_detected_object(each, model_input.scale) for each in objects])
            for model_input, objects in zip(inputs, outputs, strict=True)
        ]


def _to_detected_object(detected: dict[str, Any], scale: float) -> DetectedObject:
    """Convert the box to pixels of the uploaded image."""
    box = {edge: round(pixels / scale) for edge, pixels in detected["box"].items()}
    return DetectedObject(
        label=detected["label"], score=float(detected["score"]), box=BoundingBox(**box)
    )
