"""Restricts a query to the rows of one owner."""

from uuid import UUID

from app.core.access_scope import AccessScope
from app.core.exceptions import PermissionDenied


def restrict_to_owner(scope: AccessScope, owner_id: UUID | None) -> AccessScope:
    """Return the scope of one owner: ``owner_id``, or the user where it is not given.

    Raises:
        PermissionDenied: the user may not see the rows of this owner.
    """
    owner_id = owner_id or scope.user_id
    if owner_id != scope.user_id and not scope.unrestricted:
        raise PermissionDenied("Only an administrator may see the rows of other users.")
    return AccessScope(user_id=owner_id)
