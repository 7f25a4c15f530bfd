"""Use cases of items, without a database."""

from typing import Any

import pytest

from app.core.exceptions import Conflict
from app.core.exceptions import NotFound
from app.core.scope import Scope
from app.schemas.items import ItemCreate
from app.schemas.items import ItemQuery
from app.schemas.items import ItemSort
from app.schemas.items import ItemUpdate
from app.services.items import ItemService
from app.utils.ids import new_id
from app.utils.pages import PageRequest
from tests.unit.fakes import FakeItems


def make_scope() -> Scope:
    """What one person may see."""
    fields: dict[str, Any] = {}
    fields["user_id"] = new_id()  # %if jwt
    return Scope(**fields)


@pytest.fixture
def items() -> FakeItems:
    """An empty table."""
    return FakeItems()


@pytest.fixture
def service(items: FakeItems) -> ItemService:
    """The use cases on that table."""
    return ItemService(items, make_scope())


async def test_an_item_is_kept(service: ItemService, items: FakeItems) -> None:
    item = await service.create(ItemCreate(title="  Tea ", description="green"))
    assert (item.title, item.description) == ("Tea", "green")
    assert items.rows == {item.id: item}
    assert await service.get(item.id) is item


async def test_a_client_may_choose_the_id_once(service: ItemService) -> None:
    chosen = new_id()
    assert (await service.create(ItemCreate(id=chosen, title="Tea"))).id == chosen
    with pytest.raises(Conflict) as error:
        await service.create(ItemCreate(id=chosen, title="Tea"))
    assert error.value.code == "id_taken"


async def test_only_what_is_given_is_changed(service: ItemService) -> None:
    item = await service.create(ItemCreate(title="Tea", description="green"))
    await service.update(item.id, ItemUpdate(title="Coffee"))
    assert (item.title, item.title_folded, item.description) == ("Coffee", "coffee", "green")
    await service.update(item.id, ItemUpdate(description=None))
    assert (item.title, item.description) == ("Coffee", None)
    await service.update(item.id, ItemUpdate())
    assert (item.title, item.description) == ("Coffee", None)


async def test_what_is_deleted_is_gone(service: ItemService, items: FakeItems) -> None:
    item = await service.create(ItemCreate(title="Tea"))
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
