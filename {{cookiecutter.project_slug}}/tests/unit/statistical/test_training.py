"""Models on real data: better than guessing, the same every time, and all that is told of them."""

from pathlib import Path
from typing import Any

import pytest

from app.ai.statistical import store
from app.ai.statistical.algorithms import ESTIMATORS
from app.ai.statistical.predicting import PipelinePredictor
from app.ai.statistical.training import Trained
from app.ai.statistical.training import train
from app.schemas.statistical.choices import Task
from app.schemas.statistical.orders import TrainingOrder
from tests.support.tables import Rows
from tests.support.tables import mixed_rows
from tests.support.tables import real_rows
from tests.support.tables import table_of
from tests.support.tables import without


def order(algorithm: str, target: str | None = None, **fields: Any) -> TrainingOrder:
    """What is to be learned."""
    values = {"algorithm": algorithm, "target": target, "task": None, "features": [], **fields}
    return TrainingOrder.model_validate(values)


def trained(folder: Path, rows: Rows, *asked: Any, **fields: Any) -> Trained:
    """A model of these rows."""
    return train(table_of(folder, rows), order(*asked, **fields), lambda _percent: None)


def measured(model: Trained, name: str) -> tuple[float, float | None]:
    """A measure of quality, and what guessing gives."""
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
def test_a_classification_beats_guessing(tmp_path: Path, name: str, algorithm: str) -> None:
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


def test_auto_compares_and_says_why(tmp_path: Path) -> None:
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


def test_what_stands_out_is_found(tmp_path: Path) -> None:
    rows = without(real_rows("wine"), "target")
    model = trained(tmp_path, rows, "isolation_forest")
    strange = {name: 100 * value for name, value in rows[0].items()}
    usual, odd = PipelinePredictor(model.pipeline, model.result).predict([rows[20], strange])
    assert (usual.label, odd.label) == ("normal", "anomaly")
    assert usual.value is not None
    assert odd.value is not None
    assert usual.value > 0 > odd.value


def test_a_table_as_people_have_it(tmp_path: Path) -> None:
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


def test_only_the_features_that_are_asked_for_count(tmp_path: Path) -> None:
    model = trained(tmp_path, mixed_rows(), "logistic_regression", "buyer", features=["income"])
    assert [column.name for column in model.result.input_schema] == ["income"]


def test_whole_numbers_are_labels_when_there_are_few_of_them(tmp_path: Path) -> None:
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
    answer = PipelinePredictor(one.pipeline, one.result).predict(question)
    assert answer == PipelinePredictor(two.pipeline, two.result).predict(question)


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
def test_a_stored_model_predicts_the_same(
    tmp_path: Path, algorithm: str, target: str | None
) -> None:
    rows = mixed_rows()
    model = trained(tmp_path, rows, algorithm, target)
    path = tmp_path / "model.skops"
    sha256 = store.save(model.pipeline, path)
    assert sorted(path.name for path in tmp_path.glob("model*")) == ["model.skops"]
    loaded = PipelinePredictor(store.load(path, sha256), model.result)
    question = without(rows[:20], target or "")
    assert loaded.predict(question) == PipelinePredictor(model.pipeline, model.result).predict(
        question
    )


def test_a_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    sha256 = store.save(trained(tmp_path, mixed_rows(), "kmeans").pipeline, path)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(store.DamagedModel, match="was changed"):
        store.load(path, sha256)
    path.unlink()
    with pytest.raises(store.DamagedModel, match="cannot be read"):
        store.load(path, sha256)
