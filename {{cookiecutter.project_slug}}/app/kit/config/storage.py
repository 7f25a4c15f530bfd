"""The setting of the storage for files."""

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic import BaseModel
from pydantic import Field

from app.kit.project_metadata import ROOT

SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(?!\\)", re.IGNORECASE)
"""The scheme of a URL. A single letter is a drive of Windows."""

SCHEMES = ("s3", "gs", "az")
BUCKET_URL = re.compile(r"(?:s3|gs|az)://[\w.-]+(?:/[\w.=-]+)*/?")
HOW_TO_WRITE = (
    "write a folder, or a bucket like s3://my-bucket, gs://my-bucket or az://my-container"
)


def check_storage_url(text: str) -> str:
    """Return the URL of a bucket without a slash at its end, or the absolute path of a folder.

    Raises:
        ValueError: the URL is invalid; the message does not show it, since it may hold credentials.
    """
    if not text:
        raise ValueError("must not be empty; remove the line to use the default")
    scheme = SCHEME.match(text)
    if scheme is None:
        return (ROOT / text).as_posix()
    if scheme[1] not in SCHEMES:
        raise ValueError(f"has an unknown scheme {scheme[1]!r}; {HOW_TO_WRITE}")
    if "@" in text:
        raise ValueError(
            "must not contain credentials; they are read from environment variables, which "
            "docs/statistics.md lists"
        )
    if not BUCKET_URL.fullmatch(text) or ".." in text:
        raise ValueError(f"is not the URL of a bucket; {HOW_TO_WRITE}")
    return text.rstrip("/")


class StorageSettings(BaseModel):
    """Where files are stored that outlive a request."""

    storage_url: Annotated[str, AfterValidator(check_storage_url)] = Field(
        default="storage", validate_default=True, json_schema_extra={"secret": True}
    )
