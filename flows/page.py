"""A page without scripts or outside parts, made of titled tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from string import Template

__all__ = ["Html", "Section", "write_page"]

_TEMPLATE = Path(__file__).with_name("report.html")

#: Letters of a cell that is not broken into lines.
_SHORT = 28

Cells = Sequence[object]


@dataclass(frozen=True)
class Section:
    """A titled table: what it tells, its columns and rows; cells that are Html stand as they are."""

    title: str
    about: str
    columns: tuple[str, ...]
    rows: Sequence[Cells]
    more: str = ""


class Html(str):
    """Text that is markup already."""


def write_page(
    path: Path, title: str, subtitle: str, tiles: Mapping[str, int], sections: Sequence[Section], footer: str
) -> None:
    """Write a page.

    Args:
        path: the file to write.
        title: its heading.
        subtitle: the sentence below it.
        tiles: the few numbers to see first, under the words they are shown with.
        sections: the tables.
        footer: the last line.
    """
    page = Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        contents=" ".join(f'<a href="#{_anchor(section)}">{html.escape(section.title)}</a>' for section in sections),
        tiles="".join(_tile(name, count) for name, count in tiles.items()),
        sections="\n".join(map(_render, sections)),
        footer=html.escape(footer),
    )
    path.write_text(page, encoding="utf-8")


def _render(section: Section) -> str:
    heading = f'<h2 id="{_anchor(section)}">{html.escape(section.title)}</h2>\n<p>{html.escape(section.about)}</p>'
    if not section.rows:
        return f"{heading}\n<p>None.</p>"
    classes = [_class_of([row[place] for row in section.rows]) for place in range(len(section.columns))]
    head = "".join(map(_cell, repeat("th"), section.columns, classes))
    body = "\n".join(f"<tr>{''.join(map(_cell, repeat('td'), row, classes))}</tr>" for row in section.rows)
    more = f"<p>All of them: table <code>{html.escape(section.more)}</code></p>" if section.more else ""
    return f'{heading}\n<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>\n{more}'


def _class_of(cells: Cells) -> str:
    """How a column is set: numbers to the right, short texts in one line."""
    if all(isinstance(cell, int | float) for cell in cells):
        return "number"
    lines = (line for cell in cells for line in _shown(cell).split("<br>"))
    return "short" if all(len(html.unescape(line)) <= _SHORT or "<a" in line for line in lines) else "text"


def _cell(tag: str, value: object, kind: str) -> str:
    return f'<{tag} class="{kind}">{_shown(value)}</{tag}>'


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Html):
        return value
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "<br>".join(_shown(item) for item in value)
    return html.escape(str(value))


def _anchor(section: Section) -> str:
    return section.title.lower().replace(" ", "-")


def _tile(name: str, count: int) -> str:
    return f'<div class="tile"><b>{count:,}</b><span>{html.escape(name)}</span></div>'
