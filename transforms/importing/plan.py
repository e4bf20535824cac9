"""The mapped columns of a sheet, sorted by how their cells are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.kinds import kind_of
from transforms.importing.mapping import (
    CONTACT_FIELDS,
    DATE_PARTS,
    NAME_SUFFIX,
    TOLD_BY_LABEL,
    ColumnMapping,
    find_def,
)

__all__ = ["SLOT", "ReadingPlan", "plan_reading"]

#: Room for the values of one cell in `position`, which counts cells of a row in order.
SLOT: Final = 100_000

_PLAIN_SCHEMA: Final = {
    "column_index": pl.Int64, "attribute_def": pl.String, "attribute_type": pl.String, "kind": pl.String,
    "label": pl.String, "index": pl.Int64, "is_partner": pl.Boolean, "order": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class ReadingPlan:
    """How each mapped column is read.

    Attributes:
        names: header texts.
        plain: one row per column whose cells are values themselves, with what the attribute takes from its column.
        labels: position of a plain column -> position of the column that labels it.
        loose_labels: label columns without a column that they label.
        full_names: whole-name columns.
        suffixes: columns of what stands behind last names.
        addresses: columns of each address, its label column included.
        dates: columns of each date in parts.
        fields: columns of contact fields.
        told: columns whose kind the label of each row tells.
        told_labels: position of such a column -> position of the column that labels it.
    """

    names: tuple[str, ...]
    plain: pl.DataFrame
    labels: dict[int, int]
    loose_labels: tuple[int, ...]
    full_names: tuple[ColumnMapping, ...]
    suffixes: tuple[ColumnMapping, ...]
    addresses: tuple[tuple[ColumnMapping, ...], ...]
    dates: tuple[tuple[ColumnMapping, ...], ...]
    fields: tuple[ColumnMapping, ...]
    told: tuple[ColumnMapping, ...]
    told_labels: dict[int, int]

    @property
    def width(self) -> int:
        """Number of header columns."""
        return len(self.names)

    def positions_of(self, kind: str) -> list[int]:
        """Columns of one kind: plain ones, and events, which are dates whatever their labels say."""
        events = [column.column_index for column in self.told if kind == "date" and column.base == "event"]
        return [*self.plain.filter(pl.col("kind") == kind)["column_index"].to_list(), *events]


def plan_reading(mappings: Sequence[ColumnMapping], defs: AttributeDefs, brand_id: str | None) -> ReadingPlan:
    """Sort the mapped columns; `mappings` has one item per header column."""
    plain: list[ColumnMapping] = []
    full_names: list[ColumnMapping] = []
    fields: list[ColumnMapping] = []
    told: list[ColumnMapping] = []
    label_columns: dict[tuple[str, int | None, bool], int] = {}
    loose_labels: list[int] = []
    groups: dict[tuple[str, int | None, bool], list[ColumnMapping]] = {}
    for column in mappings:
        key = (column.base, column.index, column.is_partner)
        if column.attribute_type in CONTACT_FIELDS:
            fields.append(column)
        elif column.base == "address" or (column.part in DATE_PARTS and column.part):
            groups.setdefault(key, []).append(column)
        elif column.part == "label":
            loose_labels.extend([label_columns[key]] if key in label_columns else [])
            label_columns[key] = column.column_index
        elif column.base in TOLD_BY_LABEL and defs.find(column.base, brand_id) is None:
            told.append(column)
        elif column.base == "full_name":
            full_names.append(column)
        elif column.attribute_type not in (None, NAME_SUFFIX):
            plain.append(column)
    labels: dict[int, int] = {}
    for column in (*plain, *told):
        label_column = label_columns.pop((column.base, column.index, column.is_partner), None)
        if label_column is not None:
            labels[column.column_index] = label_column
    told_labels = {
        column.column_index: labels.pop(column.column_index) for column in told if column.column_index in labels
    }
    return ReadingPlan(
        names=tuple(column.column_name for column in mappings),
        plain=_describe(plain, defs, brand_id),
        labels=labels,
        loose_labels=(*loose_labels, *label_columns.values()),
        full_names=tuple(full_names),
        suffixes=tuple(column for column in mappings if column.attribute_type == NAME_SUFFIX),
        addresses=tuple(tuple(group) for key, group in groups.items() if key[0] == "address"),
        dates=tuple(tuple(group) for key, group in groups.items() if key[0] != "address"),
        fields=tuple(fields),
        told=tuple(told),
        told_labels=told_labels,
    )


def _describe(columns: Sequence[ColumnMapping], defs: AttributeDefs, brand_id: str | None) -> pl.DataFrame:
    order = _order_values(columns)
    rows = []
    for column in columns:
        found = find_def(column.base, defs, brand_id)
        if found is None:
            continue
        kind = kind_of(found.name, found.data_type)
        rows.append(
            (
                column.column_index, found.attribute_def, found.name, kind, column.label, column.index,
                column.is_partner, order[column.column_index],
            )
        )  # fmt: skip
    return pl.DataFrame(rows, schema=_PLAIN_SCHEMA, orient="row")


def _order_values(columns: Sequence[ColumnMapping]) -> dict[int, int]:
    """Column position -> place in the order of values: as in the file, but by index within one type (SPEC IM3)."""
    order: dict[int, int] = {}
    for kind in {column.base for column in columns}:
        same = [column for column in columns if column.base == kind]
        by_index = sorted(same, key=lambda column: (column.index is None, column.index or 0, column.column_index))
        places = sorted(column.column_index for column in same)
        order |= {column.column_index: place for column, place in zip(by_index, places, strict=True)}
    return order
