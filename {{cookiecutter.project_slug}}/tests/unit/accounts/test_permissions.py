"""Roles and permissions."""

import pytest

from app.core.access_scope import AccessScope
from app.core.exceptions import PermissionDenied
from app.core.permissions import PERMISSIONS
from app.core.permissions import Permission
from app.core.permissions import Role
from app.core.permissions import allows
from app.core.permissions import can_grant
from app.services.ownership import restrict_to_owner
from app.utils.ids import new_id

ME, OTHER = new_id(), new_id()


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)


@pytest.mark.parametrize("permission", list(Permission))
def test_an_admin_may_do_everything_and_a_user_nothing_of_it(permission: Permission) -> None:
    assert allows(Role.ADMIN, permission)
    assert not allows(Role.USER, permission)


def test_nobody_gives_more_than_they_have() -> None:
    assert can_grant(Role.ADMIN, Role.ADMIN)
    assert can_grant(Role.ADMIN, Role.USER)
    assert can_grant(Role.USER, Role.USER)
    assert not can_grant(Role.USER, Role.ADMIN)


@pytest.mark.parametrize("unrestricted", [False, True])
@pytest.mark.parametrize("owner_id", [None, ME])
def test_a_list_is_of_ones_own_rows(unrestricted: bool, owner_id: None) -> None:
    assert restrict_to_owner(AccessScope(ME, unrestricted), owner_id) == AccessScope(ME)


def test_only_who_sees_all_may_ask_for_the_rows_of_others() -> None:
    assert restrict_to_owner(AccessScope(ME, unrestricted=True), OTHER) == AccessScope(OTHER)
    with pytest.raises(PermissionDenied):
        restrict_to_owner(AccessScope(ME), OTHER)
