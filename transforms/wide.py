"""Attributes as a wide table, and back: one row per contact, one column per attribute type."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.dtypes import ADDRESS_TYPE

__all__ = ["from_wide", "to_wide"]

_DTYPES: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "text": pl.String, "number": pl.Float64, "date": pl.Date, "address": ADDRESS_TYPE,
}  # fmt: skip
_PARTNER: Final = "partner_"


def to_wide(values: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """Live values of contacts, one row per contact.

    Args:
        values: contact_id, attribute_def, is_partner, position, the value columns, and is_superseded or deleted_at
            where there is one.
        defs: core.attribute_defs. Custom definitions that share a name share a column.

    Returns:
        contact_id, then per definition in name order `name` and `partner_name`: the value itself if singular, else
        the list of values by position; null where there is none.
    """
    live = values
    if "is_superseded" in values.columns:
        live = live.filter(~pl.col("is_superseded"))
    if "deleted_at" in values.columns:
        live = live.filter(pl.col("deleted_at").is_null())
    wide = values.select("contact_id").unique().sort("contact_id")
    ordered = live.sort("contact_id", "position", maintain_order=True)
    for name, data_type, is_singular, ids in _columns_of(defs):
        of_name = ordered.filter(pl.col("attribute_def").is_in(ids))
        for prefix, is_partner in (("", False), (_PARTNER, True)):
            of_side = of_name.filter(pl.col("is_partner") == is_partner)
            value = pl.col(data_type).drop_nulls()
            column = (value.last() if is_singular else value).alias(prefix + name)
            found = of_side.group_by("contact_id").agg(column)
            wide = wide.join(found, on="contact_id", how="left", maintain_order="left")
    return wide


def from_wide(wide: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """The values that a wide table holds: the inverse of `to_wide` for defs with distinct names.

    Returns:
        contact_id, attribute_def, attribute_type, is_partner, text, number, date, address, position (0, 1 … among the
        values of one contact and attribute type).
    """
    frames = [
        _unfold(wide, prefix + name, is_singular).select(
            "contact_id",
            attribute_def=pl.lit(ids[0]),
            attribute_type=pl.lit(name),
            is_partner=pl.lit(bool(prefix)),
            **{kind: pl.col("value") if kind == data_type else pl.lit(None, dtype) for kind, dtype in _DTYPES.items()},
            position="position",
        )
        for name, data_type, is_singular, ids in _columns_of(defs)
        for prefix in ("", _PARTNER)
        if prefix + name in wide.columns
    ]
    return pl.concat(frames)


def _columns_of(defs: pl.DataFrame) -> list[tuple[str, str, bool, list[str]]]:
    """Name, data type, singularity and ids of each column; a shared name is singular if all its definitions are."""
    grouped = defs.sort("name", "attribute_def").group_by("name", "data_type", maintain_order=True)
    return grouped.agg(pl.col("is_singular").all(), "attribute_def").rows()


def _unfold(wide: pl.DataFrame, name: str, is_singular: bool) -> pl.DataFrame:
    """contact_id, value, position of one column, without nulls."""
    column = wide.select("contact_id", pl.col(name).alias("value"))
    if is_singular:
        return column.drop_nulls("value").with_columns(position=pl.lit(0, pl.Int64))
    numbered = column.with_columns(position=pl.int_ranges(pl.col("value").list.len(), dtype=pl.Int64))
    return numbered.filter(pl.col("value").list.len() > 0).explode("value", "position")
