"""Files for custom models, as multipart forms: generated clients call them by these names."""

from typing import Annotated

from fastapi import Form
from fastapi import UploadFile
from pydantic import BaseModel


class ImageForm(BaseModel):
    """An image to look at."""

    file: UploadFile


class SoundForm(BaseModel):
    """A recording to listen to."""

    file: UploadFile


_multipart = Form(media_type="multipart/form-data")
Image = Annotated[ImageForm, _multipart]
Sound = Annotated[SoundForm, _multipart]
