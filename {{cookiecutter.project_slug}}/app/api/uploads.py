"""Which paths take large files, and whose upload it is."""

import re

from fastapi import Request

from app.api.deps.auth import authenticate  # %if jwt
from app.core.config import Settings
from app.kit.http.client_ip import rate_limit_ip  # %if anonymous

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


async def identify(request: Request) -> str:
    """Return whose upload this is, before the body is read."""
    # %if jwt
    caller = await authenticate(request)
    return str(caller.user.id)
    # %endif
    return rate_limit_ip(request)  # %if anonymous
