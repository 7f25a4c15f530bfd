"""What endpoints ask for: the use cases of each feature, on the session that they need.

FastAPI meets the parameters of a function in their order: whoever asks is known first and only
then a connection is taken, so that no request holds one while it waits for a second.
"""

from typing import Annotated

from fastapi import Depends

from app.api.authentication import CurrentUser  # %if jwt
from app.api.authentication import get_scope  # %if jwt
from app.api.everybody import get_everything  # %if anonymous
from app.api.resources import ReadSession
from app.api.resources import WriteSession
from app.core.scope import Scope
from app.repositories.items import ItemRepository
from app.repositories.login_sessions import LoginSessionRepository  # %if jwt
from app.repositories.users import UserRepository  # %if jwt
from app.services.items import ItemService
from app.services.users import UserService  # %if jwt

_scope = Depends(get_everything)  # %if anonymous
_scope = Depends(get_scope)  # %if jwt
CurrentScope = Annotated[Scope, _scope]


async def read_items(scope: CurrentScope, session: ReadSession) -> ItemService:
    """The use cases of items that change nothing."""
    return ItemService(ItemRepository(session), scope)


async def write_items(scope: CurrentScope, session: WriteSession) -> ItemService:
    """The use cases of items that change something."""
    return ItemService(ItemRepository(session), scope)


# %if jwt
async def read_users(_user: CurrentUser, session: ReadSession) -> UserService:
    """The use cases of users that change nothing."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


async def write_users(_user: CurrentUser, session: WriteSession) -> UserService:
    """The use cases of users that change something."""
    return UserService(UserRepository(session), LoginSessionRepository(session))


ReadUsers = Annotated[UserService, Depends(read_users)]
WriteUsers = Annotated[UserService, Depends(write_users)]


# %endif
ReadItems = Annotated[ItemService, Depends(read_items)]
WriteItems = Annotated[ItemService, Depends(write_items)]
