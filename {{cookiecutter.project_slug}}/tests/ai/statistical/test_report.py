"""The HTML report of a model."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import report
from app.ai.statistical.training import train
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.tables import Rows
from tests.support.tables import mixed_rows
from tests.support.tables import table_of

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "circle", "rect", "line"}


class Reader(HTMLParser):
    """Parses a page; fails if its tags do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle the start of an element."""
        self.seen.add(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs)
        if tag not in VOID and tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle an empty element."""
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        """Handle the end of an element."""
        assert self.open.pop() == tag


def page(folder: Path, rows: Rows, **fields: Any) -> str:
    """Train on these rows, and return the report."""
    values = {"algorithm": "auto", "task": None, "target": None, "features": [], **fields}
    spec = TrainingSpec.model_validate(values)
    result = train(table_of(folder, rows), spec, lambda _percent: None).result
    model = StatisticalModel(name=EVIL, version=3, training_spec=spec.model_dump_json())
    model.result = result.model_dump_json()
    return report.render(model)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"target": EVIL, "algorithm": "logistic_regression"},
            ["Confusion matrix", "Feature importance", "accuracy", "Cross-validation"],
        ),
        ({"target": "income", "algorithm": "ridge"}, ["Predicted and actual values", "<circle"]),
        ({"algorithm": "kmeans"}, ["Groups", "the best silhouette score"]),
        ({"algorithm": "isolation_forest"}, ["anomaly", "share of rows that are anomalies"]),
    ],
)
def test_the_report_shows_the_result_and_escapes_it(
    tmp_path: Path, fields: dict[str, Any], shown: list[str]
) -> None:
    rows = [{**row, EVIL: f"{EVIL} {row['buyer']}"} for row in mixed_rows()]
    text = page(tmp_path, rows, **fields)
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    assert "script" not in reader.seen
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text
    for part in shown:
        assert part in text
