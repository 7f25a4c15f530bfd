"""Whose share of what is scarce a request takes: the key of its client."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request

from app.api.deps.auth import CurrentUser
from app.api.deps.auth import authenticate
from app.kit.http.client_ip import rate_limit_ip


# %if anonymous
async def key_by_address(request: Request) -> str:
    """Return the address, also before the body of the request is read."""
    return rate_limit_ip(request)


# %endif
# %if jwt
async def key_by_user(user: CurrentUser) -> str:
    """Return the id of the user."""
    return str(user.id)


async def identify_user(request: Request) -> str:
    """Return the id of the user before the body of the request is read."""
    principal = await authenticate(request)
    return str(principal.user.id)


# %endif
_get_key = key_by_user  # %= {{ 'key_by_user' if cookiecutter.__jwt else 'key_by_address' }}
ClientKey = Annotated[str, Depends(_get_key)]

identify = identify_user  # %= {{ 'identify_user' if cookiecutter.__jwt else 'key_by_address' }}
"""Names the client of an upload, which is limited before its body is read."""
