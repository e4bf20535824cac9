"""What can be said of an import before it is made: an editable mapping, and which contacts are there already."""

from __future__ import annotations

from typing import Any

import polars as pl

from schemas.vocabulary import ColumnStatus
from transforms.normalize.text import fold_text

__all__ = ["compose_mappings", "find_known_rows"]


def compose_mappings(columns: pl.DataFrame) -> dict[str, Any]:
    """The columns of a file in the form of a side file, to be edited.

    Args:
        columns: staging.file_columns of one file. Of columns of one name on several sheets the first counts, for a
            side file has one mapping a name.

    Returns:
        `mappings`, and `unmapped` with the reason for each other column, which the reader of side files ignores.
    """
    mappings: dict[str, Any] = {}
    unmapped: dict[str, str] = {}
    for row in columns.iter_rows(named=True):
        name = row["column_name"]
        if row["status"] == ColumnStatus.UNMAPPED:
            unmapped.setdefault(name, row["reason"])
        elif name not in mappings:
            given = {"attribute_type": row["attribute_type"], "label": row["label"], "index": row["index"]}
            mappings[name] = given | {"is_partner": row["is_partner"]}
    return {"mappings": mappings, "unmapped": {name: why for name, why in unmapped.items() if name not in mappings}}


def find_known_rows(staged: pl.DataFrame, known: pl.DataFrame) -> int:
    """How many staged contacts share an e-mail, or a phone number and the whole name, with a known one.

    Args:
        staged: contact_id, attribute_type, text, match_key of e-mails, phone numbers and names.
        known: the same of the contacts that are there.
    """
    return staged.select("contact_id").unique().join(_with_keys(known, staged), on="contact_id", how="semi").height


def _with_keys(known: pl.DataFrame, staged: pl.DataFrame) -> pl.DataFrame:
    """Staged contacts with a key that a known contact has, too."""
    keys = _identify(staged)
    return keys.join(_identify(known), on=["kind", "key"], how="semi").select("contact_id").unique()


def _identify(values: pl.DataFrame) -> pl.DataFrame:
    """contact_id, kind, key."""
    keyed = values.drop_nulls("match_key")
    emails = keyed.filter(pl.col("attribute_type") == "email").select(
        "contact_id", kind=pl.lit("email"), key="match_key"
    )
    names = (
        values.filter(pl.col("attribute_type").is_in(["first_name", "last_name"]))
        .sort("contact_id", "attribute_type")
        .group_by("contact_id", maintain_order=True)
        .agg(pl.col("text").drop_nulls().str.join(" ").alias("name"))
    )
    names = names.with_columns(fold_text(names["name"]).alias("name"))
    phones = keyed.filter(pl.col("attribute_type") == "phone_number").join(names, on="contact_id")
    called = phones.select("contact_id", kind=pl.lit("phone"), key=pl.concat_str("match_key", "name", separator="|"))
    return pl.concat([emails, called]).drop_nulls("key").unique()
