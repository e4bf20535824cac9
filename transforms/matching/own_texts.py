"""What a contact's own fields say, as text: an attribute that says it again is no evidence of its own."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.matching.comparison import Comparison
from transforms.matching.value_rows import fold_distinct
from transforms.matching.values import ContactValues

__all__ = ["find_said", "is_made_of", "leave_out_said"]

_SAMPLE = 20_000  # contacts looked at
_MOSTLY = 0.6  # of the words of an attribute type's values, from which on it is made of the contacts' own
_LEAST_LETTERS = 3  # of a text that is found within another
_NUMBER = 7  # digits that are a phone number without its prefixes


def is_made_of(column: str) -> pl.Expr:
    """Whether a text has the holder's last name in it."""
    last = pl.col("last_name").str.replace_all(" ", "")
    letters = pl.col(column).str.replace_all(r"[^a-z]", "")
    return (letters.str.contains(last, literal=True) & (last.str.len_chars() > 2)).fill_null(False)


def leave_out_said(values: ContactValues, rows: pl.DataFrame) -> pl.DataFrame:
    """Values that say what the holder's names, e-mails or other own fields say already.

    Args:
        values: what matching knows of the contacts.
        rows: contact, value of an attribute type without a field of its own.
    """
    lasts = values.names.select("contact", "last_name")
    named = rows.join(lasts, on="contact", how="left", maintain_order="left").filter(~is_made_of("value"))
    own = _list_own(values, rows["contact"]).select("contact", _pack("text").alias("packed")).unique()
    fresh = named.with_columns(_pack("value").alias("packed"))
    fresh = fresh.join(own, on=["contact", "packed"], how="anti", maintain_order="left")
    numbers = fresh.select("contact", "packed").join(values.phones.rename({"value": "phone"}), on="contact")
    digits = pl.col("packed").str.strip_chars_start("0")
    is_phone = (digits.str.len_chars() >= _NUMBER) & _pack("phone").str.ends_with(digits)
    return fresh.join(numbers.filter(is_phone), on=["contact", "packed"], how="anti", maintain_order="left").select(
        rows.columns
    )


def find_said(values: ContactValues, others: Mapping[str, Comparison]) -> set[str]:
    """Attribute types that are, by and large, made of their holders' own values: a part of one, or several in a row.

    Args:
        values: what matching knows of the contacts.
        others: comparisons of attribute types without a field of their own.
    """
    if not others:
        return set()
    own = _list_own(values, pl.Series(range(min(_SAMPLE, len(values.ids))), dtype=pl.UInt32))
    words = own.select("contact", pl.col("text").str.split(" ").alias("word")).explode("word").unique()
    every = own.group_by("contact").agg(_pack("text").str.join(" ").alias("own"))
    return {name for name, comparison in others.items() if _is_said(_list_held(comparison), words, every)}


def _list_held(comparison: Comparison) -> pl.DataFrame:
    sets = comparison.sets
    last = sets.starts[min(_SAMPLE, len(sets.first))]
    contacts = np.repeat(np.arange(len(sets.first), dtype=np.uint32), np.diff(sets.starts))[:last]
    return pl.DataFrame({"contact": contacts, "value": comparison.shown.gather(sets.codes[:last])})


def _is_said(rows: pl.DataFrame, words: pl.DataFrame, every: pl.DataFrame) -> bool:
    numbered = rows.with_row_index("row")
    long = numbered.select("row", "contact", pl.col("value").str.split(" ").alias("word")).explode("word")
    known = long.join(words.with_columns(is_known=True), on=["contact", "word"], how="left")
    by_word = known.group_by("row").agg(pl.col("is_known").fill_null(False).mean())
    packed = _pack("value")
    is_part = packed.str.len_chars() >= _LEAST_LETTERS
    within = numbered.join(every, on="contact").select(
        "row", (is_part & pl.col("own").str.contains(packed, literal=True))
    )
    shares = by_word.join(within.rename({"value": "within"}), on="row", how="left").select(
        pl.max_horizontal("is_known", pl.col("within").cast(pl.Float64))
    )
    share = shares.to_series().mean()
    return isinstance(share, float) and share >= _MOSTLY


def _list_own(values: ContactValues, contacts: pl.Series) -> pl.DataFrame:
    """contact, text: what the fields of these contacts say, one by one and the parts of an address together."""
    line = ["number", "street"]
    columns = [values.names.select("contact", text=name) for name in ("first_name", "last_name", "nickname", "company")]
    columns.append(
        values.names.select("contact", pl.concat_str("first_name", "last_name", separator=" ").alias("text"))
    )
    columns += [values.addresses.select("contact", text=name) for name in ("city", "postcode")]
    columns += [
        values.addresses.select("contact", pl.concat_str(parts, separator=" ", ignore_nulls=True).alias("text"))
        for parts in (line, [*line, "city"], [*line, "city", "postcode"])
    ]
    columns += [rows.select("contact", text="value") for rows in (values.emails, values.phones)]
    columns.append(values.emails.select("contact", text="local"))
    columns.append(values.birthdays.select("contact", pl.col("value").cast(pl.String).alias("text")))
    every = pl.concat(frame.filter(pl.col("contact").is_in(contacts.implode())) for frame in columns).drop_nulls()
    return every.with_columns(fold_distinct(every["text"])).drop_nulls()


def _pack(column: str) -> pl.Expr:
    """Letters and digits alone, of any script."""
    return pl.col(column).str.replace_all(r"[^\p{L}\p{N}]", "")
