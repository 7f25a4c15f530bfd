"""Render a trained model as an HTML page without scripts and external files."""

from pathlib import Path

from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined

from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.results import Residual
from app.schemas.statistical.results import TrainingResult
from app.schemas.statistical.training_spec import TrainingSpec

MAX_BARS = 20
PLOT_SIZE = 360
MARGIN = 40

environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(model: StatisticalModel) -> str:
    """Return the page of a model that is ready."""
    assert model.result is not None
    result = TrainingResult.model_validate_json(model.result)
    importance = [(each.column, each.mean) for each in result.importance[:MAX_BARS]]
    return environment.get_template("report.html.jinja").render(
        title=f"{model.name}, version {model.version}",
        spec=TrainingSpec.model_validate_json(model.training_spec),
        result=result,
        importance=_scale_bars(importance),
        groups=_scale_bars([(group.label, float(group.rows)) for group in result.groups]),
        plot=_scale_points(result.residuals) if result.residuals else None,
    )


def _scale_bars(values: list[tuple[str, float]]) -> list[tuple[str, float, float]]:
    """Return label, value and length of each bar; the longest is 1, a negative value has none."""
    longest = max((value for _, value in values), default=0) or 1
    return [(label, value, max(0.0, value) / max(longest, 1e-12)) for label, value in values]


def _scale_points(residuals: list[Residual]) -> dict[str, object]:
    """Return actual (x) and predicted (y) values as SVG coordinates, and their range."""
    numbers = [value for each in residuals for value in (each.actual, each.predicted)]
    low, high = min(numbers), max(numbers)
    scale = (PLOT_SIZE - 2 * MARGIN) / ((high - low) or 1)
    points = [
        (
            MARGIN + (each.actual - low) * scale,
            PLOT_SIZE - MARGIN - (each.predicted - low) * scale,
        )
        for each in residuals
    ]
    return {"points": points, "low": low, "high": high, "size": PLOT_SIZE, "margin": MARGIN}
