"""Which paths take large files."""

import re

from app.core.config import Settings

AI = r"/api/v\d+/ai"


def upload_limits(settings: Settings) -> dict[re.Pattern[str], int]:
    """Return the paths whose bodies may have more than ``MAX_BODY_BYTES``, and how many bytes."""
    limits = {}
    # %if statistical
    tables = re.compile(f"{AI}/statistical/(models|describe)/csv")
    limits[tables] = settings.table_max_bytes
    # %endif
    # %if custom_models
    images = re.compile(f"{AI}/custom-models/[^/]+/(classify-image|detect-objects)")
    limits[images] = settings.image_max_bytes
    audio = re.compile(f"{AI}/custom-models/[^/]+/transcribe")
    limits[audio] = settings.audio_max_bytes
    # %endif
    return limits
