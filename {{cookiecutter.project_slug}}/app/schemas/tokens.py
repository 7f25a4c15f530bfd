"""Request and response schemas of tokens."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel
from pydantic import Field

from app.kit.schemas import STORABLE
from app.kit.schemas import RequestModel
from app.kit.schemas import ResponseModel
from app.kit.schemas import Text
from app.kit.schemas import example
from app.utils.emails import MAX_EMAIL_LENGTH


class GrantType(StrEnum):
    """The supported OAuth 2 grant type (RFC 6749, section 4.3)."""

    PASSWORD = "password"  # noqa: S105


class LoginForm(BaseModel):
    """The form of the OAuth 2 password flow, as the Authorize button of /docs sends it."""

    username: Annotated[str, Field(max_length=MAX_EMAIL_LENGTH), STORABLE] = Field(
        examples=["you@example.com"], description="The e-mail address."
    )
    password: Annotated[
        Text, Field(json_schema_extra={"format": "password"}, examples=["your password"])
    ]
    grant_type: GrantType = Field(default=GrantType.PASSWORD, description="Optional.")


class RefreshRequest(RequestModel):
    """A refresh token."""

    refresh_token: Annotated[str, Field(max_length=512), STORABLE] = Field(
        description="The latest refresh token that you received."
    )

    model_config = example({"refresh_token": "the refresh_token of your latest token response"})


class TokenPair(ResponseModel):
    """An access token and a refresh token. Keep both in the secure storage of the device."""

    access_token: str = Field(description="Send it with each request: `Authorization: Bearer …`.")
    refresh_token: str = Field(description="Exchange it once for the next pair, which replaces it.")
    token_type: str = Field(description="Always `bearer`.")
    expires_in: int = Field(description="The lifetime of the access token in seconds.")
