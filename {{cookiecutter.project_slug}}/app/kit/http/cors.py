"""CORS: the websites whose scripts may send requests, and the headers they may use."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.kit.config.http import HttpSettings

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

REQUEST_HEADERS = [
    "Authorization",  # %if jwt
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "traceparent",
    "X-App-Version",
    "X-Request-ID",
]
"""Allowed request headers; ``CORS_HEADERS`` adds more."""

RESPONSE_HEADERS = ["Deprecation", "ETag", "Link", "Retry-After", "Sunset", "X-Request-ID"]
"""Exposed response headers, besides those that browsers always expose."""

PREFLIGHT_MAX_AGE_SECONDS = 7200
"""How long browsers cache a preflight response; the maximum of Chrome."""


def add_cors(app: FastAPI, settings: HttpSettings) -> None:
    """Add the middleware that handles preflight requests and sets the CORS headers."""
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_origin_regex=settings.cors_origin_regex,
        allow_methods=METHODS,
        allow_headers=[*REQUEST_HEADERS, *settings.cors_headers],
        allow_private_network=True,  # a public website may call a backend in a private network
        expose_headers=RESPONSE_HEADERS,
        max_age=PREFLIGHT_MAX_AGE_SECONDS,
    )
