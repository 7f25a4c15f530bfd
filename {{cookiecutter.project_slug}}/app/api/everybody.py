"""What whoever asks may see, where nobody has to say who they are: everything."""

from app.core.scope import Scope
from app.utils.ids import new_id  # %if jwt

EVERYTHING = Scope(user_id=new_id(), sees_all=True)  # %= Scope()


async def get_everything() -> Scope:
    """All rows."""
    return EVERYTHING
