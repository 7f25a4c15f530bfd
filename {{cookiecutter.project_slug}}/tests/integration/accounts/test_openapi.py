"""What the OpenAPI document says about accounts: every path, who may call it, its errors."""

from typing import Any

import pytest
from httpx2 import AsyncClient

PATHS = {
    "/api/v1/auth/register": {"post"},
    "/api/v1/auth/token": {"post"},
    "/api/v1/auth/refresh": {"post"},
    "/api/v1/auth/logout": {"post"},
    "/api/v1/auth/logout-all": {"post"},
    "/api/v1/users/me": {"get", "patch", "delete"},
    "/api/v1/users/me/export": {"get"},
    "/api/v1/users/me/password": {"post"},
    "/api/v1/users": {"get"},
    "/api/v1/users/{user_id}": {"get", "patch", "delete"},
}
OPEN = {"register", "log_in", "refresh", "log_out"}


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The operations on accounts by their names; what else there is may be open."""
    paths = [document["paths"][path] for path in PATHS]
    return {operation["operationId"]: operation for path in paths for operation in path.values()}


def test_accounts_are_where_clients_look_for_them(document: dict[str, Any]) -> None:
    offered = {path: set(document["paths"][path]) for path in PATHS}
    assert offered == PATHS


def test_everything_but_coming_in_asks_for_a_token(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert ("security" in operation) == (name not in OPEN), name
        assert name in OPEN or "401" in operation["responses"]


def test_the_authorize_button_knows_where_tokens_come_from(document: dict[str, Any]) -> None:
    (scheme,) = document["components"]["securitySchemes"].values()
    assert scheme["flows"]["password"]["tokenUrl"] == "/api/v1/auth/token"
    assert "e-mail address" in scheme["description"]


async def test_a_reload_of_the_page_keeps_the_token(anonymous: AsyncClient) -> None:
    assert '"persistAuthorization": true' in (await anonymous.get("/docs")).text


def test_the_life_of_a_token_has_a_unit(document: dict[str, Any]) -> None:
    tokens = document["components"]["schemas"]["TokenPair"]["properties"]
    assert "seconds" in tokens["expires_in"]["description"]


@pytest.mark.parametrize(
    "name", ["register", "log_in", "refresh", "log_out", "change_password", "delete_me"]
)
def test_what_is_limited_says_so(document: dict[str, Any], name: str) -> None:
    assert "429" in operations(document)[name]["responses"]


def test_no_answer_holds_a_password(document: dict[str, Any]) -> None:
    user = document["components"]["schemas"]["UserRead"]["properties"]
    assert set(user) == {
        "id",
        "email",
        "full_name",
        "role",
        "is_active",
        "created_at",
        "updated_at",
    }
