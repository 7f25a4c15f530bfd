"""Tokens on the wire."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.schemas.base import STORABLE
from app.schemas.base import RequestModel
from app.schemas.base import ResponseModel
from app.schemas.base import Text
from app.schemas.base import example
from app.schemas.documented import DocumentedModel
from app.utils.emails import LONGEST


class GrantType(StrEnum):
    """The one flow of OAuth 2 that is offered (RFC 6749, section 4.3)."""

    PASSWORD = "password"  # noqa: S105


class LoginForm(DocumentedModel):
    """The form of OAuth 2's password flow, as the Authorize button of /docs sends it."""

    username: Annotated[str, Field(max_length=LONGEST, examples=["you@example.com"]), STORABLE]
    """The e-mail address."""
    password: Annotated[
        Text, Field(json_schema_extra={"format": "password"}, examples=["your password"])
    ]
    grant_type: GrantType = GrantType.PASSWORD
    """May be left out."""


class RefreshRequest(RequestModel):
    """A refresh token."""

    refresh_token: Annotated[str, Field(max_length=512), STORABLE]
    """The newest that you were given."""

    model_config = example(
        {"refresh_token": "the refresh_token that you got with your access_token"}
    )


class TokenPair(ResponseModel):
    """What a client keeps, in a safe place of its device."""

    access_token: str
    """Goes with each request: `Authorization: Bearer …`."""
    refresh_token: str
    """Buys the next pair, once: keep the new one in its place."""
    token_type: str
    """Always `bearer`."""
    expires_in: int
    """How many seconds the access token lives."""
