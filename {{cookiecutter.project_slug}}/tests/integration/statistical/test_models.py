"""The life cycle of a model over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import persistence
from app.kit.storage import Storage
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.problems import refused_fields
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import ROWS
from tests.support.statistical import train
from tests.support.statistical import train_to_the_end
from tests.support.storage import stored_files
from tests.support.storage import until_stored
from tests.support.tables import real_rows
from tests.support.tables import without


async def test_the_life_cycle_of_a_model(client: AsyncClient, storage: Storage) -> None:
    queued = await train(client)
    assert queued.keys() == {"id", "name", "version", "status"}
    assert (queued["name"], queued["version"]) == ("buyers", 1)
    model = await train_to_the_end(client)
    assert (model["version"], model["status"], model["progress"]) == (2, "ready", 100)
    assert model["error"] is None
    assert model["result"]["labels"] == ["no", "yes"]
    path, folder = f"{MODELS}/{model['id']}", f"models/{model['id']}"
    found = (await client.post(f"{path}/predict", json={"rows": QUESTION})).json()["predictions"]
    assert [each["label"] for each in found] == ["no", "yes"]
    assert {chance["label"] for chance in found[0]["probabilities"]} == {"no", "yes"}
    report = await client.get(f"{path}/report")
    assert report.headers["Content-Type"] == "text/html; charset=utf-8"
    assert report.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "buyers, version 2" in report.text
    await until_stored(storage, "*.skops", folder=folder)
    assert is_no_content(await client.delete(path))
    assert await stored_files(storage, folder) == set()
    problem_of(await client.get(path), 404, "not_found")
    problem_of(await client.post(f"{path}/predict", json={"rows": QUESTION}), 404, "not_found")


async def test_a_thousand_rows_in_one_request(client: AsyncClient) -> None:
    rows = real_rows("iris")
    model = await train_to_the_end(client, rows=rows, target="target", algorithm="auto")
    question = (without(rows, "target") * 7)[:1000]
    path = f"{MODELS}/{model['id']}/predict"
    found = (await client.post(path, json={"rows": question})).json()["predictions"]
    right = [row["target"] == each["label"] for row, each in zip(rows * 7, found, strict=False)]
    assert len(found) == 1000
    assert sum(right) > 900
    too_many = await client.post(path, json={"rows": [*question, question[0]]})
    assert refused_fields(too_many) == ["rows"]


async def test_the_latest_ready_version_predicts(client: AsyncClient, storage: Storage) -> None:
    path = f"{MODELS}/by-name/buyers/predict"
    problem_of(await client.post(path, json={"rows": QUESTION}), 404, "not_found")
    first = await train_to_the_end(client)
    second = await train_to_the_end(client, rows=[{**row, "buys": "maybe"} for row in ROWS])
    assert (second["version"], second["status"]) == (2, "failed")
    third = await train_to_the_end(
        client, rows=[{**row, "buys": str(row["buys"]).upper()} for row in ROWS]
    )
    found = (await client.post(path, json={"rows": QUESTION})).json()["predictions"]
    assert [each["label"] for each in found] == ["NO", "YES"]
    fourth = await train_to_the_end(client)
    await until_stored(storage, folder=f"models/{first['id']}")
    listed = (await client.get(MODELS, params={"name": "buyers"})).json()["items"]
    assert [model["id"] for model in listed] == [fourth["id"], third["id"]]


async def test_a_failed_version_is_kept_beside_ready_ones(client: AsyncClient) -> None:
    failed = await train_to_the_end(client, target="nope")
    ready = await train_to_the_end(client)
    again = await train_to_the_end(client, target="nope")
    listed = (await client.get(MODELS, params={"name": "buyers"})).json()["items"]
    assert [each["id"] for each in listed] == [again["id"], ready["id"], failed["id"]]


async def test_of_failed_versions_the_latest_are_kept(
    client: AsyncClient, storage: Storage
) -> None:
    failed = [(await train_to_the_end(client, target="nope"))["id"] for _ in range(4)]
    await until_stored(storage, folder=f"models/{failed[1]}")
    listed = (await client.get(MODELS, params={"name": "buyers"})).json()["items"]
    assert [each["id"] for each in listed] == [failed[3], failed[2]]


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([{**row, "buys": "yes"} for row in ROWS], "All values of 'buys' are the same ('yes')"),
        (ROWS[:3], "too few rows: 3"),
        (without(ROWS, "buys"), "no column 'buys'"),
    ],
)
async def test_a_failed_training_has_an_error_message(
    client: AsyncClient, storage: Storage, rows: Any, error: str
) -> None:
    model = await train_to_the_end(client, rows=rows)
    assert model["status"] == "failed"
    assert error in model["error"]
    assert model["result"] is None
    await until_stored(storage)
    path = f"{MODELS}/{model['id']}"
    problem_of(await client.get(f"{path}/report"), 409, "model_not_ready")
    problem_of(
        await client.post(f"{path}/predict", json={"rows": QUESTION}), 409, "model_not_ready"
    )


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"age": "old", "city": "Rome"}, "rows.1.age"),
        ({"age": 1e300, "city": "Rome"}, "rows.1.age"),
        ({"age": 3}, "rows.1.city"),
        ({"age": 3, "city": "Rome", "buys": "yes"}, "rows.1.buys"),
        ({"age": [3], "city": "Rome"}, "rows.1.age"),
        ({"age": {"years": 3}, "city": "Rome"}, "rows.1.age"),
        ({"age": 3, "city": "R" * 10_001}, "rows.1.city"),
    ],
)
async def test_an_invalid_cell_is_named(
    client: AsyncClient, row: dict[str, Any], field: str
) -> None:
    model = await train_to_the_end(client)
    path = f"{MODELS}/{model['id']}/predict"
    assert refused_fields(await client.post(path, json={"rows": [QUESTION[0], row]})) == [field]
    blank = {"age": None, "city": ""}
    assert (await client.post(path, json={"rows": [blank]})).status_code == 200


async def test_a_changed_file_is_rejected(
    client: AsyncClient, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    model = await train_to_the_end(client)
    (name,) = [name for name in await stored_files(storage) if name.endswith(".skops")]
    await storage.save(f"models/{name}", b"changed")
    path = f"{MODELS}/{model['id']}/predict"
    problem_of(await client.post(path, json={"rows": QUESTION}), 503, "unavailable")
    assert "was changed since it was saved" in caplog.text


async def test_a_model_of_another_library_version_is_rejected(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await train_to_the_end(client)
    monkeypatch.setattr(persistence, "version", lambda _name: "99.0.0")
    path = f"{MODELS}/{model['id']}/predict"
    problem = problem_of(await client.post(path, json={"rows": QUESTION}), 409, "model_outdated")
    assert "99.0.0" in problem["detail"]


async def test_the_cache_is_bounded(client: AsyncClient, app: FastAPI) -> None:
    loaded = app.state.statistical.cache
    loaded._size = 1
    ids = [(await train_to_the_end(client, name=name))["id"] for name in ("a", "b")]
    for model_id in (*ids, ids[0]):
        answer = await client.post(f"{MODELS}/{model_id}/predict", json={"rows": QUESTION})
        assert answer.status_code == 200
    assert [str(model_id) for model_id in loaded._loaded] == [ids[0]]


async def test_a_missing_file_is_an_error(
    client: AsyncClient, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    model = await train_to_the_end(client)
    await storage.delete_folder(f"models/{model['id']}")
    path = f"{MODELS}/{model['id']}/predict"
    problem = problem_of(await client.post(path, json={"rows": QUESTION}), 503, "unavailable")
    assert "Train it again" in problem["detail"]
    assert "FileNotFoundError" in caplog.text


@pytest.mark.parametrize("path", ["", "/report"])
async def test_a_missing_model_is_not_found(client: AsyncClient, path: str) -> None:
    problem_of(await client.get(f"{MODELS}/{uuid4()}{path}"), 404, "not_found")
    problem_of(await client.delete(f"{MODELS}/{uuid4()}"), 404, "not_found")
