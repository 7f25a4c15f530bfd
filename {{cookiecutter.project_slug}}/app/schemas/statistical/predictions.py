"""Predictions on the wire."""

from app.schemas.base import ResponseModel


class Probability(ResponseModel):
    """How likely a label is, between 0 and 1."""

    label: str
    probability: float


class Prediction(ResponseModel):
    """What is predicted for one row."""

    label: str | None
    """Of classification, the name of the group, or `normal` or `anomaly`; null in regression."""
    value: float | None
    """The number of a regression. For anomalies, how far a row stands out: below 0 it is one."""
    probabilities: list[Probability]
    """How likely each label is; empty but in classification."""
