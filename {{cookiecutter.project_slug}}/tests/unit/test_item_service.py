"""The service for items, without a database."""

from typing import Any

import pytest

from app.core.access_scope import AccessScope
from app.kit.exceptions import Conflict
from app.kit.exceptions import NotFound
from app.kit.pagination import PageRequest
from app.models.item import Item
from app.schemas.items import ItemCreate
from app.schemas.items import ItemQuery
from app.schemas.items import ItemSort
from app.schemas.items import ItemUpdate
from app.services.items import ItemService
from app.utils.ids import new_id
from tests.unit.fake_items import FakeItems


def make_scope() -> AccessScope:
    """What one person may see."""
    fields: dict[str, Any] = {}
    fields["user_id"] = new_id()  # %if jwt
    return AccessScope(**fields)


@pytest.fixture
def items() -> FakeItems:
    """An empty table."""
    return FakeItems()


@pytest.fixture
def service(items: FakeItems) -> ItemService:
    """The service on that table."""
    return ItemService(items, make_scope())


async def make(service: ItemService, **fields: Any) -> Item:
    """Store a new item."""
    item, is_new = await service.create(ItemCreate(**fields))
    assert is_new
    return item


async def test_an_item_is_kept(service: ItemService, items: FakeItems) -> None:
    item = await make(service, title="  Tea ", description="green")
    assert (item.title, item.description) == ("Tea", "green")
    assert items.rows == {item.id: item}
    assert await service.get(item.id) is item


async def test_a_client_may_choose_the_id_once(service: ItemService) -> None:
    chosen = new_id()
    item = await make(service, id=chosen, title="Tea")
    assert item.id == chosen
    assert await service.create(ItemCreate(id=chosen, title="Tea")) == (item, False)
    with pytest.raises(Conflict) as error:
        await service.create(ItemCreate(id=chosen, title="Coffee"))
    assert error.value.code == "id_reused"


async def test_only_what_is_given_is_changed(service: ItemService) -> None:
    item = await make(service, title="Tea", description="green")
    await service.update(item.id, ItemUpdate(title="Coffee"))
    assert (item.title, item.title_folded, item.description) == ("Coffee", "coffee", "green")
    await service.update(item.id, ItemUpdate(description=None))
    assert (item.title, item.description) == ("Coffee", None)
    await service.update(item.id, ItemUpdate())
    assert (item.title, item.description) == ("Coffee", None)


async def test_what_is_deleted_is_gone(service: ItemService, items: FakeItems) -> None:
    item = await make(service, title="Tea")
    await service.delete(item.id)
    assert not items.rows


async def test_what_is_not_there_is_not_found(service: ItemService) -> None:
    with pytest.raises(NotFound):
        await service.get(new_id())
    with pytest.raises(NotFound):
        await service.update(new_id(), ItemUpdate(title="Tea"))
    with pytest.raises(NotFound):
        await service.delete(new_id())


async def test_a_list_is_asked_for_as_the_query_says(
    service: ItemService, items: FakeItems
) -> None:
    await service.list_items(ItemQuery(limit=5, sort=ItemSort.TITLE_DESC, cursor="abc", q="tea"))
    ((_scope, page, title),) = items.asked
    assert page == PageRequest(limit=5, sort="-title", cursor="abc")
    assert title == "tea"
