"""Charts as inline SVG, which scale with the page and take its colours."""

from html import escape

from app.schemas.statistical.results import Residual

WIDTH = 600
LABEL_WIDTH = 180
LONGEST_LABEL = 24
BAR_HEIGHT = 24
SIZE = 360
MARGIN = 40


def bars(values: list[tuple[str, float]]) -> str:
    """A horizontal bar for each value; those below zero are drawn as none."""
    longest = max((value for _, value in values), default=0) or 1
    scale = (WIDTH - LABEL_WIDTH - 80) / max(longest, 1e-12)
    rows = "".join(_bar(row, name, value, scale) for row, (name, value) in enumerate(values))
    return _svg(WIDTH, BAR_HEIGHT * len(values), rows)


def scatter(points: list[Residual]) -> str:
    """Predicted against actual values, with the line on which both are the same."""
    numbers = [value for point in points for value in (point.actual, point.predicted)]
    low, high = min(numbers), max(numbers)
    scale = (SIZE - 2 * MARGIN) / ((high - low) or 1)

    def place(value: float) -> float:
        return MARGIN + (value - low) * scale

    dots = "".join(
        f'<circle class="dot" r="4" cx="{place(point.actual):.1f}" '
        f'cy="{SIZE - place(point.predicted):.1f}"/>'
        for point in points
    )
    end = SIZE - MARGIN
    line = f'<line class="axis" x1="{MARGIN}" y1="{end}" x2="{end}" y2="{MARGIN}"/>'
    labels = (
        f'<text x="{MARGIN}" y="{SIZE - 10}">actual, {low:.4g} to {high:.4g}</text>'
        f'<text x="{MARGIN}" y="20">predicted</text>'
    )
    return _svg(SIZE, SIZE, line + dots + labels)


def _bar(row: int, name: str, value: float, scale: float) -> str:
    short = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
    top, width = row * BAR_HEIGHT, max(0.0, value) * scale
    return (
        f'<text x="0" y="{top + 16}">{escape(short)}</text>'
        f'<rect class="bar" x="{LABEL_WIDTH}" y="{top + 4}" width="{width:.1f}" height="16"/>'
        f'<text x="{LABEL_WIDTH + width + 6:.1f}" y="{top + 16}">{value:.3g}</text>'
    )


def _svg(width: int, height: int, content: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}">{content}</svg>'
