"""What the OpenAPI document says about items."""

from typing import Any


def test_items_are_where_clients_look_for_them(document: dict[str, Any]) -> None:
    paths = {path: set(methods) for path, methods in document["paths"].items()}
    assert paths["/api/v1/items"] == {"get", "post"}
    assert paths["/api/v1/items/{item_id}"] == {"get", "patch", "delete"}


# %if jwt
def test_every_path_asks_for_a_token(document: dict[str, Any]) -> None:
    for path in ("/api/v1/items", "/api/v1/items/{item_id}"):
        for operation in document["paths"][path].values():
            assert "security" in operation
            assert "401" in operation["responses"]


# %endif
def test_it_explains_what_nobody_can_guess(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    for name, field in (("ItemCreate", "id"), ("ItemPage", "next_cursor")):
        assert shapes[name]["properties"][field]["description"], (name, field)
    query = document["paths"]["/api/v1/items"]["get"]["parameters"]
    assert all(parameter["description"] for parameter in query)


def test_an_error_names_its_codes(document: dict[str, Any]) -> None:
    errors = document["paths"]["/api/v1/items"]["post"]["responses"]
    assert errors["409"]["description"] == "Conflict: `id_reused`, `id_taken`"
    example = errors["409"]["content"]["application/problem+json"]["example"]
    assert (example["status"], example["code"], example["errors"]) == (409, "id_reused", [])


def test_every_field_of_an_answer_is_always_there(document: dict[str, Any]) -> None:
    for name in ("ItemRead", "ItemPage"):
        schema = document["components"]["schemas"][name]
        assert set(schema["required"]) == set(schema["properties"]), name


def test_a_change_leaves_every_field_out_that_it_likes(document: dict[str, Any]) -> None:
    update = document["components"]["schemas"]["ItemUpdate"]
    assert "required" not in update
    assert "default" not in update["properties"]["title"]
    assert "anyOf" not in update["properties"]["title"]
    assert "anyOf" in update["properties"]["description"]


def test_orders_have_names_and_their_default_is_the_servers(document: dict[str, Any]) -> None:
    orders = document["components"]["schemas"]["ItemSort"]
    names = dict(zip(orders["enum"], orders["x-enum-varnames"], strict=True))
    assert (names["created_at"], names["-created_at"]) == ("createdAt", "createdAtDesc")
    parameters = document["paths"]["/api/v1/items"]["get"]["parameters"]
    (sort,) = (each for each in parameters if each["name"] == "sort")
    assert "default" not in sort["schema"]
