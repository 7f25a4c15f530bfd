"""Every failure of a model server: the response to the client, and that nothing leaks."""

import logging
from time import monotonic
from typing import Any

import pytest

from app.ai.llm import retries
from app.ai.llm.errors import PROVIDER_ERRORS
from tests.integration.llm.conftest import LlmApps
from tests.support import fake_llm
from tests.support.fake_llm import Behaviour
from tests.support.fake_llm import Conversation
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import fail
from tests.support.fake_llm import respond
from tests.support.llm_calls import read_finished_calls
from tests.support.problems import problem_of
from tests.support.streams import hello

CHAT = "/api/v1/ai/llm/chat"
FAILURES = [
    (fail(401), 502, "llm_misconfigured", None),
    (fail(403), 502, "llm_misconfigured", None),
    (fail(404), 502, "llm_model_unavailable", None),
    (fail(400, "model_not_found"), 502, "llm_model_unavailable", None),
    (fail(429, "insufficient_quota"), 503, "llm_out_of_credit", "3600"),
    (fail(429, Retry_After="17"), 503, "llm_overloaded", "17"),
    (fail(429, Retry_After="1.2"), 503, "llm_overloaded", "2"),
    (fail(429, Retry_After="soon"), 503, "llm_overloaded", "1"),
    (fail(429), 503, "llm_overloaded", "1"),
    (fail(500), 502, "llm_failed", None),
    (fail(503), 502, "llm_failed", None),
    (fail(504), 504, "llm_timeout", None),
    (fail(400), 502, "llm_request_refused", None),
    (fail(400, "context_length_exceeded"), 422, "llm_too_long", None),
    (fail(413), 422, "llm_too_long", None),
    (fail(400, "content_filter"), 422, "llm_filtered", None),
    (fake_llm.filter_late, 422, "llm_filtered", None),
    (fake_llm.never_respond, 504, "llm_timeout", None),
    (fake_llm.fall_silent, 504, "llm_timeout", None),
    (fake_llm.hang_up, 503, "llm_unreachable", "5"),
    (fake_llm.cut, 502, "llm_cut", None),
    (fake_llm.end_without_reason, 502, "llm_cut", None),
    (fake_llm.send_invalid_json, 502, "llm_garbled", None),
    (fake_llm.send_json_list, 502, "llm_garbled", None),
    (fake_llm.send_html, 502, "llm_garbled", None),
    (fake_llm.send_error_event, 502, "llm_failed", None),
]


@pytest.mark.parametrize(("behaviour", "status", "code", "retry_after"), FAILURES)
async def test_each_failure_has_its_code_and_leaks_nothing(
    llm_apps: LlmApps,
    fake: FakeLlm,
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    fake.respond_with(behaviour)
    read_timeout = 0.2 if code == "llm_timeout" else 60
    client = await llm_apps.client(llm_read_timeout_seconds=read_timeout)
    logging.getLogger().addHandler(caplog.handler)
    response = await client.post(CHAT, json=hello())
    problem_of(response, status, code)
    assert response.headers.get("Retry-After") == retry_after
    assert "hunter" not in response.text + caplog.text
    (call,) = await read_finished_calls(llm_apps.started[-1])
    assert call.outcome == code


async def test_a_server_that_is_not_running(llm_apps: LlmApps) -> None:
    client = await llm_apps.client(llm_base_url="http://127.0.0.1:1/v1")
    problem_of(await client.post(CHAT, json=hello()), 503, "llm_unreachable")


def test_every_provider_error_is_tested() -> None:
    assert {code for _behaviour, _status, code, _retry in FAILURES} == PROVIDER_ERRORS.keys()


@pytest.mark.parametrize(
    "failure",
    [fail(500), fail(429, Retry_After="0"), fake_llm.hang_up, fake_llm.send_invalid_json],
)
async def test_temporary_failures_are_retried(
    llm_apps: LlmApps, fake: FakeLlm, failure: Behaviour
) -> None:
    fake.respond_with(failure, respond)
    client = await llm_apps.client(llm_max_retries=1)
    body = (await client.post(CHAT, json=hello())).json()
    assert body["message"]["content"] == "Tea is ready."
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    ("failure", "settings"),
    [
        (fail(401), {}),
        (fail(400, "content_filter"), {}),
        (fake_llm.end_without_reason, {}),
        (fail(429, Retry_After="30"), {"llm_timeout_seconds": 20}),
    ],
    ids=["wrong key", "filter", "started", "beyond the deadline"],
)
async def test_permanent_failures_are_not_retried(
    llm_apps: LlmApps, fake: FakeLlm, failure: Behaviour, settings: dict[str, Any]
) -> None:
    fake.respond_with(failure, respond)
    client = await llm_apps.client(llm_max_retries=3, **settings)
    assert (await client.post(CHAT, json=hello())).status_code >= 400
    assert len(fake.requests) == 1


async def test_there_is_no_retry_without_time_left(
    llm_apps: LlmApps, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_BACKOFF_SECONDS", 60)
    fake.respond_with(fail(500), respond)
    client = await llm_apps.client(llm_max_retries=3, llm_timeout_seconds=20)
    problem_of(await client.post(CHAT, json=hello()), 502, "llm_failed")
    assert len(fake.requests) == 1


async def test_the_circuit_breaker_opens_and_readiness_reports_it(
    llm_apps: LlmApps, fake: FakeLlm
) -> None:
    fake.respond_with(fail(500))
    client = await llm_apps.client(llm_circuit_breaker_failures=2, llm_circuit_breaker_seconds=30)
    assert (await client.get("/health/ready")).json() == {"status": "ok"}
    for one in (client, await llm_apps.another_client(2)):
        problem_of(await one.post(CHAT, json=hello()), 502, "llm_failed")
    response = await client.post(CHAT, json=hello())
    problem_of(response, 503, "llm_circuit_open")
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert len(fake.requests) == 2
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert "llm" in ready.json()["details"][0]


async def test_the_circuit_breaker_closes_when_the_server_has_recovered(
    llm_apps: LlmApps, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.respond_with(fail(500), fail(500), respond)
    client = await llm_apps.client(llm_circuit_breaker_failures=2, llm_circuit_breaker_seconds=3600)
    for one in (client, await llm_apps.another_client(2)):
        problem_of(await one.post(CHAT, json=hello()), 502, "llm_failed")
    assert (await client.get("/health/ready")).json()["details"]
    breaker = llm_apps.started[-1].state.llm.breaker
    monkeypatch.setattr(breaker, "_clock", lambda: monotonic() + 3600)
    assert (await client.post(CHAT, json=hello())).status_code == 200
    assert (await client.get("/health/ready")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "failure", [fail(500), fake_llm.hang_up, fake_llm.cut, fake_llm.never_respond, fail(400)]
)
async def test_one_user_cannot_open_the_circuit_breaker(
    llm_apps: LlmApps, fake: FakeLlm, failure: Behaviour
) -> None:
    async def fail_for_one_prompt(conversation: Conversation) -> None:
        provokes = conversation.body["messages"][0]["content"] == "Fail"
        await (failure if provokes else respond)(conversation)

    fake.respond_with(fail_for_one_prompt)
    client = await llm_apps.client(
        llm_circuit_breaker_failures=3, llm_read_timeout_seconds=1, llm_max_retries=1
    )
    provocation = {"messages": [{"role": "user", "content": "Fail"}]}
    for _ in range(5):
        assert (await client.post(CHAT, json=provocation)).status_code >= 422
    other = await llm_apps.another_client(2)
    assert (await other.post(CHAT, json=hello())).status_code == 200
