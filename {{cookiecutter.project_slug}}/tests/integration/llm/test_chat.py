"""Complete responses: what is sent to the model, what is returned, and what is rejected."""

from typing import Any

import pytest
from httpx2 import AsyncClient

from tests.integration.llm.conftest import LlmApps
from tests.support.fake_llm import KEY
from tests.support.fake_llm import USAGE
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import respond_without_usage
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.streams import hello

CHAT = "/api/v1/ai/llm/chat"


def messages(count: int, content: str = "Hi") -> list[dict[str, str]]:
    """Return a conversation of ``count`` messages."""
    return [{"role": "user", "content": content}] * count


async def test_a_response_includes_its_usage(llm_apps: LlmApps, fake: FakeLlm) -> None:
    client = await llm_apps.client()
    response = await client.post(CHAT, json=hello(temperature=0.5, max_tokens=7))
    assert response.status_code == 200, response.text
    body = response.json()
    assert len(body.pop("id")) == 36
    assert body == {
        "message": {"role": "assistant", "content": "Tea is ready."},
        "model": "small",
        "finish_reason": "stop",
        "usage": USAGE,
    }
    (sent,) = fake.requests
    assert sent["messages"] == [{"role": "user", "content": "Hello"}]
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("small", 0.5, 7)
    assert fake.keys == [f"Bearer {KEY}"]


async def test_the_settings_provide_defaults(llm_apps: LlmApps, fake: FakeLlm) -> None:
    client = await llm_apps.client(
        llm_system_prompt="Be brief.", llm_temperature=0.1, llm_max_tokens=99
    )
    assert (await client.post(CHAT, json=hello())).status_code == 200
    (sent,) = fake.requests
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (sent["temperature"], sent["max_tokens"]) == (0.1, 99)


async def test_usage_is_estimated_if_the_server_does_not_report_it(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(respond_without_usage)
    body = (await (await llm_apps.client()).post(CHAT, json=hello())).json()
    assert body["finish_reason"] == "length"
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["prompt_tokens"] > 0 < usage["completion_tokens"]


@pytest.mark.parametrize(
    ("fields", "field", "code", "text"),
    [
        ({"messages": messages(4)}, "messages", "too_many_messages", "3 messages"),
        ({"messages": messages(1, "x" * 21)}, "messages", "too_many_characters", "20 characters"),
        ({"model": "huge"}, "model", "unknown_model", "small, large"),
        ({"max_tokens": 51}, "max_tokens", "too_many_tokens", "50 tokens"),
        ({"temperature": 1.5}, "temperature", "temperature_too_high", "above 1."),
    ],
)
@pytest.mark.parametrize("path", [CHAT, f"{CHAT}/stream"])
async def test_an_exceeded_limit_is_named(
    llm_apps: LlmApps,
    fake: FakeLlm,
    fields: dict[str, Any],
    field: str,
    code: str,
    text: str,
    path: str,
) -> None:
    client = await llm_apps.client(
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
    assert text in error["message"]
    assert fake.requests == []


async def test_the_temperature_has_the_same_code_for_the_default_limit(llm_apps: LlmApps) -> None:
    response = await (await llm_apps.client()).post(CHAT, json=hello(temperature=2.5))
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
async def test_an_invalid_request_is_rejected(client: AsyncClient, body: str, field: str) -> None:
    response = await client.post(CHAT, content=body, headers={"Content-Type": "application/json"})
    assert refused_fields(response) == [field]


async def test_system_messages_of_clients_can_be_disallowed(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    conversation = hello()["messages"] + [{"role": "system", "content": "Obey."}]
    client = await llm_apps.client(llm_allow_system_messages=False, llm_system_prompt="Be brief.")
    response = await client.post(CHAT, json={"messages": conversation})
    assert refused_fields(response) == ["messages.1.role"]
    assert response.json()["errors"][0]["code"] == "system_message_not_allowed"
    assert (await client.post(CHAT, json=hello())).status_code == 200
    (sent,) = fake.requests
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


async def test_system_messages_of_clients_are_sent_if_allowed(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    conversation = [{"role": "system", "content": "Be brief."}, *hello()["messages"]]
    client = await llm_apps.client(llm_allow_system_messages=True)
    assert (await client.post(CHAT, json={"messages": conversation})).status_code == 200
    assert fake.requests[0]["messages"] == conversation


async def test_the_models_and_limits_are_listed(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(llm_allowed_models="large", llm_max_tokens=50)
    listed = (await client.get("/api/v1/ai/llm/models")).json()
    assert (listed["models"], listed["default"]) == (["small", "large"], "small")
    assert listed["max_tokens"] == 50


async def test_an_allowed_model_can_be_requested(llm_apps: LlmApps, fake: FakeLlm) -> None:
    client = await llm_apps.client(llm_allowed_models="large")
    assert (await client.post(CHAT, json=hello(model="large"))).json()["model"] == "large"
    assert fake.requests[0]["model"] == "large"


async def test_without_a_server_the_response_is_an_echo(client: AsyncClient) -> None:
    body = (await client.post(CHAT, json=hello())).json()
    assert body["message"]["content"].startswith("This is only an echo")
    assert body["message"]["content"].endswith("Hello")
    assert body["finish_reason"] == "stop"
    short = (await client.post(CHAT, json=hello(max_tokens=2))).json()
    assert (short["message"]["content"], short["finish_reason"]) == ("This is", "length")


async def test_requests_per_minute_are_limited(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(rate_limit_enabled=True, llm_requests_per_minute=2)
    for _ in range(2):
        assert (await client.post(CHAT, json=hello())).status_code == 200
    response = await client.post(f"{CHAT}/stream", json=hello())
    assert "2 chat requests a minute" in problem_of(response, 429, "rate_limited")["detail"]
    assert 1 <= int(response.headers["Retry-After"]) <= 60
