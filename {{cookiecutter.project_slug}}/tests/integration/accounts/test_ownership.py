"""Users see their own items, administrators see all."""

from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from tests.support.accounts import Person
from tests.support.accounts import delete_account
from tests.support.items import ITEMS
from tests.support.items import ids_of
from tests.support.items import make_item
from tests.support.problems import problem_of
from tests.support.problems import refused_fields


async def test_an_item_belongs_to_whoever_made_it(anna: Person) -> None:
    assert (await make_item(anna.client))["owner_id"] == anna.id


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_somebody_elses_item_is_not_there(anna: Person, bert: Person, method: str) -> None:
    path = f"{ITEMS}/{(await make_item(anna.client))['id']}"
    change = {"title": "Mine"} if method == "PATCH" else None
    other = await bert.client.request(method, path, json=change)
    missing = await bert.client.request(method, f"{ITEMS}/{uuid4()}", json=change)
    problem = problem_of(other, 404, "not_found")
    assert problem["detail"] == problem_of(missing, 404, "not_found")["detail"]
    assert (await anna.client.get(path)).json()["title"] == "Tea"


async def test_a_list_holds_ones_own(anna: Person, bert: Person, admin: Person) -> None:
    mine = await make_item(anna.client)
    await make_item(bert.client)
    assert await ids_of(anna.client) == [mine["id"]]
    assert await ids_of(anna.client, owner_id=anna.id) == [mine["id"]]
    assert await ids_of(anna.client, q="tea", sort="title", limit=1) == [mine["id"]]
    assert await ids_of(admin.client) == []


async def test_an_administrator_may_ask_for_somebodys(
    anna: Person, bert: Person, admin: Person
) -> None:
    items = [(await make_item(anna.client))["id"] for _ in range(3)]
    await make_item(bert.client)
    assert await ids_of(admin.client, owner_id=anna.id, sort="created_at", limit=2) == items
    assert await ids_of(admin.client, owner_id=str(uuid4())) == []


async def test_nobody_else_may(anna: Person, bert: Person) -> None:
    for owner in (anna.id, str(uuid4())):
        response = await bert.client.get(ITEMS, params={"owner_id": owner})
        problem_of(response, 403, "permission_denied")
    assert refused_fields(await bert.client.get(ITEMS, params={"owner_id": "x"})) == ["owner_id"]


async def test_an_administrator_reads_changes_and_deletes_any(anna: Person, admin: Person) -> None:
    path = f"{ITEMS}/{(await make_item(anna.client))['id']}"
    assert (await admin.client.get(path)).status_code == 200
    changed = await admin.client.patch(path, json={"title": "Coffee"})
    assert (changed.json()["title"], changed.json()["owner_id"]) == ("Coffee", anna.id)
    assert (await admin.client.delete(path)).status_code == 204
    problem_of(await anna.client.get(path), 404, "not_found")


async def test_an_item_cannot_be_given_away(anna: Person, bert: Person) -> None:
    response = await anna.client.post(ITEMS, json={"title": "Tea", "owner_id": bert.id})
    assert refused_fields(response) == ["owner_id"]


async def test_an_id_of_somebody_elses_item_is_taken(
    anna: Person, bert: Person, admin: Person
) -> None:
    item = await make_item(anna.client)
    for somebody in (bert, admin):
        for title in ("Tea", "Coffee"):
            body = {"id": item["id"], "title": title}
            problem_of(await somebody.client.post(ITEMS, json=body), 409, "id_taken")


@pytest.mark.parametrize("by_admin", [True, False])
async def test_an_item_goes_with_its_owner(anna: Person, admin: Person, by_admin: bool) -> None:
    item = await make_item(anna.client)
    if by_admin:
        await admin.client.delete(f"/api/v1/users/{anna.id}")
    else:
        await delete_account(anna.client)
    problem_of(await admin.client.get(f"{ITEMS}/{item['id']}"), 404, "not_found")


async def test_an_item_is_in_the_export_of_its_owner(anna: Person, bert: Person) -> None:
    await make_item(bert.client, title="Bert's")
    item = await make_item(anna.client, title="Anna's")
    response = await anna.client.get("/api/v1/users/me/export")
    assert response.json()["tables"]["items"] == [{**item, "title_folded": "anna's"}]
    assert "Bert's" not in response.text


async def test_without_a_token_there_are_no_items(anonymous: AsyncClient) -> None:
    path = f"{ITEMS}/{uuid4()}"
    for response in (
        await anonymous.get(ITEMS),
        await anonymous.post(ITEMS, json={"title": "Tea"}),
        await anonymous.get(path),
        await anonymous.patch(path, json={"title": "Tea"}),
        await anonymous.delete(path),
    ):
        problem_of(response, 401, "unauthorized")
