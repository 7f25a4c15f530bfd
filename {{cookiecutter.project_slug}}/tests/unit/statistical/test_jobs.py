"""What a worker runs, called here without one: orders, answers, and how trouble is told."""

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

from app.ai.statistical import reasons
from app.ai.statistical.orders import DescribingJob
from app.ai.statistical.orders import TrainingJob
from app.ai.statistical.tables import write_csv
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.results import TrainingResult
from tests.support.statistical import ROWS


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module; what it does to its process is undone."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    module = importlib.import_module("app.ai.statistical.jobs")
    monkeypatch.setattr(module, "_limit_memory", lambda _megabytes: None)
    monkeypatch.setattr(module.signal, "signal", lambda _number, _handler: signal.SIG_DFL)
    return module


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A table in a file."""
    write_csv(tmp_path / "data.csv", ROWS)
    return tmp_path / "data.csv"


def test_a_model_is_trained_and_stored(jobs: ModuleType, data: Path) -> None:
    fields: dict[str, Any] = {"algorithm": "logistic_regression", "target": "buys"}
    fields |= {"task": None, "features": []}
    model, told = data.with_name("model.skops"), list[int]()
    order = TrainingJob(
        data=str(data),
        model=str(model),
        order=TrainingOrder.model_validate(fields),
        most_rows=100,
        most_columns=10,
    )
    answer = jobs.train_model(order.model_dump_json(), told.append)
    assert TrainingResult.model_validate_json(answer["result"]).labels == ["no", "yes"]
    assert answer["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert told == sorted(told)
    assert (told[0], told[-1]) == (5, 90)


def test_a_table_is_described(jobs: ModuleType, data: Path) -> None:
    order = DescribingJob(data=str(data), most_rows=100, most_columns=10)
    answer = jobs.describe_table(order.model_dump_json(), lambda _percent: None)
    columns = json.loads(answer["profile"])["columns"]
    assert [column["name"] for column in columns] == ["age", "city", "buys"]


def test_torch_is_kept_out(jobs: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    jobs.keep_out("torch")
    with pytest.raises(ModuleNotFoundError, match="kept out"):
        importlib.import_module("torch")


def raising(error: Exception) -> Callable[[str, Any], dict[str, Any]]:
    """Work that fails."""

    def work(_order: str, _progress: object) -> dict[str, Any]:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (reasons.Failure("Too few rows."), "Too few rows."),
        (MemoryError(), reasons.too_big(256)),
        (RuntimeError("nobody expected this"), reasons.UNEXPECTED),
    ],
)
def test_trouble_is_told(jobs: ModuleType, error: Exception, failure: str) -> None:
    message = said(jobs, raising(error))
    assert message["failure"] == failure
    assert ("nobody expected this" in message.get("log", "")) == isinstance(error, RuntimeError)


def test_an_answer_is_told(jobs: ModuleType) -> None:
    assert said(jobs, lambda order, _progress: {"order": order}) == {"answer": {"order": "one"}}


def said(jobs: ModuleType, work: Callable[[str, Any], dict[str, Any]]) -> dict[str, Any]:
    """The one message that comes over the pipe."""
    ours: Connection
    ours, theirs = Pipe(duplex=False)
    with ours, theirs:
        jobs.main(work, "one", 256, theirs)
        message: dict[str, Any] = json.loads(ours.recv_bytes())
    return message
