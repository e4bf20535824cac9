"""Two people in a column of first names, beside the last name they share: the second one is the partner."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from transforms.importing.readings import CellValues, join_values, part_values
from transforms.normalize.text import fold_text

__all__ = ["part_couples"]

_WORDS: Final = r"(\p{L}[\p{L}.'’-]*(?: \p{L}[\p{L}.'’-]*)?)"
_COUPLE: Final = rf"^(?i){_WORDS}(?: and | ?& ?| \+ ){_WORDS}$"
#: What is no first name on either side: "Mr. & Mrs.", "Research and Development Dept".
_TITLE: Final = r"^(?i)(?:mrs?|ms|miss|mister|dr|doctor|rev|hon|sir|prof)\b"
_DEPARTMENT: Final = r"(?i)\b(?:sons?|bros|brothers|co|associates|partners|family|dept|department|services)\b"


def part_couples(values: CellValues) -> CellValues:
    """Values with the couples among their first names parted: "Bob & Jane" beside "Doe" are Bob Doe and Jane Doe.

    A last name of two parts goes to each in turn. Rows with a partner's first name of their own, or without a last
    name, stay as they are.

    Args:
        values: of all columns.
    """
    first = values.of("first_name", is_partner=False)
    couples = first.filter(pl.col("text").str.contains(_COUPLE).fill_null(False))
    if couples.is_empty():
        return values
    taken = values.of("first_name", is_partner=True)["row"]
    last = values.of("last_name", is_partner=False).unique("row", keep="first", maintain_order=True)
    names = _split(couples, "first").join(_split(last, "last"), on="row", how="inner", maintain_order="left")
    names = names.filter(~pl.col("row").is_in(taken.implode())).unique("row", keep="first", maintain_order=True)
    kinds = {"first_name": "first", "last_name": "last"}
    is_parted = values.own["row"].is_in(names["row"].implode()) & _are(values, list(kinds))
    whole = replace(values, own=values.own.filter(is_parted)).expand()
    of_couples = whole.join(names, on="row", how="inner", maintain_order="left")
    partners = [_rewrite(of_couples, kind, f"{name}_r", is_partner=True) for kind, name in kinds.items()]
    persons = [_rewrite(of_couples, kind, f"{name}_l", is_partner=False) for kind, name in kinds.items()]
    rest = replace(values, own=values.own.filter(~is_parted))
    return join_values([rest, part_values(pl.concat([*persons, *partners]))])


def _split(values: pl.DataFrame, name: str) -> pl.DataFrame:
    """row, and the two sides of its text, `name`_l and `name`_r: the same where it is no couple."""
    sides = values["text"].str.extract_groups(_COUPLE).struct.rename_fields(["l", "r"]).struct.unnest()
    frame = values.select("row", "text").hstack(sides)
    if name == "first":
        frame = frame.filter(
            ~pl.any_horizontal(pl.col("l", "r").str.contains(_TITLE)) & ~pl.col("text").str.contains(_DEPARTMENT)
        )
    whole = pl.col("text")
    return frame.select("row", pl.coalesce("l", whole).alias(f"{name}_l"), pl.coalesce("r", whole).alias(f"{name}_r"))


def _rewrite(values: pl.DataFrame, kind: str, text: str, is_partner: bool) -> pl.DataFrame:
    """Values of a kind with another text, the partner's behind the person's."""
    found = values.filter(pl.col("attribute_type") == kind)
    return found.with_columns(
        text=found[text],
        match_key=fold_text(found[text]),
        is_partner=pl.lit(is_partner),
        position=pl.col("position") + int(is_partner),
    ).drop("first_l", "first_r", "last_l", "last_r")


def _are(values: CellValues, kinds: list[str]) -> pl.Series:
    """Whether each value is of the contact itself and of one of these kinds."""
    return values.shared("attribute_type").is_in(kinds) & ~values.shared("is_partner")
