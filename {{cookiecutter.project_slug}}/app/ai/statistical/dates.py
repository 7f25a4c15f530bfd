"""Dates as numbers that a model can learn from."""

from typing import Any
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.base import TransformerMixin

EPOCH = np.datetime64(0, "us")  # pd.Timestamp(0) counts nanoseconds, which end in 2262
PARTS = ("year", "month", "day", "weekday", "hour", "days")


class DateParts(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Year, month, day, weekday, hour, and days since 1970 of each column of dates."""

    def fit(self, dates: pd.DataFrame, _target: Any = None) -> Self:
        """Nothing to learn but the names."""
        self.columns_ = [str(name) for name in dates.columns]
        return self

    def transform(self, dates: pd.DataFrame) -> Any:
        """One column of numbers for each part of each date; NaN where the date is missing."""
        return np.column_stack([part for name in self.columns_ for part in _parts(dates[name])])

    def get_feature_names_out(self, _names: Any = None) -> Any:
        """``column.part``, as the columns of ``transform`` are."""
        return np.array([f"{name}.{part}" for name in self.columns_ for part in PARTS], object)


def _parts(dates: pd.Series) -> list[Any]:
    of = dates.dt
    days = (dates - EPOCH) / np.timedelta64(1, "D")
    parts = (of.year, of.month, of.day, of.day_of_week, of.hour, days)
    return [part.to_numpy(dtype=float, na_value=np.nan) for part in parts]
