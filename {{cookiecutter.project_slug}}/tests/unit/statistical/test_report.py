"""The page about a model."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import report
from app.ai.statistical.training import train
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.orders import TrainingOrder
from tests.support.tables import Rows
from tests.support.tables import mixed_rows
from tests.support.tables import table_of

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "circle", "rect", "line"}


class Reader(HTMLParser):
    """Reads a page; fails when its tags do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.seen.add(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs)
        if tag not in VOID and tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is empty."""
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag


def page(folder: Path, rows: Rows, **asked: Any) -> str:
    """The page about a model of these rows."""
    values = {"algorithm": "auto", "task": None, "target": None, "features": [], **asked}
    order = TrainingOrder.model_validate(values)
    result = train(table_of(folder, rows), order, lambda _percent: None).result
    model = StatisticalModel(name=EVIL, version=3, training_order=order.model_dump_json())
    model.result = result.model_dump_json()
    return report.render(model)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (
            {"target": EVIL, "algorithm": "logistic_regression"},
            ["What is taken for what", "What it depends on", "accuracy", "Cross-validation"],
        ),
        ({"target": "income", "algorithm": "ridge"}, ["Predicted and actual", "<circle"]),
        ({"algorithm": "kmeans"}, ["Groups", "clusters are the most clearly apart"]),
        ({"algorithm": "isolation_forest"}, ["anomaly", "share of rows that stand out"]),
    ],
)
def test_it_shows_what_is_known(tmp_path: Path, asked: dict[str, Any], shown: list[str]) -> None:
    rows = [{**row, EVIL: f"{EVIL} {row['buyer']}"} for row in mixed_rows()]
    text = page(tmp_path, rows, **asked)
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert "script" not in reader.seen
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    for part in shown:
        assert part in text
