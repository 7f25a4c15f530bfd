"""The paths of custom models: one for each kind of question."""

from fastapi import APIRouter
from fastapi import Request

from app.api.custom_model_forms import Image
from app.api.custom_model_forms import Sound
from app.api.custom_models import CustomModels
from app.api.disconnects import while_connected
from app.api.problems import problems
from app.schemas.custom_models import Classification
from app.schemas.custom_models import ClassificationList
from app.schemas.custom_models import ClassifyRequest
from app.schemas.custom_models import CustomModelList
from app.schemas.custom_models import Detection
from app.schemas.custom_models import EmbeddingList
from app.schemas.custom_models import EntityLists
from app.schemas.custom_models import GeneratedTexts
from app.schemas.custom_models import GenerateRequest
from app.schemas.custom_models import ModelName
from app.schemas.custom_models import TextInputs
from app.schemas.custom_models import Transcription

ERRORS = problems(
    not_found=404,
    queue_full=503,
    model_unavailable=503,
    model_timeout=503,
    out_of_memory=503,
    device_lost=503,
)

router = APIRouter(prefix="/ai/custom-models", tags=["custom models"])


@router.get("")
async def list_custom_models(models: CustomModels) -> CustomModelList:
    """The models that are declared: their tasks, their paths, and how far each is."""
    return models.models()


@router.post("/{name}/classify", responses=ERRORS)
async def classify_texts(
    request: Request, name: ModelName, data: ClassifyRequest, models: CustomModels
) -> ClassificationList:
    """A label for each text."""
    return await while_connected(request, models.classify(name, data))


@router.post("/{name}/tokens", responses=ERRORS)
async def find_entities(
    request: Request, name: ModelName, data: TextInputs, models: CustomModels
) -> EntityLists:
    """Names, places and the like, with where they stand in each text."""
    return await while_connected(request, models.tokens(name, data))


@router.post("/{name}/embed", responses=ERRORS)
async def embed_texts(
    request: Request, name: ModelName, data: TextInputs, models: CustomModels
) -> EmbeddingList:
    """A vector for each text; what means the same is close."""
    return await while_connected(request, models.embed(name, data))


@router.post("/{name}/generate", responses=ERRORS)
async def generate_texts(
    request: Request, name: ModelName, data: GenerateRequest, models: CustomModels
) -> GeneratedTexts:
    """What follows each text."""
    return await while_connected(request, models.generate(name, data))


@router.post("/{name}/classify-image", responses=ERRORS)
async def classify_image(
    request: Request, name: ModelName, form: Image, models: CustomModels
) -> Classification:
    """A label for an image."""
    return await while_connected(request, models.classify_image(name, form.file.file))


@router.post("/{name}/detect-objects", responses=ERRORS)
async def detect_objects(
    request: Request, name: ModelName, form: Image, models: CustomModels
) -> Detection:
    """Things in an image, with where they are."""
    return await while_connected(request, models.detect_objects(name, form.file.file))


@router.post("/{name}/transcribe", responses=ERRORS)
async def transcribe_sound(
    request: Request, name: ModelName, form: Sound, models: CustomModels
) -> Transcription:
    """What is said in a recording."""
    return await while_connected(request, models.transcribe(name, form.file.file))
