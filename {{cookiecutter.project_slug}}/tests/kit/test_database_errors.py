"""What the database refuses: the client's fault is 409 or 422, the code's own is no "try again"."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.api.deps.resources import ReadSessionDep
from app.api.deps.resources import WriteSessionDep
from tests.support.apps import StartApp
from tests.support.apps import new_client
from tests.support.problems import problem_of

TABLES = [
    "CREATE TABLE shops (id INTEGER PRIMARY KEY)",
    "CREATE TABLE goods (id INTEGER PRIMARY KEY, name VARCHAR(5) NOT NULL UNIQUE, shop INTEGER "
    "REFERENCES shops (id))",
    "INSERT INTO shops VALUES (1)",
    "INSERT INTO goods VALUES (1, 'tea', 1)",
    "INSERT INTO goods VALUES (2, 'milk', 1)",
]
# MySQL ignores a reference that stands at its column.
FOREIGN_KEY = "ALTER TABLE goods ADD FOREIGN KEY (shop) REFERENCES shops (id)"

TOO_LARGE = "INSERT INTO goods VALUES (99999999999, 'oil', 1)"
TOO_LONG = "INSERT INTO goods VALUES (3, 'longer', 1)"
UNSTORABLE = {
    "sqlite": [],  # it stores everything
    "postgresql": [TOO_LARGE, TOO_LONG],
    "mysql": [
        TOO_LARGE,
        TOO_LONG,
        "INSERT INTO goods VALUES (3, '🫖', 1)",
    ],  # the tables are latin1
}


@pytest.fixture
async def client(start_app: StartApp, empty_database_url: str) -> AsyncIterator[AsyncClient]:
    """A client of an application that runs whatever statement it is sent."""
    app: FastAPI = await start_app(database_url=empty_database_url)

    async def write(statement: str, session: WriteSessionDep) -> None:
        await session.execute(text(statement))

    async def read(statement: str, session: ReadSessionDep) -> None:
        await session.execute(text(statement))

    app.add_api_route("/write", write, methods=["POST"])
    app.add_api_route("/read", read, methods=["GET"])
    async with app.state.resources.database.write() as session:
        for statement in TABLES:
            await session.execute(text(statement))
        if "mysql" in empty_database_url:
            await session.execute(text(FOREIGN_KEY))
    async with new_client(app) as client:
        yield client


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO goods VALUES (1, 'oil', 1)",
        "INSERT INTO goods VALUES (3, 'tea', 1)",
        "INSERT INTO goods VALUES (3, 'oil', 2)",
        "UPDATE goods SET name = 'tea' WHERE id = 2",
        "UPDATE goods SET shop = 2",
        "DELETE FROM shops",
    ],
)
async def test_a_unique_or_foreign_key_is_a_conflict(client: AsyncClient, statement: str) -> None:
    response = await client.post("/write", params={"statement": statement})
    problem_of(response, 409, "conflict")


@pytest.mark.parametrize(
    "statement", ["INSERT INTO goods VALUES (3, NULL, 1)", "SELECT nothing FROM goods", "SELECT ("]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_statement_is_an_error_of_the_server(
    client: AsyncClient, statement: str, method: str
) -> None:
    path = {"GET": "/read", "POST": "/write"}[method]
    response = await client.request(method, path, params={"statement": statement})
    problem_of(response, 500, "internal_error")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM missing",
        "SELECT missing FROM goods",
        "INSERT INTO goods (missing) VALUES (1)",
    ],
)
async def test_the_log_says_what_to_do_about_a_missing_table(
    client: AsyncClient, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    await client.post("/write", params={"statement": statement})
    assert "and run it (uv run app migrate)." in caplog.text


async def test_a_value_that_no_column_holds_is_the_clients(
    client: AsyncClient, empty_database_url: str
) -> None:
    engine = make_url(empty_database_url).get_backend_name()
    for statement in UNSTORABLE[engine]:
        response = await client.post("/write", params={"statement": statement})
        assert problem_of(response, 422, "validation_error")["errors"][0]["field"] == "body"
        assert response.json()["errors"][0]["code"] == "unstorable_value"
