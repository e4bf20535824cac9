"""Contacts in the flat shape of the other product: marts.flat_contacts (SPEC FC1, A-EA10, A-EA11)."""

from __future__ import annotations

from typing import Final

import msgspec
import polars as pl

from transforms.normalize.distinct import map_distinct
from transforms.requests.flat import BOOLEANS
from transforms.requests.flat_bodies import FLAT_TYPES

__all__ = ["FLAT_COLUMNS", "flatten_contacts", "list_flat_types"]

#: The columns of an attribute frame that flat contacts depend on, beside contacts themselves.
FLAT_COLUMNS: Final = (
    "contact_id", "attribute_def", "attribute_type", "is_primary", "is_partner", "text", "number", "date", "position",
    "updated_at", "file_id", "row_number",
)  # fmt: skip
_OWN: Final = {"note": "notes", "stage": "stage", "location_id": "location_id", "location_title": "location_title"}
_ORDER: Final = ("contact_id", "updated_at", "file_id", "row_number", "position")


def list_flat_types(defs: pl.DataFrame) -> list[str]:
    """Types of the attributes that flat contacts show beside those of contact objects.

    Args:
        defs: rows of core.attribute_defs.
    """
    return sorted({"note", *defs.filter(pl.col("brand_id").is_not_null())["name"]})


def flatten_contacts(contacts: pl.DataFrame, attributes: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """Rows of marts.flat_contacts.

    Of several notes the primary one is shown, else the newest; of custom attributes all that brands defined.

    Args:
        contacts: rows of marts.contacts.
        attributes: FLAT_COLUMNS of their surviving attributes of `list_flat_types`.
        defs: rows of core.attribute_defs.
    """
    own = attributes.filter(~pl.col("is_partner")).sort(_ORDER)
    named = contacts.select(
        "id",
        pl.coalesce(_join("title", "first_name", "middle_name", "last_name"), "display_name").alias("name"),
        "phone_number",
        pl.col("tags").list.reverse(),
    )
    shown = named.join(_spread_own(own, defs), left_on="id", right_on="contact_id", how="left", maintain_order="left")
    fields = _join_fields(own, defs)
    joined = shown.join(fields, left_on="id", right_on="contact_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("custom_fields").fill_null("{}"))


def _join(*names: str) -> pl.Expr:
    text = pl.concat_str(*names, separator=" ", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _spread_own(own: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """One column for each text that a flat contact has a field for."""
    of_brands = defs.filter(pl.col("brand_id").is_not_null())["attribute_def"].implode()
    is_own = (pl.col("attribute_type") == "note") | pl.col("attribute_def").is_in(of_brands)
    return (
        own.filter(is_own & pl.col("attribute_type").is_in(list(_OWN)))
        .with_columns(pl.col("attribute_type").replace(_OWN).cast(pl.Enum(list(_OWN.values()))))
        .sort("is_primary", maintain_order=True)
        .pivot(
            "attribute_type", on_columns=list(_OWN.values()), index="contact_id", values="text",
            aggregate_function="last",
        )
    )  # fmt: skip


def _join_fields(own: pl.DataFrame, defs: pl.DataFrame) -> pl.DataFrame:
    """contact_id, custom_fields: a JSON object by key; a list where the definition allows several values."""
    custom = defs.filter(pl.col("brand_id").is_not_null() & ~pl.col("name").is_in(FLAT_TYPES))
    keyed = custom.select(
        "attribute_def",
        "is_singular",
        _quote(custom["name"]).alias("key"),
        is_boolean=pl.col("enum_values").list.sort() == sorted(BOOLEANS),
    )
    values = _encode(own.join(keyed, on="attribute_def", maintain_order="left"))
    listed = pl.lit("[") + pl.col("value").str.join(",") + pl.lit("]")
    pairs = pl.concat_str("key", pl.lit(":"), "value").str.join(",")
    return (
        values.group_by("contact_id", "key", maintain_order=True)
        .agg(pl.when(pl.col("is_singular").first()).then(pl.col("value").last()).otherwise(listed).alias("value"))
        .sort("contact_id", "key", maintain_order=True)
        .group_by("contact_id", maintain_order=True)
        .agg(custom_fields=pl.lit("{") + pairs + pl.lit("}"))
    )


def _encode(values: pl.DataFrame) -> pl.DataFrame:
    """With `value`, as JSON: numbers without a useless .0, days as texts, and as it came what is no text."""
    number = pl.col("number")
    is_whole = (number == number.round()) & (number.abs() < 2**53)
    texts = values.select(pl.coalesce("text", pl.col("date").dt.to_string("%Y-%m-%d"))).to_series()
    return values.with_columns(
        pl.when(number.is_not_null() & is_whole)
        .then(number.cast(pl.Int64, strict=False).cast(pl.String))
        .when(number.is_not_null())
        .then(number.cast(pl.String))
        .when(pl.col("is_boolean") & pl.col("text").is_in(BOOLEANS))
        .then("text")
        .otherwise(_quote(texts))
        .alias("value")
    )


def _quote(texts: pl.Series) -> pl.Series:
    return map_distinct(texts, _to_json, pl.String(), where=texts.is_not_null())


def _to_json(text: str) -> str:
    if text.startswith(("{", "[")):  # a value that was no text is kept as its JSON
        try:
            msgspec.json.decode(text)
        except msgspec.DecodeError:
            return msgspec.json.encode(text).decode()
        return text
    return msgspec.json.encode(text).decode()
