"""How the evidence of a pair adds up, drawn: a row a comparison, a bar from the sum before it to the sum after it."""

from __future__ import annotations

import html
from collections.abc import Iterator

from transforms.matching.evidence_text import Waterfall

__all__ = ["draw_waterfall"]

_WIDTH, _HEIGHT = 240, 12
_LEAST_SPAN = 4.0  # bits: what is nearly nothing is not drawn as if it were much


def draw_waterfall(waterfall: Waterfall) -> str:
    """An HTML table with a bar a row; to the right speaks for one person, the line in the middle is an even chance."""
    rows = list(_list_rows(waterfall))
    reached = [bound for _, _, _, start, end in rows for bound in (start, end)]
    low, high = min(0.0, *reached), max(0.0, *reached)
    span = max(high - low, _LEAST_SPAN)
    lines = []
    for title, values, weight, start, end in rows:
        cells = (html.escape(title), html.escape(values), f"{weight:+.1f}", _draw(start, end, low, span))
        lines.append("<tr>{}</tr>".format("".join(f"<td>{cell}</td>" for cell in cells)))
    return f'<table class="steps">{"".join(lines)}</table>'


def _list_rows(waterfall: Waterfall) -> Iterator[tuple[str, str, float, float, float]]:
    """Title, values, weight, and the sums before and after."""
    running = waterfall.start or 0.0
    if waterfall.start is not None:
        yield "prior and overlap", "", running, 0.0, running
    for step in waterfall.steps:
        weight = step.weight or 0.0
        title = f"{step.field} {step.level}".replace("_", " ")
        yield title, step.values, weight, running, running + weight
        running += weight
    yield "sum", "", waterfall.total, 0.0, waterfall.total


def _draw(start: float, end: float, low: float, span: float) -> str:
    scale = _WIDTH / span
    left, width = (min(start, end) - low) * scale, abs(end - start) * scale
    kind = "for" if end >= start else "against"
    middle = -low * scale
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img">'
        f'<rect class="{kind}" x="{left:.1f}" y="1" width="{max(width, 1):.1f}" height="{_HEIGHT - 2}"/>'
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="0" y2="{_HEIGHT}"/></svg>'
    )
