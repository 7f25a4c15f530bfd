"""The rule of whose rows a person may ask for."""

from uuid import UUID

from app.core.exceptions import PermissionDenied
from app.core.scope import Scope


def narrow(scope: Scope, owner_id: UUID | None) -> Scope:
    """The rows of one owner: ``owner_id``, or whoever asks when there is none.

    Raises:
        PermissionDenied: the rows are somebody else's, and not for this person to see.
    """
    owner_id = owner_id or scope.user_id
    if owner_id != scope.user_id and not scope.sees_all:
        raise PermissionDenied("Only an administrator may see what others own.")
    return Scope(user_id=owner_id)
