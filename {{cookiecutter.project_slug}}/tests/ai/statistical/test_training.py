"""Models on real data: better than the baseline, reproducible, with a full report."""

from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import persistence
from app.ai.statistical.errors import CorruptModelError
from app.ai.statistical.pipeline import ESTIMATORS
from app.ai.statistical.prediction import PipelinePredictor
from app.ai.statistical.training import TrainedPipeline
from app.ai.statistical.training import train
from app.schemas.statistical.training_spec import Task
from app.schemas.statistical.training_spec import TrainingSpec
from tests.support.tables import Rows
from tests.support.tables import mixed_rows
from tests.support.tables import real_rows
from tests.support.tables import table_of
from tests.support.tables import without


def spec(algorithm: str, target: str | None = None, **fields: Any) -> TrainingSpec:
    """Return a training spec."""
    values = {"algorithm": algorithm, "target": target, "task": None, "features": [], **fields}
    return TrainingSpec.model_validate(values)


def trained(folder: Path, rows: Rows, *args: Any, **fields: Any) -> TrainedPipeline:
    """Train on these rows."""
    return train(table_of(folder, rows), spec(*args, **fields), lambda _percent: None)


def measured(model: TrainedPipeline, name: str) -> tuple[float, float | None]:
    """Return a metric and its baseline."""
    metric = next(metric for metric in model.result.metrics if metric.name == name)
    return metric.value, metric.baseline


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("iris", "hist_gradient_boosting"),
        ("wine", "random_forest"),
        ("breast_cancer", "logistic_regression"),
    ],
)
def test_a_classification_beats_the_baseline(tmp_path: Path, name: str, algorithm: str) -> None:
    rows = real_rows(name)
    model = trained(tmp_path, rows, algorithm, "target")
    value, baseline = measured(model, "balanced_accuracy")
    assert baseline is not None
    assert value > baseline + 0.3
    matrix = model.result.confusion_matrix
    assert matrix is not None
    assert sum(map(sum, matrix.counts)) == -(-len(rows) // 4)
    assert matrix.labels == model.result.labels == sorted({row["target"] for row in rows})
    assert len(model.result.importance) == len(rows[0]) - 1
    predictor = PipelinePredictor(model.pipeline, model.result)
    found = predictor.predict(without(rows[:5], "target"))
    assert [each.label for each in found] == [row["target"] for row in rows[:5]]
    for each in found:
        assert sum(chance.probability for chance in each.probabilities) == pytest.approx(1)


@pytest.mark.parametrize("algorithm", ["ridge", "random_forest", "hist_gradient_boosting"])
def test_a_regression_beats_the_mean(tmp_path: Path, algorithm: str) -> None:
    rows = real_rows("diabetes")
    model = trained(tmp_path, rows, algorithm, "target")
    value, baseline = measured(model, "mean_absolute_error")
    assert baseline is not None
    assert value < 0.9 * baseline
    assert len(model.result.residuals) == 111
    found = PipelinePredictor(model.pipeline, model.result).predict(without(rows[:2], "target"))
    assert all(each.value is not None and 20 < each.value < 350 for each in found)


def test_auto_compares_algorithms_and_says_why(tmp_path: Path) -> None:
    result = trained(tmp_path, real_rows("iris")[::2], "auto", "target").result
    assert {each.algorithm for each in result.candidates} == set(ESTIMATORS[Task.CLASSIFICATION])
    assert result.algorithm in result.reason
    assert "cross-validation" in result.reason
    assert all(each.folds == 5 and each.spread >= 0 for each in result.candidates)


def test_clusters_are_found_without_a_target(tmp_path: Path) -> None:
    rows = without(real_rows("iris"), "target")
    model = trained(tmp_path, rows, "kmeans")
    value, baseline = measured(model, "silhouette")
    assert baseline is not None
    assert value > baseline + 0.3
    assert sum(group.rows for group in model.result.groups) == len(rows)
    found = PipelinePredictor(model.pipeline, model.result).predict([rows[0], rows[-1]])
    assert found[0].label != found[1].label


def test_anomalies_are_found(tmp_path: Path) -> None:
    rows = without(real_rows("wine"), "target")
    model = trained(tmp_path, rows, "isolation_forest")
    strange = {name: 100 * value for name, value in rows[0].items()}
    usual, odd = PipelinePredictor(model.pipeline, model.result).predict([rows[20], strange])
    assert (usual.label, odd.label) == ("normal", "anomaly")
    assert usual.value is not None
    assert odd.value is not None
    assert usual.value > 0 > odd.value


def test_a_table_with_all_column_types(tmp_path: Path) -> None:
    rows = mixed_rows()
    model = trained(tmp_path, rows, "logistic_regression", "buyer")
    types = {column.name: (column.type.value, column.used) for column in model.result.input_schema}
    assert types == {
        "number": ("text", False),
        "joined": ("date", True),
        "income": ("number", True),
        "member": ("boolean", True),
        "city": ("category", True),
        "country": ("category", False),
        "comment": ("empty", False),
    }
    predictor = PipelinePredictor(model.pipeline, model.result)
    row = {"joined": None, "income": None, "member": None, "city": "never seen"}
    assert predictor.predict([row])[0].label in ("yes", "no")
    assert {each.column for each in model.result.importance} == row.keys()


def test_only_the_requested_features_are_used(tmp_path: Path) -> None:
    model = trained(tmp_path, mixed_rows(), "logistic_regression", "buyer", features=["income"])
    assert [column.name for column in model.result.input_schema] == ["income"]


def test_few_distinct_integers_are_labels(tmp_path: Path) -> None:
    rows = [{"a": row, "grade": row % 3, "price": row * 1.5} for row in range(60)]
    algorithm = "hist_gradient_boosting"
    assert trained(tmp_path, rows, algorithm, "grade").result.task == "classification"
    assert trained(tmp_path, rows, algorithm, "price").result.task == "regression"
    asked = trained(tmp_path, rows, algorithm, "grade", task="regression")
    assert asked.result.task == "regression"


def test_the_same_data_gives_the_same_model(tmp_path: Path) -> None:
    rows = mixed_rows(60)
    one, two = (trained(tmp_path, rows, "random_forest", "buyer") for _ in range(2))
    assert one.result == two.result
    question = without(rows, "buyer")
    predictions = PipelinePredictor(one.pipeline, one.result).predict(question)
    assert predictions == PipelinePredictor(two.pipeline, two.result).predict(question)


@pytest.mark.parametrize(
    ("algorithm", "target"),
    [
        ("logistic_regression", "buyer"),
        ("random_forest", "buyer"),
        ("hist_gradient_boosting", "buyer"),
        ("ridge", "income"),
        ("kmeans", None),
        ("isolation_forest", None),
    ],
)
def test_a_saved_model_predicts_the_same(
    tmp_path: Path, algorithm: str, target: str | None
) -> None:
    rows = mixed_rows()
    model = trained(tmp_path, rows, algorithm, target)
    path = tmp_path / "model.skops"
    sha256 = persistence.save(model.pipeline, path, 10_000_000).sha256
    assert sorted(path.name for path in tmp_path.glob("model*")) == ["model.skops"]
    loaded = PipelinePredictor(persistence.load(path.read_bytes(), sha256), model.result)
    question = without(rows[:20], target or "")
    assert loaded.predict(question) == PipelinePredictor(model.pipeline, model.result).predict(
        question
    )


def test_a_changed_file_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    sha256 = persistence.save(
        trained(tmp_path, mixed_rows(), "kmeans").pipeline, path, 10_000_000
    ).sha256
    with pytest.raises(CorruptModelError, match="was changed"):
        persistence.load(path.read_bytes() + b" ", sha256)
