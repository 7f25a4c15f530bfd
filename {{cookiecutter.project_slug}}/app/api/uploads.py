"""How big the files may be that clients send."""

import re

from app.core.config import Settings

API = r"/api/v\d+/ai"


def upload_limits(settings: Settings) -> dict[re.Pattern[str], int]:
    """The paths that take more than ``MAX_BODY_BYTES``, and how many bytes."""
    limits = {}
    # %if statistical
    tables = re.compile(f"{API}/statistical/(models|describe)/csv")
    limits[tables] = settings.table_max_bytes
    # %endif
    # %if custom_models
    images = re.compile(f"{API}/custom-models/[^/]+/(classify-image|detect-objects)")
    limits[images] = settings.image_max_bytes
    sounds = re.compile(f"{API}/custom-models/[^/]+/transcribe")
    limits[sounds] = settings.sound_max_bytes
    # %endif
    return limits
