"""Several processes on one database: all start at once when it is empty."""

import httpx2

from tests.support.processes import Server
from tests.support.waiting import MAX_WAIT_SECONDS


def test_exactly_one_of_them_makes_the_tables(servers: list[Server]) -> None:
    assert ["database migrated" in server.log for server in servers].count(True) == 1


def test_all_of_them_serve(servers: list[Server]) -> None:
    assert len({server.url for server in servers}) == len(servers)
    for server in servers:
        response = httpx2.get(f"{server.url}/health/ready", timeout=MAX_WAIT_SECONDS)
        assert response.json() == {"status": "ok"}


def test_none_of_them_says_more_than_it_must(servers: list[Server]) -> None:
    response = httpx2.get(f"{servers[0].url}/health/live", timeout=MAX_WAIT_SECONDS)
    assert "server" not in response.headers
