"""Predictions on the wire."""

from app.schemas.base import ResponseModel


class Probability(ResponseModel):
    """How likely a label is, between 0 and 1."""

    label: str
    probability: float


class Prediction(ResponseModel):
    """What is predicted for one row.

    Classification, clustering and anomaly detection give a ``label``, regression gives a ``value``;
    anomaly detection gives both, its value being below 0 for anomalies. Classification also says
    how likely each label is.
    """

    label: str | None
    value: float | None
    probabilities: list[Probability]
