"""Every trouble that a server can make: what the client is told, and that nothing leaks."""

import logging
from time import monotonic
from typing import Any

import pytest

from app.ai.llm import retrying
from app.ai.llm.faults import FAULTS
from tests.integration.llm.conftest import Asking
from tests.support import fake_llm
from tests.support.fake_llm import Behaviour
from tests.support.fake_llm import FakeLlm
from tests.support.fake_llm import answer_well
from tests.support.fake_llm import refuse
from tests.support.llm_calls import settled_calls_of
from tests.support.problems import problem_of
from tests.support.streams import hello

CHAT = "/api/v1/ai/llm/chat"
TROUBLES = [
    (refuse(401), 502, "llm_misconfigured", None),
    (refuse(403), 502, "llm_misconfigured", None),
    (refuse(404), 502, "llm_model_unavailable", None),
    (refuse(400, "model_not_found"), 502, "llm_model_unavailable", None),
    (refuse(429, "insufficient_quota"), 503, "llm_out_of_credit", "3600"),
    (refuse(429, Retry_After="17"), 503, "llm_overloaded", "17"),
    (refuse(429, Retry_After="1.2"), 503, "llm_overloaded", "2"),
    (refuse(429, Retry_After="soon"), 503, "llm_overloaded", "1"),
    (refuse(429), 503, "llm_overloaded", "1"),
    (refuse(500), 502, "llm_failed", None),
    (refuse(503), 502, "llm_failed", None),
    (refuse(504), 504, "llm_timeout", None),
    (refuse(400), 502, "llm_request_refused", None),
    (refuse(400, "context_length_exceeded"), 422, "llm_too_long", None),
    (refuse(413), 422, "llm_too_long", None),
    (refuse(400, "content_filter"), 422, "llm_filtered", None),
    (fake_llm.filter_late, 422, "llm_filtered", None),
    (fake_llm.never_answer, 504, "llm_timeout", None),
    (fake_llm.fall_silent, 504, "llm_timeout", None),
    (fake_llm.hang_up, 503, "llm_unreachable", "5"),
    (fake_llm.cut, 502, "llm_cut", None),
    (fake_llm.end_without_reason, 502, "llm_cut", None),
    (fake_llm.send_garbage, 502, "llm_garbled", None),
    (fake_llm.send_a_list, 502, "llm_garbled", None),
    (fake_llm.send_a_page, 502, "llm_garbled", None),
    (fake_llm.fail_late, 502, "llm_failed", None),
]


@pytest.mark.parametrize(("behaviour", "status", "code", "retry_after"), TROUBLES)
async def test_each_trouble_is_told_alike_and_leaks_nothing(
    asking: Asking,
    fake: FakeLlm,
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    fake.will(behaviour)
    patience = 0.2 if code == "llm_timeout" else 60
    client = await asking.client(llm_read_timeout_seconds=patience)
    logging.getLogger().addHandler(caplog.handler)
    response = await client.post(CHAT, json=hello())
    problem_of(response, status, code)
    assert response.headers.get("Retry-After") == retry_after
    assert "hunter" not in response.text + caplog.text
    (call,) = await settled_calls_of(asking.started[-1])
    assert call.outcome == code


async def test_a_server_that_is_not_there(asking: Asking) -> None:
    client = await asking.client(llm_base_url="http://127.0.0.1:1/v1")
    problem_of(await client.post(CHAT, json=hello()), 503, "llm_unreachable")


def test_every_fault_can_happen() -> None:
    assert {code for _behaviour, _status, code, _retry in TROUBLES} == FAULTS.keys()


@pytest.mark.parametrize(
    "trouble",
    [refuse(500), refuse(429, Retry_After="0"), fake_llm.hang_up, fake_llm.send_garbage],
)
async def test_what_may_pass_is_tried_again(
    asking: Asking, fake: FakeLlm, trouble: Behaviour
) -> None:
    fake.will(trouble, answer_well)
    client = await asking.client(llm_retries=1)
    answer = (await client.post(CHAT, json=hello())).json()
    assert answer["message"]["content"] == "Tea is ready."
    assert len(fake.asked) == 2


@pytest.mark.parametrize(
    ("trouble", "settings"),
    [
        (refuse(401), {}),
        (refuse(400, "content_filter"), {}),
        (fake_llm.end_without_reason, {}),
        (refuse(429, Retry_After="30"), {"llm_timeout_seconds": 20}),
    ],
    ids=["wrong key", "filter", "begun", "longer than the budget"],
)
async def test_what_will_not_help_is_not_tried_again(
    asking: Asking, fake: FakeLlm, trouble: Behaviour, settings: dict[str, Any]
) -> None:
    fake.will(trouble, answer_well)
    client = await asking.client(llm_retries=3, **settings)
    assert (await client.post(CHAT, json=hello())).status_code >= 400
    assert len(fake.asked) == 1


async def test_no_attempt_is_made_for_which_there_is_no_time(
    asking: Asking, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE_SECONDS", 60)
    fake.will(refuse(500), answer_well)
    client = await asking.client(llm_retries=3, llm_timeout_seconds=20)
    problem_of(await client.post(CHAT, json=hello()), 502, "llm_failed")
    assert len(fake.asked) == 1


async def test_a_server_that_keeps_failing_is_left_alone_and_operators_see_it(
    asking: Asking, fake: FakeLlm
) -> None:
    fake.will(refuse(500))
    client = await asking.client(llm_circuit_failures=2, llm_circuit_seconds=30)
    assert (await client.get("/health/ready")).json() == {"status": "ok"}
    for _ in range(2):
        problem_of(await client.post(CHAT, json=hello()), 502, "llm_failed")
    response = await client.post(CHAT, json=hello())
    problem_of(response, 503, "llm_circuit_open")
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert len(fake.asked) == 2
    ready = await client.get("/health/ready")
    assert ready.status_code == 200
    assert "llm" in ready.json()["details"][0]


async def test_when_it_is_well_again_it_is_used_again(
    asking: Asking, fake: FakeLlm, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.will(refuse(500), answer_well)
    client = await asking.client(llm_circuit_failures=1, llm_circuit_seconds=3600)
    problem_of(await client.post(CHAT, json=hello()), 502, "llm_failed")
    assert (await client.get("/health/ready")).json()["details"]
    circuit = asking.started[-1].state.llm.circuit
    monkeypatch.setattr(circuit, "_clock", lambda: monotonic() + 3600)
    assert (await client.post(CHAT, json=hello())).status_code == 200
    assert (await client.get("/health/ready")).json() == {"status": "ok"}
