"""Files for custom models, as multipart forms: generated clients call them by these names."""

from typing import Annotated

from fastapi import Form
from fastapi import UploadFile

from app.schemas.documented import DocumentedModel


class ImageForm(DocumentedModel):
    """An image to look at."""

    file: UploadFile
    """JPEG, PNG, WebP, GIF or BMP."""


class SoundForm(DocumentedModel):
    """A recording to listen to."""

    file: UploadFile
    """WAV, FLAC, MP3 or OGG (Opus, Vorbis)."""


_multipart = Form(media_type="multipart/form-data")
Image = Annotated[ImageForm, _multipart]
Sound = Annotated[SoundForm, _multipart]
