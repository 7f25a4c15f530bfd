"""What every request passes on its way to an endpoint and back."""

import re

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.api.deps.auth import ACCOUNT_BODY_LIMITS
from app.api.deps.client_key import identify
from app.api.uploads import upload_limits
from app.core.config import Settings
from app.kit.http.allowed_hosts import AllowedHosts
from app.kit.http.body_limits import BodyLimit
from app.kit.http.cors import add_cors
from app.kit.http.cross_site import CrossSiteRequests
from app.kit.http.middleware import HeadRequests
from app.kit.http.middleware import RequestId
from app.kit.http.middleware import SecurityHeaders
from app.kit.http.middleware import UnexpectedErrors
from app.kit.http.proxies import TrustedProxies
from app.kit.http.uploads import UploadLimits

MIN_COMPRESSED_BYTES = 1024
"""Smaller responses are not compressed: they fit into one packet anyway. Streams never are."""


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add all middleware; the last that is added is the outermost."""
    smaller: dict[re.Pattern[str], int] = {}
    smaller.update(ACCOUNT_BODY_LIMITS)  # %if jwt
    app.add_middleware(BodyLimit, settings=settings, limits=smaller)
    # %if uploads
    limits = upload_limits(settings)
    app.add_middleware(UploadLimits, settings=settings, limits=limits, identify=identify)
    # %endif
    app.add_middleware(UnexpectedErrors)
    app.add_middleware(CrossSiteRequests, settings=settings)  # %if anonymous
    if settings.allowed_hosts:
        app.add_middleware(AllowedHosts, hosts=settings.allowed_hosts)
    app.add_middleware(GZipMiddleware, minimum_size=MIN_COMPRESSED_BYTES, compresslevel=6)
    app.add_middleware(HeadRequests)
    add_cors(app, settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestId)
    app.add_middleware(TrustedProxies, settings=settings)
