"""HTML tables that web applications name .xls: as Excel would open them, every table a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from flows.sources.text import find_encoding
from flows.sources.workbooks.grid import Grid
from flows.sources.workbooks.marks import Marks, Place
from flows.sources.workbooks.refusals import too_large, unreadable
from schemas.errors import SourceError

__all__ = ["read_html_tables"]

_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD_BYTES = 4096
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_UNSHOWN = frozenset({"script", "style", "head", "title", "noscript", "template"})
_MOST_CELLS = 5_000_000
_MOST_SPAN = 1_000


def read_html_tables(path: Path) -> Iterator[Grid]:
    """Tables of at least two rows with a filled cell; a page with none is refused.

    Raises:
        SourceError: `unreadable`, or `too_large`.
    """
    parser = _Parser()
    parser.feed(path.read_text(encoding=_encoding(path)))
    parser.close()
    parser.end_all()
    found = 0
    for table in parser.done:
        grid = Grid.of_cells(f"Table {found + 1}", found, table.cells, table.marks)
        if grid and len(grid.rows) > 1:
            found += 1
            yield grid
    if not found:
        raise unreadable("it is an HTML page without a table, such as an error message")


def _encoding(path: Path) -> str:
    """As the page says, if all its bytes fit; otherwise as they look."""
    with path.open("rb") as file:
        said = _CHARSET.search(file.read(_HEAD_BYTES))
    try:
        return find_encoding(path, said.group(1).decode() if said else None)
    except (LookupError, SourceError):
        return find_encoding(path)


@dataclass
class _Table:
    """A table being read."""

    cells: dict[Place, str] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    taken: set[Place] = field(default_factory=set)  # by cells that span several rows or columns
    row: int = 0
    column: int = 0
    span: tuple[int, int] = (1, 1)
    texts: list[str] | None = None


class _Parser(HTMLParser):
    """Collects tables, nested ones too; text belongs to the innermost cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[_Table] = []
        self._open: list[_Table] = []
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens; cells and rows may leave out their ends."""
        given = {name: value or "" for name, value in attrs}
        if tag in _UNSHOWN:
            self._unshown += 1
        elif tag == "table":
            self._open.append(_Table())
        elif not self._open:
            return
        elif tag == "tr":
            self._end_cell()
            table = self._open[-1]
            table.row, table.column = table.row + 1, 0
            if _is_hidden(given):
                table.marks.hidden_rows.add(table.row)
        elif tag in ("td", "th"):
            self._begin_cell(given)
        elif tag in ("br", "p", "div") and self._open[-1].texts:
            self._open[-1].texts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """A tag closes."""
        if tag in _UNSHOWN:
            self._unshown = max(0, self._unshown - 1)
        elif tag in ("td", "th", "tr") and self._open:
            self._end_cell()
        elif tag == "table" and self._open:
            self._end_cell()
            self.done.append(self._open.pop())

    def handle_data(self, data: str) -> None:
        """Text; blanks and line ends in the source are one blank."""
        if self._open and not self._unshown and (texts := self._open[-1].texts) is not None:
            texts.append(_BLANKS.sub(" ", data))

    def end_all(self) -> None:
        """Close the tables that the page leaves open."""
        while self._open:
            self.handle_endtag("table")

    def _begin_cell(self, given: dict[str, str]) -> None:
        self._end_cell()
        table = self._open[-1]
        table.row = max(table.row, 1)
        table.column += 1
        while (table.row, table.column) in table.taken:
            table.column += 1
        rows, columns = (_span(given.get(name, "")) for name in ("rowspan", "colspan"))
        if rows * columns > 1:
            bottom, right = table.row + rows - 1, table.column + columns - 1
            table.marks.merged.append((table.row, table.column, bottom, right))
            table.taken.update(
                (row, column) for row in range(table.row, bottom + 1) for column in range(table.column, right + 1)
            )
        if len(table.cells) + len(table.taken) > _MOST_CELLS:
            raise too_large(f"a table has more than {_MOST_CELLS} cells")
        table.span, table.texts = (rows, columns), []

    def _end_cell(self) -> None:
        table = self._open[-1]
        if table.texts is None:
            return
        lines = (line.strip(" ") for line in "".join(table.texts).split("\n"))
        if text := "\n".join(lines).strip("\n").strip("\xa0 "):
            table.cells[table.row, table.column] = text
        table.column += table.span[1] - 1
        table.texts = None


def _is_hidden(given: dict[str, str]) -> bool:
    return "hidden" in given or "display:none" in given.get("style", "").replace(" ", "").lower()


def _span(text: str) -> int:
    return min(max(1, int(text)), _MOST_SPAN) if text.isascii() and text.isdigit() else 1
