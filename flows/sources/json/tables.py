"""JSON objects as rows of a table: nested keys become dotted columns, `emailAddresses.0.address`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from flows.sources.items import Item, Rows
from flows.sources.messages import BATCH_ROWS, Batch, Fault, SheetRead, join_cells, unique_names
from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["flatten", "read_table"]

_MOST_COLUMNS = 2_000
_SHEET = ""


def read_table(elements: Iterable[tuple[int, str] | Fault]) -> Iterator[Item]:
    """Rows and sheet of a list of objects; the header is the union of their keys, in the order first seen.

    Args:
        elements: number and JSON text of each object, or why there is none.

    Raises:
        SourceError: `unknown_shape`: there are more keys than any table has columns.
    """
    rows: list[tuple[int, dict[str, str]]] = []
    columns: dict[str, int] = {}
    for element in elements:
        if isinstance(element, Fault):
            yield element
            continue
        number, text = element
        cells: dict[str, str] = {}
        for path, value in flatten(json.loads(text, parse_int=str, parse_float=str)):
            # {"a.b": 1, "a": {"b": 2}} has one path twice
            cells[path if path not in cells else f"{path} ({len(cells)})"] = value
        for name in cells:
            columns.setdefault(name, len(columns))
        if len(columns) > _MOST_COLUMNS:
            raise SourceError(
                ProblemCode.UNKNOWN_SHAPE,
                f"the objects have more than {_MOST_COLUMNS} different keys",
                expected="the same keys in each",
                todo="check that the file is a list of contacts",
            )
        rows.append((number, cells))
    for start in range(0, len(rows), BATCH_ROWS):
        part = rows[start : start + BATCH_ROWS]
        lines = [join_cells([cells.get(name, "") for name in columns]) for _, cells in part]
        yield Rows.of(Batch(_SHEET, [number for number, _ in part], lines))
    yield SheetRead(_SHEET, 0, unique_names(list(columns)), 0, len(rows))


def flatten(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every value in a JSON value; null and empty lists have none. Numbers stay as written."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flatten(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from flatten(item, f"{path}.{position}" if path else str(position))
    elif isinstance(value, bool):
        yield path, "TRUE" if value else "FALSE"
    elif value is not None:
        yield path, value
