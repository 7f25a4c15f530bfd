"""Whose share of what is scarce a request takes, as a FastAPI dependency."""

from typing import Annotated

from fastapi import Depends
from fastapi import Request  # %if anonymous

from app.api.deps.scope import CurrentScope  # %if jwt
from app.kit.http.client_ip import rate_limit_ip  # %if anonymous


# %if anonymous
async def client_by_address(request: Request) -> str:
    """Return the address."""
    return rate_limit_ip(request)


# %endif
# %if jwt
async def client_by_user(scope: CurrentScope) -> str:
    """Return the id of the user."""
    return str(scope.user_id)


# %endif
_client = Depends(client_by_address)  # %if anonymous
_client = Depends(client_by_user)  # %if jwt
ClientKey = Annotated[str, _client]
