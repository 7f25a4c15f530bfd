"""Roles and what each may do. To add a permission or a role, change this file only."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to this application."""

    USER = "user"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a person may do beyond looking after what is their own."""

    MANAGE_USERS = "manage_users"
    SEE_ALL_ITEMS = "see_all_items"
    SEE_ALL_USAGE = "see_all_usage"  # %if llm


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.USER: frozenset(),
    Role.ADMIN: frozenset(Permission),
}


def allows(role: Role, permission: Permission) -> bool:
    """Whether people of this role may do this."""
    return permission in PERMISSIONS[role]


def may_grant(role: Role, granted: Role) -> bool:
    """Whether people of this role may give that one: nobody gives more than they have."""
    return PERMISSIONS[granted] <= PERMISSIONS[role]
