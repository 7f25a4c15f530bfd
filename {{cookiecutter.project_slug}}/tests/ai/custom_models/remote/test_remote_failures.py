"""Everything that a model server can do wrong, and what clients see."""

import asyncio
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from httpx2 import Response

from app.ai.custom_models.port import TextInput
from tests.support.accounts import log_in_somebody
from tests.support.apps import Connect
from tests.support.apps import StartApp
from tests.support.custom_models import CUSTOM_MODELS
from tests.support.custom_models import write_config_file
from tests.support.fake_inference_server import KEY
from tests.support.fake_inference_server import SECRET
from tests.support.fake_inference_server import Behaviour
from tests.support.fake_inference_server import FakeModelServer
from tests.support.fake_inference_server import cut
from tests.support.fake_inference_server import drip
from tests.support.fake_inference_server import fail
from tests.support.fake_inference_server import fail_for
from tests.support.fake_inference_server import never_respond
from tests.support.fake_inference_server import reset
from tests.support.fake_inference_server import respond
from tests.support.fake_inference_server import respond_json
from tests.support.fake_inference_server import respond_slowly
from tests.support.fake_inference_server import respond_text
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.waiting import MAX_WAIT_SECONDS

APIS = pytest.mark.parametrize("api", ["hf", "openai"])
SHORT = pytest.mark.parametrize("keys", [{"timeout_seconds": 1}])


async def post(client: AsyncClient, path: str, *texts: str) -> Response:
    """Send texts."""
    inputs = list(texts or ["tea"])
    return await client.post(f"{CUSTOM_MODELS}/{path}", json={"inputs": inputs})


@APIS
@SHORT
@pytest.mark.parametrize("behaviour", [never_respond, drip])
async def test_a_slow_server_times_out(
    app: FastAPI, client: AsyncClient, server: FakeModelServer, behaviour: Behaviour, api: str
) -> None:
    await app.state.custom_models.handles[f"{api}-embed"].model._get_client()
    server.respond_with(behaviour)
    response = await post(client, f"{api}-embed/embed")
    problem_of(response, 503, "model_timeout")
    assert int(response.headers["Retry-After"]) >= 1
    await server.wait_until_open(0)
    assert len(server.exchanges) == 1


@APIS
@pytest.mark.parametrize("behaviour", [fail(503), fail(502), fail(504), fail(429), reset, cut])
async def test_a_failure_that_may_be_over_is_retried(
    client: AsyncClient, server: FakeModelServer, behaviour: Behaviour, api: str
) -> None:
    server.respond_with(behaviour, behaviour, respond)
    assert (await post(client, f"{api}-embed/embed")).status_code == 200
    assert len(server.exchanges) == 3


@APIS
async def test_retries_end(client: AsyncClient, server: FakeModelServer, api: str) -> None:
    server.respond_with(fail(503))
    problem_of(await post(client, f"{api}-embed/embed", "a", "b"), 503, "model_unavailable")
    assert len(server.exchanges) == 3


@APIS
@pytest.mark.parametrize("behaviour", [reset, cut])
async def test_a_generation_whose_connection_broke_is_not_repeated(
    client: AsyncClient, server: FakeModelServer, behaviour: Behaviour, api: str
) -> None:
    server.respond_with(behaviour, respond)
    problem_of(await post(client, f"{api}-generate/generate"), 503, "model_unavailable")
    assert len(server.exchanges) == 1


@APIS
async def test_a_generation_that_was_not_started_is_repeated(
    client: AsyncClient, server: FakeModelServer, api: str
) -> None:
    server.respond_with(fail(429), respond)
    assert (await post(client, f"{api}-generate/generate")).status_code == 200


@APIS
async def test_retry_after_is_awaited(
    client: AsyncClient, server: FakeModelServer, api: str
) -> None:
    server.respond_with(fail(429, Retry_After="1"), respond)
    start = asyncio.get_running_loop().time()
    assert (await post(client, f"{api}-embed/embed")).status_code == 200
    assert asyncio.get_running_loop().time() - start >= 1


@APIS
@pytest.mark.parametrize(
    ("status", "header", "code", "expected"),
    [
        (429, "60", "queue_full", "60"),
        (503, "60", "model_unavailable", "60"),
        (503, "Wed, 21 Oct 2037 07:28:00 GMT", "model_unavailable", "5"),
        (503, "-1", "model_unavailable", "5"),
    ],
)
async def test_a_longer_retry_after_is_passed_on(
    client: AsyncClient,
    server: FakeModelServer,
    api: str,
    status: int,
    header: str,
    code: str,
    expected: str,
) -> None:
    server.respond_with(fail(status, Retry_After=header))
    response = await post(client, f"{api}-embed/embed")
    problem_of(response, 503, code)
    assert response.headers["Retry-After"] == expected


@APIS
@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "api_key_name"),
        (403, "api_key_name"),
        (404, "url"),
        (405, "url"),
        (500, "500"),
        (307, "final address"),
    ],
)
async def test_the_log_says_what_to_check(
    client: AsyncClient,
    server: FakeModelServer,
    caplog: pytest.LogCaptureFixture,
    api: str,
    status: int,
    hint: str,
) -> None:
    server.respond_with(fail(status, Location=f"{server.url}/elsewhere"))
    response = await post(client, f"{api}-embed/embed", "private")
    problem_of(response, 503, "model_unavailable")
    assert len(server.exchanges) == 1
    assert f"the server of the model {api}-embed" in caplog.text
    assert hint in caplog.text
    assert not any(word in caplog.text + response.text for word in (SECRET, KEY, "private"))


GARBAGE: list[Any] = [
    ("embed", respond_text("<html>")),
    ("embed", respond_text("")),
    ("embed", respond_text("NaN")),
    ("embed", respond_json({})),
    ("embed", respond_json([[1.0]])),
    ("embed", respond_json([[1.0], [1.0, 2.0]])),
    ("embed", respond_json([[["token vectors"]]])),
    ("embed", respond_json({"data": [{"index": 0, "embedding": [None]}]})),
    ("classify", respond_json([])),
    ("classify", respond_json({"data": []})),
    ("classify", respond_json([{"label": None, "score": 1}])),
    ("classify", respond_text('{"data": [[{"label": "a", "score": NaN}]]}')),
    ("generate", respond_json([])),
    ("generate", respond_json([{"generated_text": 1}])),
    ("generate", respond_json({"choices": [{"text": None}]})),
]


@APIS
@pytest.mark.parametrize(("operation", "behaviour"), GARBAGE)
async def test_an_invalid_response_is_not_passed_on(
    client: AsyncClient,
    server: FakeModelServer,
    caplog: pytest.LogCaptureFixture,
    operation: str,
    behaviour: Behaviour,
    api: str,
) -> None:
    server.respond_with(behaviour)
    response = await post(client, f"{api}-{operation}/{operation}", "a", "b")
    problem_of(response, 503, "model_unavailable")
    assert "invalid response" in caplog.text


@pytest.mark.parametrize("end", [2, 99])
async def test_an_entity_outside_of_the_text_is_an_invalid_response(
    client: AsyncClient, server: FakeModelServer, end: int
) -> None:
    server.respond_with(respond_json([{"entity_group": "PER", "score": 1, "start": 3, "end": end}]))
    problem_of(await post(client, "hf-tokens/tokens"), 503, "model_unavailable")


@APIS
@pytest.mark.parametrize(
    ("status", "operation"), [(400, "embed"), (413, "embed"), (422, "classify"), (422, "generate")]
)
async def test_a_rejected_input_is_named_and_fails_only_its_own_request(
    client: AsyncClient, server: FakeModelServer, api: str, operation: str, status: int
) -> None:
    server.respond_with(fail_for("too long", status))
    path = f"{api}-{operation}/{operation}"
    bad, good = await asyncio.gather(
        post(client, path, "tea", "too long"), post(client, path, "fine", "good")
    )
    assert refused_fields(bad) == ["inputs.1"]
    assert problem_of(bad, 422, "validation_error")["errors"][0]["code"] == "unusable_input"
    assert SECRET not in bad.text
    assert good.status_code == 200


@pytest.mark.parametrize("keys", [{"max_concurrency": 3, "batch_size": 2}])
@pytest.mark.parametrize("path", ["hf-embed/embed", "hf-classify/classify"])
async def test_concurrent_requests_are_limited(
    client: AsyncClient, server: FakeModelServer, path: str
) -> None:
    server.respond_with(respond_slowly)
    texts = [f"text {number}" for number in range(20)]
    answers = await asyncio.gather(*(post(client, path, *texts) for _ in range(3)))
    assert [each.status_code for each in answers] == [200] * 3
    assert server.max_open == 3
    sizes = {len(each.body["inputs"]) for each in server.exchanges if path.endswith("embed")}
    assert sizes <= {2}


@APIS
@pytest.mark.parametrize("keys", [{"url": "http://127.0.0.1:9", "max_retries": 1}])
async def test_a_server_that_does_not_run_is_reported(
    client: AsyncClient, api: str, caplog: pytest.LogCaptureFixture
) -> None:
    problem_of(await post(client, f"{api}-embed/embed"), 503, "model_unavailable")
    assert "cannot be reached; check url" in caplog.text


async def test_a_full_queue_is_reported_with_retry_after(
    start_app: StartApp, connect: Connect, server: FakeModelServer, tmp_path: Path
) -> None:
    keys = {"task": "feature-extraction", "url": f"{server.url}/feature-extraction"}
    file = write_config_file(tmp_path / "models.toml", {"busy": {**keys, "max_concurrency": 1}})
    app = await start_app(custom_models_file=file, custom_models_max_queued_tokens=32)
    client = connect(app)
    await log_in_somebody(client)  # %if jwt
    server.respond_with(never_respond)
    requests = [asyncio.ensure_future(post(client, "busy/embed"))]
    await server.wait_until_open(1)
    requests.append(asyncio.ensure_future(post(client, "busy/embed")))
    batcher = app.state.custom_models.handles["busy"].batcher
    async with asyncio.timeout(MAX_WAIT_SECONDS):
        while not batcher._queue:  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0)
    rejected = await post(client, "busy/embed")
    problem_of(rejected, 503, "queue_full")
    assert rejected.headers["Retry-After"]
    for request in requests:
        request.cancel()
    await asyncio.wait(requests)


async def test_requests_to_servers_work_in_offline_mode_of_the_hub(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert (await post(client, "hf-embed/embed")).status_code == 200


async def test_the_shutdown_ends_open_requests(app: FastAPI, server: FakeModelServer) -> None:
    server.respond_with(never_respond)
    model = app.state.custom_models.handles["hf-embed"].model
    running = asyncio.ensure_future(model.predict([TextInput("a")]))
    await server.wait_until_open(1)
    await model.close()
    await asyncio.wait([running])
    await server.wait_until_open(0)
