"""One scikit-learn pipeline from a frame to a prediction: fill gaps, scale, encode, estimate."""

from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from app.ai.statistical.columns import MOST_CATEGORIES
from app.ai.statistical.dates import DateParts
from app.ai.statistical.scaling import BoundedScaler
from app.schemas.statistical.choices import ColumnType
from app.schemas.statistical.results import InputColumn


def build(columns: list[InputColumn], estimator: Any) -> Pipeline:
    """An untrained pipeline for frames with these columns."""
    of_type = {kind: [c.name for c in columns if c.used and c.type is kind] for kind in ColumnType}
    steps = [
        ("numbers", _numbers(), of_type[ColumnType.NUMBER]),
        ("booleans", SimpleImputer(strategy="most_frequent"), of_type[ColumnType.BOOLEAN]),
        ("dates", make_pipeline(DateParts(), _numbers()), of_type[ColumnType.DATE]),
        ("categories", _categories(), of_type[ColumnType.CATEGORY]),
    ]
    prepare = ColumnTransformer([step for step in steps if step[2]], sparse_threshold=0)
    return Pipeline([("prepare", prepare), ("estimate", estimator)])


def _numbers() -> Pipeline:
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), BoundedScaler())


def _categories() -> OneHotEncoder:
    # A missing value is the empty text: a category of its own. Unseen ones count as rare.
    return OneHotEncoder(
        max_categories=MOST_CATEGORIES, handle_unknown="infrequent_if_exist", sparse_output=False
    )
