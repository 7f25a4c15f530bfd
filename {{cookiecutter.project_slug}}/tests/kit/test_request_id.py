"""``X-Request-ID``: one for each request, in the answer and in every line of the log."""

import logging

import pytest
from httpx2 import AsyncClient

from app.kit.logging import RequestIdFilter
from app.kit.request_context import request_id


async def test_every_answer_has_another(anonymous: AsyncClient) -> None:
    answers = [await anonymous.get("/health/live") for _ in range(3)]
    names = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(names) == 3
    assert all(name.isalnum() for name in names)


@pytest.mark.parametrize("given", ["abc", "550e8400-e29b-41d4-a716-446655440000", "a.b_c-1"])
async def test_one_that_a_request_brings_is_kept(anonymous: AsyncClient, given: str) -> None:
    response = await anonymous.get("/health/live", headers={"X-Request-ID": given})
    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "x" * 129, 'a"b', "ä"])
async def test_one_that_could_confuse_a_log_is_replaced(anonymous: AsyncClient, given: str) -> None:
    headers = {b"X-Request-ID": given.encode()}
    response = await anonymous.get("/health/live", headers=headers)
    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32


async def test_it_is_forgotten_after_the_request(anonymous: AsyncClient) -> None:
    await anonymous.get("/health/live", headers={"X-Request-ID": "abc"})
    assert request_id.get() == "-"


def test_it_is_in_every_record_of_the_log() -> None:
    record = logging.LogRecord("name", logging.INFO, __file__, 1, "text", None, None)
    before = request_id.set("abc")
    try:
        assert RequestIdFilter().filter(record)
    finally:
        request_id.reset(before)
    assert record.__dict__["request_id"] == "abc"
