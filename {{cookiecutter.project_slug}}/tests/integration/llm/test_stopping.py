"""Streams of a server that is stopped, in processes of its own."""

import sys

import pytest

from tests.support.fake_llm import KEY
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fall_silent
from tests.support.load import somebody_at
from tests.support.processes import serving
from tests.support.streams import STREAM
from tests.support.streams import events_of
from tests.support.streams import hello

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


async def test_every_stream_of_every_worker_is_told(database_url: str, fake: FakeLlm) -> None:
    fake.will(fall_silent)
    settings = {"DATABASE_URL": database_url, "LLM_BASE_URL": fake.url, "LLM_API_KEY": KEY}
    with serving(1, 2, **settings) as (server,):
        async with somebody_at(server) as client:
            async with client.stream("POST", STREAM, json=hello()) as response:
                events = events_of(response)
                assert [(await anext(events)).name for _ in range(2)] == ["start", "delta"]
                server.process.terminate()
                farewell = await anext(events)
            assert (farewell.name, farewell.data["code"]) == ("error", "server_stopping")
            await server.ended()
