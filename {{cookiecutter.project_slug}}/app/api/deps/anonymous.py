"""Which rows a request may see: all of them, since every client may see everything."""

from app.core.access_scope import AccessScope
from app.utils.ids import new_id

EVERYTHING = AccessScope(user_id=new_id(), unrestricted=True)  # %= AccessScope()


async def get_anonymous_scope() -> AccessScope:
    """Return the scope of all rows."""
    return EVERYTHING
