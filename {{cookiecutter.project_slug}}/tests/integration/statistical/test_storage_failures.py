"""What happens while the file storage does not respond."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.ai.statistical import errors
from app.ai.statistical.file_cleanup import FileCleanup
from app.kit.storage import Storage
from app.kit.storage import StorageUnavailable
from tests.support.no_content import is_no_content
from tests.support.problems import problem_of
from tests.support.statistical import MODELS
from tests.support.statistical import QUESTION
from tests.support.statistical import ROWS
from tests.support.statistical import train_to_the_end
from tests.support.storage import stored_files
from tests.support.storage import until_stored


def fail(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Make a method of all storages fail."""

    async def raise_error(*_arguments: Any, **_options: Any) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(Storage, method, raise_error)


async def test_a_table_that_cannot_be_stored_is_not_queued(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, "save")
    order = {"name": "buyers", "target": "buys", "rows": ROWS}
    problem = problem_of(await client.post(MODELS, json=order), 503, "unavailable")
    assert "file storage is unavailable" in problem["detail"]
    assert (await client.get(MODELS)).json()["items"] == []


async def test_a_training_without_its_table_fails_with_the_reason(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch, "download")
    model = await train_to_the_end(client)
    assert (model["status"], model["error"]) == ("failed", errors.STORAGE_UNAVAILABLE)


async def test_a_training_whose_table_is_missing_fails(
    client: AsyncClient,
    app: FastAPI,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    download = app.state.statistical.files.download_table

    async def delete_first(model_id: UUID, path: Path) -> None:
        await storage.delete_folder(f"models/{model_id}")
        await download(model_id, path)

    monkeypatch.setattr(app.state.statistical.files, "download_table", delete_first)
    model = await train_to_the_end(client)
    assert (model["status"], model["error"]) == ("failed", errors.UNEXPECTED)
    assert f"the table of model {model['id']} is missing" in caplog.text


async def test_a_prediction_without_its_model_can_be_repeated(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await train_to_the_end(client)
    path = f"{MODELS}/{model['id']}/predict"
    with monkeypatch.context() as patch:
        fail(patch, "read")
        problem_of(await client.post(path, json={"rows": QUESTION}), 503, "unavailable")
    assert (await client.post(path, json={"rows": QUESTION})).status_code == 200


async def test_files_that_cannot_be_deleted_are_left_to_the_cleanup(
    client: AsyncClient, app: FastAPI, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = await train_to_the_end(client)
    await until_stored(storage, "*.skops")
    with monkeypatch.context() as patch:
        fail(patch, "delete")
        assert is_no_content(await client.delete(f"{MODELS}/{model['id']}"))
    assert len(await stored_files(storage)) == 1
    monkeypatch.setattr("app.ai.statistical.file_cleanup.MIN_ORPHAN_SECONDS", -60)
    await FileCleanup(storage, app.state.statistical.models, 7200).run()
    assert await stored_files(storage) == set()
