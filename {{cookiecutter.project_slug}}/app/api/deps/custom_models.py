"""Dependencies of the custom models endpoints: the service and the upload forms."""

from typing import Annotated

from fastapi import Depends
from fastapi import Form
from fastapi import Request
from fastapi import UploadFile
from pydantic import BaseModel
from pydantic import Field

from app.ai.custom_models.runtime import CustomModelRuntime
from app.ai.custom_models.service import CustomModelService
from app.api.deps.client_key import ClientKey


async def get_custom_model_service(request: Request, client: ClientKey) -> CustomModelService:
    """Return the service. Every client may use every model."""
    runtime = request.app.state.custom_models
    assert isinstance(runtime, CustomModelRuntime)
    return CustomModelService(runtime, client)


CustomModelServiceDep = Annotated[CustomModelService, Depends(get_custom_model_service)]


class ImageForm(BaseModel):
    """An image."""

    file: UploadFile = Field(description="JPEG, PNG, WebP, GIF or BMP.")


class AudioForm(BaseModel):
    """A recording."""

    file: UploadFile = Field(description="WAV, FLAC, MP3 or OGG (Opus, Vorbis).")


_multipart = Form(media_type="multipart/form-data")
ImageUpload = Annotated[ImageForm, _multipart]
AudioUpload = Annotated[AudioForm, _multipart]
