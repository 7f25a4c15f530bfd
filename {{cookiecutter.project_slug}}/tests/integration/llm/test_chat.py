"""Asking for a whole answer: what is sent on, what comes back, and what is refused before."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.integration.llm.conftest import Asking
from tests.support.fake_llm import KEY
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import answer_without_cost
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.streams import hello

CHAT = "/api/v1/ai/llm/chat"


def messages(count: int, content: str = "Hi") -> list[dict[str, str]]:
    """A conversation of so many messages."""
    return [{"role": "user", "content": content}] * count


async def test_an_answer_comes_back_with_its_cost(asking: Asking, fake: FakeLlm) -> None:
    client = await asking.client()
    response = await client.post(CHAT, json=hello(temperature=0.5, max_tokens=7))
    assert response.status_code == 200, response.text
    answer = response.json()
    assert len(answer.pop("id")) == 36
    assert answer == {
        "message": {"role": "assistant", "content": "Tea is ready."},
        "model": "small",
        "finish_reason": "stop",
        "usage": USAGE,
    }
    (asked,) = fake.asked
    assert asked["messages"] == [{"role": "user", "content": "Hello"}]
    assert (asked["model"], asked["temperature"], asked["max_tokens"]) == ("small", 0.5, 7)
    assert fake.keys == [f"Bearer {KEY}"]


async def test_what_is_left_out_the_settings_decide(asking: Asking, fake: FakeLlm) -> None:
    client = await asking.client(
        llm_system_prompt="Be brief.", llm_temperature=0.1, llm_max_tokens=99
    )
    assert (await client.post(CHAT, json=hello())).status_code == 200
    (asked,) = fake.asked
    assert asked["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (asked["temperature"], asked["max_tokens"]) == (0.1, 99)


async def test_an_answer_that_is_not_counted_is_estimated(asking: Asking, fake: FakeLlm) -> None:
    fake.will(answer_without_cost)
    answer = (await (await asking.client()).post(CHAT, json=hello())).json()
    assert answer["finish_reason"] == "length"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] > 0 < usage["completion_tokens"]


@pytest.mark.parametrize(
    ("fields", "field", "code", "told"),
    [
        ({"messages": messages(4)}, "messages", "too_many_messages", "3 messages"),
        ({"messages": messages(1, "x" * 21)}, "messages", "too_many_characters", "20 characters"),
        ({"model": "huge"}, "model", "unknown_model", "small, large"),
        ({"max_tokens": 51}, "max_tokens", "too_many_tokens", "50 tokens"),
        ({"temperature": 1.5}, "temperature", "temperature_too_high", "above 1."),
    ],
)
@pytest.mark.parametrize("path", [CHAT, f"{CHAT}/stream"])
async def test_a_bound_is_named_when_it_is_crossed(
    asking: Asking,
    fake: FakeLlm,
    fields: dict[str, Any],
    field: str,
    code: str,
    told: str,
    path: str,
) -> None:
    client = await asking.client(
        llm_max_messages=3,
        llm_max_characters=20,
        llm_max_tokens=50,
        llm_max_temperature=1,
        llm_allowed_models="large",
    )
    response = await client.post(path, json=hello(**fields))
    assert refused_fields(response) == [field]
    (error,) = response.json()["errors"]
    assert error["code"] == code
    assert told in error["message"]
    assert fake.asked == []


async def test_the_highest_temperature_has_the_same_code_whatever_it_is(asking: Asking) -> None:
    response = await (await asking.client()).post(CHAT, json=hello(temperature=2.5))
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"]) == ("temperature", "temperature_too_high")
    assert "above 2." in error["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"messages": []}', "messages"),
        ('{"messages": [{"role": "user", "content": ""}]}', "messages.0.content"),
        ('{"messages": [{"role": "user", "content": "a\\u0000"}]}', "messages.0.content"),
        ('{"messages": [{"role": "user", "content": "\\ud800"}]}', "messages.0.content"),
        ('{"messages": [{"role": "tool", "content": "a"}]}', "messages.0.role"),
        ('{"messages": [{"role": "user", "content": "a"}], "temperature": NaN}', "temperature"),
        ('{"messages": [{"role": "user", "content": "a"}], "model": "\\u0000"}', "model"),
        ('{"messages": [{"role": "user", "content": "a"}], "max_tokens": 0}', "max_tokens"),
        ('{"messages": [{"role": "user", "content": "a"}], "stream": true}', "stream"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: AsyncClient, body: str, field: str) -> None:
    response = await client.post(CHAT, content=body, headers={"Content-Type": "application/json"})
    assert refused_fields(response) == [field]


async def test_the_models_and_bounds_can_be_looked_up(asking: Asking) -> None:
    client = await asking.client(llm_allowed_models="large", llm_max_tokens=50)
    listed = (await client.get("/api/v1/ai/llm/models")).json()
    assert (listed["models"], listed["default"]) == (["small", "large"], "small")
    assert listed["max_tokens"] == 50


async def test_another_model_may_be_asked_for(asking: Asking, fake: FakeLlm) -> None:
    client = await asking.client(llm_allowed_models="large")
    assert (await client.post(CHAT, json=hello(model="large"))).json()["model"] == "large"
    assert fake.asked[0]["model"] == "large"


async def test_without_a_key_it_is_an_echo_that_says_so(client: AsyncClient) -> None:
    answer = (await client.post(CHAT, json=hello())).json()
    assert answer["message"]["content"].startswith("This is only an echo")
    assert answer["message"]["content"].endswith("Hello")
    assert answer["finish_reason"] == "stop"
    short = (await client.post(CHAT, json=hello(max_tokens=2))).json()
    assert (short["message"]["content"], short["finish_reason"]) == ("This is", "length")


async def test_so_many_questions_a_minute(asking: Asking) -> None:
    client = await asking.client(rate_limit_enabled=True, llm_requests_per_minute=2)
    for _ in range(2):
        assert (await client.post(CHAT, json=hello())).status_code == 200
    response = await client.post(f"{CHAT}/stream", json=hello())
    assert "2 questions in a minute" in problem_of(response, 429, "rate_limited")["detail"]
    assert 1 <= int(response.headers["Retry-After"]) <= 60
