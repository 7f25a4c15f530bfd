"""The service for users, without a database."""

import pytest

from app.core.exceptions import PermissionDenied
from app.core.permissions import Role
from app.kit.exceptions import Conflict
from app.kit.exceptions import NotFound
from app.models.login_session import LoginSession
from app.models.user import User
from app.schemas.pages import PageQuery
from app.schemas.users import ProfileUpdate
from app.schemas.users import UserUpdate
from app.services.users import UserService
from app.utils.clock import utc_now
from app.utils.ids import new_id
from tests.unit.accounts.fakes import FakeSessions
from tests.unit.accounts.fakes import FakeUsers
from tests.unit.accounts.fakes import Tables


@pytest.fixture
def users(tables: Tables) -> FakeUsers:
    """The table of users."""
    return FakeUsers(tables)


@pytest.fixture
def service(users: FakeUsers, tables: Tables) -> UserService:
    """The service on it."""
    return UserService(users, FakeSessions(tables))


async def make(users: FakeUsers, name: str, role: Role = Role.USER) -> User:
    """Somebody with an account."""
    return await users.add(User(email=f"{name}@example.com", password_hash="x", role=role))


async def test_people_change_their_own_name(service: UserService, users: FakeUsers) -> None:
    anna = await make(users, "anna")
    await service.update_profile(anna.id, ProfileUpdate(full_name=" Anna "))
    assert anna.full_name == "Anna"
    await service.update_profile(anna.id, ProfileUpdate())
    assert anna.full_name == "Anna"
    await service.update_profile(anna.id, ProfileUpdate(full_name=None))
    assert anna.full_name is None


async def test_an_admin_changes_others(service: UserService, users: FakeUsers) -> None:
    root, anna = await make(users, "root", Role.ADMIN), await make(users, "anna")
    await service.update(root, anna.id, UserUpdate(role=Role.ADMIN, is_active=False))
    assert (anna.role, anna.is_active) == (Role.ADMIN, False)


async def test_nobody_raises_their_own_role(service: UserService, users: FakeUsers) -> None:
    anna = await make(users, "anna")
    with pytest.raises(PermissionDenied):
        await service.update(anna, anna.id, UserUpdate(role=Role.ADMIN))
    assert anna.role is Role.USER


@pytest.mark.parametrize("change", [UserUpdate(role=Role.USER), UserUpdate(is_active=False)])
async def test_the_last_admin_cannot_be_demoted(
    service: UserService, users: FakeUsers, change: UserUpdate
) -> None:
    root = await make(users, "root", Role.ADMIN)
    with pytest.raises(Conflict) as error:
        await service.update(root, root.id, change)
    assert error.value.code == "last_admin"
    await make(users, "other", Role.ADMIN)
    await service.update(root, root.id, change)


async def test_the_last_admin_cannot_be_deleted(service: UserService, users: FakeUsers) -> None:
    root = await make(users, "root", Role.ADMIN)
    with pytest.raises(Conflict):
        await service.delete(root.id)
    await make(users, "other", Role.ADMIN)
    await service.delete(root.id)
    assert await users.get(root.id) is None


async def test_locking_somebody_out_ends_their_sessions(
    service: UserService, users: FakeUsers, tables: Tables
) -> None:
    root, anna = await make(users, "root", Role.ADMIN), await make(users, "anna")
    session = LoginSession(user_id=anna.id, expires_at=utc_now())
    await FakeSessions(tables).add(session)
    await service.update(root, anna.id, UserUpdate(full_name="Anna"))
    assert session.revoked_at is None
    await service.update(root, anna.id, UserUpdate(is_active=False))
    assert session.revoked_at is not None


async def test_nobody_rules_over_those_who_may_do_more(
    service: UserService, users: FakeUsers
) -> None:
    anna, root = await make(users, "anna"), await make(users, "root", Role.ADMIN)
    await make(users, "other", Role.ADMIN)
    with pytest.raises(PermissionDenied):
        await service.update(anna, root.id, UserUpdate(full_name="x"))
    with pytest.raises(PermissionDenied):
        await service.remove(anna, root.id)
    await service.remove(root, anna.id)


async def test_others_can_be_deleted(service: UserService, users: FakeUsers) -> None:
    anna = await make(users, "anna")
    await service.delete(anna.id)
    assert not (await service.list_users(PageQuery())).items


async def test_who_is_not_there_is_not_found(service: UserService, users: FakeUsers) -> None:
    root = await make(users, "root", Role.ADMIN)
    with pytest.raises(NotFound):
        await service.get(new_id())
    with pytest.raises(NotFound):
        await service.update(root, new_id(), UserUpdate(full_name="x"))
    with pytest.raises(NotFound):
        await service.delete(new_id())
