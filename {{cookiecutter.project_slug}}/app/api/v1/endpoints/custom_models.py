"""Endpoints of custom models: one for each operation."""

from fastapi import APIRouter
from fastapi import Request

from app.api.deps.custom_models import AudioUpload
from app.api.deps.custom_models import CustomModelServiceDep
from app.api.deps.custom_models import ImageUpload
from app.kit.http.disconnect import cancel_on_disconnect
from app.kit.http.problems import error_responses
from app.schemas.custom_models import Classification
from app.schemas.custom_models import ClassificationList
from app.schemas.custom_models import ClassifyRequest
from app.schemas.custom_models import CustomModelList
from app.schemas.custom_models import CustomModelName
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import EntityLists
from app.schemas.custom_models import GeneratedTexts
from app.schemas.custom_models import GenerateRequest
from app.schemas.custom_models import TextInputs
from app.schemas.custom_models import Transcription

ERRORS = error_responses(
    not_found=404,
    queue_full=503,
    model_unavailable=503,
    model_timeout=503,
    out_of_memory=503,
    device_lost=503,
)

router = APIRouter(prefix="/ai/custom-models", tags=["custom models"])


@router.get("")
async def list_custom_models(service: CustomModelServiceDep) -> CustomModelList:
    """List the configured models with their tasks, paths and states."""
    return service.list_models()


@router.post("/{name}/classify", responses=ERRORS)
async def classify_texts(
    request: Request, name: CustomModelName, data: ClassifyRequest, service: CustomModelServiceDep
) -> ClassificationList:
    """Classify each text."""
    return await cancel_on_disconnect(request, service.classify(name, data))


@router.post("/{name}/tokens", responses=ERRORS)
async def find_entities(
    request: Request, name: CustomModelName, data: TextInputs, service: CustomModelServiceDep
) -> EntityLists:
    """Find named entities, such as people and places, in each text."""
    return await cancel_on_disconnect(request, service.find_entities(name, data))


@router.post("/{name}/embed", responses=ERRORS)
async def embed_texts(
    request: Request, name: CustomModelName, data: TextInputs, service: CustomModelServiceDep
) -> EmbeddingList:
    """Return an embedding for each text. Texts of similar meaning have similar embeddings."""
    return await cancel_on_disconnect(request, service.embed(name, data))


@router.post("/{name}/generate", responses=ERRORS)
async def generate_texts(
    request: Request, name: CustomModelName, data: GenerateRequest, service: CustomModelServiceDep
) -> GeneratedTexts:
    """Continue each text."""
    return await cancel_on_disconnect(request, service.generate(name, data))


@router.post("/{name}/classify-image", responses=ERRORS)
async def classify_image(
    request: Request, name: CustomModelName, form: ImageUpload, service: CustomModelServiceDep
) -> Classification:
    """Classify an image."""
    return await cancel_on_disconnect(request, service.classify_image(name, form.file.file))


@router.post("/{name}/detect-objects", responses=ERRORS)
async def detect_objects(
    request: Request, name: CustomModelName, form: ImageUpload, service: CustomModelServiceDep
) -> Detection:
    """Find objects in an image, with their bounding boxes."""
    return await cancel_on_disconnect(request, service.detect_objects(name, form.file.file))


@router.post("/{name}/transcribe", responses=ERRORS)
async def transcribe_audio(
    request: Request, name: CustomModelName, form: AudioUpload, service: CustomModelServiceDep
) -> Transcription:
    """Transcribe a recording."""
    return await cancel_on_disconnect(request, service.transcribe(name, form.file.file))
