"""Settings for uploads: the limits of concurrent uploads, in each worker."""

from pydantic import BaseModel
from pydantic import Field

from app.kit.sizes import MEGABYTE


class UploadSettings(BaseModel):
    """Uploaded files stay in memory or the temporary folder until the response is sent."""

    max_concurrent_uploads: int = Field(default=32, ge=1)
    max_concurrent_uploads_per_client: int = Field(default=4, ge=1)
    max_concurrent_upload_bytes: int = Field(default=256 * MEGABYTE, ge=1024)
