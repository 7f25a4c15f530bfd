"""A trained model as one HTML page for people: no script, no other file, light and dark.

Everything that came from a client is escaped. The charts stand in ``charts.py``.
"""

from html import escape

from app.ai.statistical import charts
from app.models.statistical_model import StatisticalModel
from app.schemas.statistical.orders import TrainingOrder
from app.schemas.statistical.results import ConfusionMatrix
from app.schemas.statistical.results import TrainingResult

STYLE = """
:root { color-scheme: light dark; --bar: #2563eb; --weak: #94a3b8; --line: #cbd5e1; }
@media (prefers-color-scheme: dark) { :root { --bar: #60a5fa; --weak: #64748b; --line: #475569; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1rem;
  overflow-wrap: anywhere; }
section { margin: 2rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left;
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; }
svg text { fill: currentColor; font-size: 12px; }
.bar { fill: var(--bar); }
.axis { stroke: var(--weak); }
.dot { fill: var(--bar); fill-opacity: .5; }
"""


def render(model: StatisticalModel) -> str:
    """The page about a model that is ready."""
    assert model.result is not None
    result = TrainingResult.model_validate_json(model.result)
    order = TrainingOrder.model_validate_json(model.training_order)
    title = f"{escape(model.name)}, version {model.version}"
    parts = [
        _summary(result, order),
        _metrics(result),
        _candidates(result),
        _confusion(result.confusion_matrix),
        _residuals(result),
        _importance(result),
        _groups(result),
        _columns(result),
        _notes(result),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body><h1>{title}</h1>{''.join(parts)}</body></html>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>"


def _table(head: list[str], rows: list[list[str]]) -> str:
    """A table; the cells are HTML."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


def _summary(result: TrainingResult, order: TrainingOrder) -> str:
    kind, algorithm = (text.value.replace("_", " ") for text in (result.task, result.algorithm))
    target = f" of <b>{escape(order.target)}</b>" if order.target else ""
    made = ", ".join(f"{library.name} {library.version}" for library in result.libraries)
    return (
        f"<p>{kind.capitalize()}{target} by {algorithm}, learned from {result.rows} rows. "
        f"{escape(result.reason)}</p><p><small>Made with {escape(made)}.</small></p>"
    )


def _metrics(result: TrainingResult) -> str:
    rows = [
        [
            f"{metric.name.replace('_', ' ')}<br><small>{escape(metric.meaning)}</small>",
            _number(metric.value),
            "" if metric.baseline is None else _number(metric.baseline),
        ]
        for metric in result.metrics
    ]
    text = "<p>Measured on rows that the model had not seen. The baseline guesses blindly.</p>"
    return _section("How good it is", text + _table(["", "model", "baseline"], rows))


def _candidates(result: TrainingResult) -> str:
    if not result.candidates:
        return ""
    rows = [
        [each.algorithm.value.replace("_", " "), f"{_number(each.mean)} ± {_number(each.spread)}"]
        for each in result.candidates
    ]
    metric = result.candidates[0].metric.replace("_", " ")
    return _section("Cross-validation", _table(["algorithm", metric], rows))


def _confusion(matrix: ConfusionMatrix | None) -> str:
    if matrix is None:
        return ""
    rows = [
        [f"<b>{escape(label)}</b>", *map(str, counts)]
        for label, counts in zip(matrix.labels, matrix.counts, strict=True)
    ]
    head = ["is \\ predicted", *map(escape, matrix.labels)]
    return _section("What is taken for what", _table(head, rows))


def _residuals(result: TrainingResult) -> str:
    if not result.residuals:
        return ""
    text = "<p>Each point is a row; on the line the prediction is right.</p>"
    return _section("Predicted and actual", text + charts.scatter(result.residuals))


def _importance(result: TrainingResult) -> str:
    if not result.importance:
        return ""
    text = "<p>How much worse the model gets when a column is shuffled.</p>"
    bars = [(each.column, each.mean) for each in result.importance[:20]]
    return _section("What it depends on", text + charts.bars(bars))


def _groups(result: TrainingResult) -> str:
    if not result.groups:
        return ""
    bars = [(group.label, float(group.rows)) for group in result.groups]
    return _section("Groups", charts.bars(bars))


def _columns(result: TrainingResult) -> str:
    rows = [
        [
            escape(column.name),
            column.type.value,
            "yes" if column.used else "no",
            str(column.missing),
            _range(column.minimum, column.maximum) or escape(", ".join(column.categories[:8])),
        ]
        for column in result.input_schema
    ]
    return _section("Columns", _table(["column", "type", "used", "missing", "values"], rows))


def _notes(result: TrainingResult) -> str:
    if not result.notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in result.notes)
    return _section("Notes", f"<ul>{items}</ul>")


def _range(minimum: float | None, maximum: float | None) -> str:
    if minimum is None or maximum is None:
        return ""
    return f"{_number(minimum)} to {_number(maximum)}"


def _number(value: float) -> str:
    return f"{value:.4g}"
