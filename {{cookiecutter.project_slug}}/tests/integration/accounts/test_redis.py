"""Attempts to log in, counted in a Redis that two applications share; skipped without one."""

from uuid import uuid4

from tests.support.accounts import log_in
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.problems import problem_of
from tests.support.redis import redis_url


async def test_an_application_counts_there(start_app: StartApp, connect: Connect) -> None:
    settings = {"rate_limit_account": "1/minute", "rate_limit_address": "100000/minute"}
    store = {"rate_limit_enabled": True, "rate_limit_storage_url": redis_url()}
    clients = [connect(await start_app(**store, **settings)) for _ in range(2)]
    email = f"{uuid4().hex}@example.com"
    problem_of(await log_in(clients[0], email), 401, "invalid_credentials")
    problem_of(await log_in(clients[1], email), 429, "rate_limited")
