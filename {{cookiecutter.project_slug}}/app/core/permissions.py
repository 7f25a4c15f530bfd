"""Roles and their permissions. To add a role or a permission, change only this file."""

from enum import StrEnum


class Role(StrEnum):
    """The role of a user."""

    USER = "user"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a user may do beyond using their own data."""

    MANAGE_USERS = "manage_users"
    SEE_ALL_ITEMS = "see_all_items"
    SEE_ALL_USAGE = "see_all_usage"  # %if llm


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.USER: frozenset(),
    Role.ADMIN: frozenset(Permission),
}


def allows(role: Role, permission: Permission) -> bool:
    return permission in PERMISSIONS[role]


def can_grant(role: Role, granted: Role) -> bool:
    """Return whether this role may grant that one: it must have all its permissions."""
    return PERMISSIONS[granted] <= PERMISSIONS[role]
