"""What is published, written out as the documented objects, one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from flows.homes import DATABASE
from flows.store import open_published
from schemas.errors import UnsupportedError
from schemas.tables import (
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CHANNELS,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_FLAT_CONTACTS,
    MARTS_GROUPS,
    MARTS_LEAD_SUMMARY,
    MARTS_LEADS,
    MARTS_RULES,
    MARTS_TAGS,
    Table,
)
from transforms.documented import SHAPES, add_address_lines, describe_duplicates

__all__ = ["EXPORT_SHAPES", "export_shape"]

#: Attributes of a contact in the order in which they came.
_AS_CAME: Final = ("contact_id", "created_at", "row_number", "origin_contact_id", "position", "attribute_id")
#: Shape -> the mart that it is of, and the columns that order its lines.
_MARTS: Final[dict[str, tuple[Table, tuple[str, ...]]]] = {
    "contact": (MARTS_CONTACTS, ("id",)),
    "attribute": (MARTS_CONTACT_ATTRIBUTES, _AS_CAME),
    "summary": (MARTS_CONTACTS, ("id",)),
    "lead": (MARTS_LEADS, ("captured_at", "id")),
    "lead-summary": (MARTS_LEAD_SUMMARY, ("date", "id")),
    "flat": (MARTS_FLAT_CONTACTS, ("id",)),
    "channel": (MARTS_CHANNELS, ("brand", "id")),
    "rule": (MARTS_RULES, ("channel", "position")),
    "group": (MARTS_GROUPS, ("brand", "id")),
    "tag": (MARTS_TAGS, ("brand", "tag")),
    "attribute-def": (MARTS_ATTRIBUTE_DEFS, ("name", "id")),
}
#: A payload stands as it came, perhaps in many lines. JSON has line breaks only where a blank says the same.
_ONE_LINE: Final = bytes.maketrans(b"\r\n", b"  ")
EXPORT_SHAPES: Final = (*_MARTS, "duplicates")


def export_shape(published: Path, shape: str, target: Path) -> int:
    """Write what is published in one documented shape; returns how many lines.

    Args:
        published: the folder that holds leads.duckdb.
        shape: one of EXPORT_SHAPES.
        target: the file, which is replaced whole.

    Raises:
        UnsupportedError: there is no such shape.
        NotFoundError: nothing is published yet.
    """
    if shape not in EXPORT_SHAPES:
        raise UnsupportedError(f"there is no shape {shape!r}", where="--shape", expected=", ".join(EXPORT_SHAPES))
    with open_published(published / DATABASE) as store:
        if shape == "duplicates":
            objects = describe_duplicates(store.read(MARTS_DUPLICATE_CLUSTERS), store.read(MARTS_CONTACTS))
        else:
            table, order = _MARTS[shape]
            objects = _describe(shape, store.read(table).sort(order))
    return _write(objects, target)


def _describe(shape: str, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    described = add_address_lines(rows) if shape == "attribute" else rows
    return (SHAPES[shape](row) for row in described.iter_rows(named=True))


def _write(objects: Iterable[dict[str, Any]], target: Path) -> int:
    """Whole or not at all: a reader never meets half a file."""
    encoder, count = msgspec.json.Encoder(), 0
    draft = target.with_name(f".{target.name}.part")
    with draft.open("wb") as file:
        for item in objects:
            file.write(encoder.encode(item).translate(_ONE_LINE) + b"\n")
            count += 1
    draft.replace(target)
    return count
