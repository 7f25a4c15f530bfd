"""The functions of a worker process, called in this process: jobs, output, errors."""

import hashlib
import importlib
import json
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.connection import Pipe
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.ai.statistical import errors
from app.ai.statistical.runner import ProfileJob
from app.ai.statistical.runner import TrainingJob
from app.ai.statistical.tables import write_csv
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.statistical import ROWS
from tests.support.tables import LIMITS


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the module, and undo its changes to the process."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    module = importlib.import_module("app.ai.statistical.worker")
    monkeypatch.setattr(module, "_limit_memory", lambda _megabytes: None)
    monkeypatch.setattr(module.signal, "signal", lambda _number, _handler: signal.SIG_DFL)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a table to a file."""
    path = tmp_path / "data.csv"
    with path.open("wb") as file:
        write_csv(file, ROWS)
    return path


def test_a_model_is_trained_and_saved(worker: ModuleType, data: Path) -> None:
    fields: dict[str, Any] = {"algorithm": "logistic_regression", "target": "buys"}
    fields |= {"task": None, "features": []}
    model, reported = data.with_name("model.skops"), list[int]()
    job = TrainingJob(
        table_path=str(data),
        model_path=str(model),
        spec=TrainingSpec.model_validate(fields),
        max_model_bytes=1_000_000,
        limits=LIMITS,
    )
    output = worker.train_model(job.model_dump_json(), reported.append)
    assert TrainingResult.model_validate_json(output["result"]).labels == ["no", "yes"]
    assert output["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert output["size_bytes"] == model.stat().st_size
    assert reported == sorted(reported)
    assert (reported[0], reported[-1]) == (5, 90)


def test_a_model_that_is_too_large_is_not_saved(worker: ModuleType, data: Path) -> None:
    fields: dict[str, Any] = {"algorithm": "isolation_forest", "task": None}
    fields |= {"target": None, "features": []}
    job = TrainingJob(
        table_path=str(data),
        model_path=str(data.with_name("model.skops")),
        spec=TrainingSpec.model_validate(fields),
        max_model_bytes=100_000,
        limits=LIMITS,
    )
    with pytest.raises(errors.TrainingError, match=r"would take .* MB; the limit is 0 MB"):
        worker.train_model(job.model_dump_json(), lambda _percent: None)
    assert [path.name for path in data.parent.iterdir()] == ["data.csv"]


def test_a_table_is_profiled(worker: ModuleType, data: Path) -> None:
    job = ProfileJob(table=data.read_bytes(), limits=LIMITS)
    output = worker.profile_table(job.model_dump_json(), lambda _percent: None)
    columns = json.loads(output["profile"])["columns"]
    assert [column["name"] for column in columns] == ["age", "city", "buys"]


def test_torch_is_blocked(worker: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    worker.block_import("torch")
    with pytest.raises(ModuleNotFoundError, match="blocked"):
        importlib.import_module("torch")


def raising(error: Exception) -> Callable[[str, Any], dict[str, Any]]:
    """Return a job function that raises."""

    def work(_job: str, _progress: object) -> dict[str, Any]:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (errors.TrainingError("Too few rows."), "Too few rows."),
        (MemoryError(), errors.memory_exceeded(256)),
        (RuntimeError("unexpected"), errors.UNEXPECTED),
    ],
)
def test_an_error_is_sent(worker: ModuleType, error: Exception, message: str) -> None:
    sent = run(worker, raising(error))
    assert sent["error"] == message
    assert ("unexpected" in sent.get("log", "")) == isinstance(error, RuntimeError)


def test_output_is_sent(worker: ModuleType) -> None:
    assert run(worker, lambda job, _progress: {"job": job}) == {"output": {"job": "one"}}


def run(worker: ModuleType, work: Callable[[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """Run a job function, and return the message that it sends."""
    receiver: Connection
    receiver, sender = Pipe(duplex=False)
    with receiver, sender:
        worker.main(work, "one", 256, sender)
        message: dict[str, Any] = json.loads(receiver.recv_bytes())
    return message
