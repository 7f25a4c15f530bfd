"""The algorithms, by task. To add one: a line here, and one in ``Algorithm`` and ``TASKS``."""

from collections.abc import Callable
from typing import Any

from sklearn.cluster import KMeans
from sklearn.dummy import DummyClassifier
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.ensemble import IsolationForest
from sklearn.ensemble import RandomForestClassifier
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model import Ridge

from app.schemas.statistical.choices import Algorithm
from app.schemas.statistical.choices import Task

SEED = 0
"""The same data gives the same model."""

FOREST: dict[str, Any] = {"n_estimators": 100, "max_leaf_nodes": 2000, "random_state": SEED}

ESTIMATORS: dict[Task, dict[Algorithm, Callable[[], Any]]] = {
    Task.CLASSIFICATION: {
        Algorithm.LOGISTIC_REGRESSION: lambda: LogisticRegression(max_iter=1000),
        Algorithm.RANDOM_FOREST: lambda: RandomForestClassifier(**FOREST),
        Algorithm.HIST_GRADIENT_BOOSTING: lambda: HistGradientBoostingClassifier(random_state=SEED),
    },
    Task.REGRESSION: {
        Algorithm.RIDGE: lambda: Ridge(),
        Algorithm.RANDOM_FOREST: lambda: RandomForestRegressor(**FOREST),
        Algorithm.HIST_GRADIENT_BOOSTING: lambda: HistGradientBoostingRegressor(random_state=SEED),
    },
    Task.CLUSTERING: {
        Algorithm.KMEANS: lambda: KMeans(n_init=10, random_state=SEED),
    },
    Task.ANOMALY_DETECTION: {
        Algorithm.ISOLATION_FOREST: lambda: IsolationForest(random_state=SEED),
    },
}
"""Task -> its algorithms, the simplest first."""

BASELINES: dict[Task, Callable[[], Any]] = {
    Task.CLASSIFICATION: lambda: DummyClassifier(strategy="most_frequent"),
    Task.REGRESSION: lambda: DummyRegressor(strategy="mean"),
}
"""What always guesses the same: a model that is no better has learned nothing."""
