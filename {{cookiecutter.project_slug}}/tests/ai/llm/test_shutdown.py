"""Streams of a server with several processes when it stops."""

import sys

import pytest

from tests.support.fake_llm import KEY
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fall_silent
from tests.support.processes import serving
from tests.support.processes import somebody_at
from tests.support.streams import STREAM
from tests.support.streams import hello
from tests.support.streams import read_events

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


async def test_the_streams_of_every_worker_end_with_an_event(
    database_url: str, fake: FakeLlm
) -> None:
    fake.respond_with(fall_silent)
    settings = {"DATABASE_URL": database_url, "LLM_BASE_URL": fake.url, "LLM_API_KEY": KEY}
    with serving(1, 2, **settings) as (server,):
        async with somebody_at(server) as client:
            async with client.stream("POST", STREAM, json=hello()) as response:
                events = read_events(response)
                assert [(await anext(events)).name for _ in range(2)] == ["start", "delta"]
                server.process.terminate()
                last_event = await anext(events)
            assert (last_event.name, last_event.data["code"]) == ("error", "server_stopping")
            await server.ended()
