"""Which rows a request may see."""

from typing import Annotated

from fastapi import Depends

from app.api.deps.anonymous import get_anonymous_scope
from app.api.deps.auth import get_scope
from app.core.access_scope import AccessScope

_scope = Depends(get_anonymous_scope)  # %if anonymous
_scope = Depends(get_scope)  # %if jwt
CurrentScope = Annotated[AccessScope, _scope]
