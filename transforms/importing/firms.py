"""Firms, trusts and public bodies in the place of a person's name, as lists of owners have them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.readings import CellValues, join_values, part_values

__all__ = ["is_firm", "move_firms"]

#: What a firm or a trust ends with, and nobody's name.
_END: Final = (
    r"(?i)[\s,](?:l\.?l\.?c\.?|l\.?l\.?p\.?|p\.?l\.?l\.?c\.?|l\.?p\.?|inc\.?|incorporated|corp\.?|corporation|co\.|company"
    r"|ltd\.?|limited|gmbh|holdings|properties|investments|enterprises|partnership|association|assn|hoa|foundation"
    r"|ministries|trust(?:\s(?:dated|dtd|u/?[at]/?d|utd)?[\s\d/.-]*)?)$"
)
_BEGINNING: Final = r"(?i)^(?:the )?(?:estate|city|county|town|township|village|state|bank|church|university) of "
_NAMES: Final = ("first_name", "last_name")


def is_firm(text: pl.Expr) -> pl.Expr:
    """Whether each text names a firm, a trust, an estate or a public body."""
    tidy = text.str.strip_chars()
    return tidy.str.contains(_END) | tidy.str.contains(_BEGINNING)


def move_firms(values: CellValues, defs: AttributeDefs) -> CellValues:
    """Values with the firms among first or last names as companies, where the row has nothing else of a name.

    Rows with a company of their own stay as they are.

    Args:
        values: of all columns but those of whole names.
        defs: attribute definitions.
    """
    company = defs.find("company")
    first, last = (values.of(kind, is_partner=False) for kind in _NAMES)
    if company is None or not any(found.select(is_firm(pl.col("text")).any()).item() for found in (first, last)):
        return values
    named = pl.concat([first.select("row"), last.select("row"), values.of("company", is_partner=False).select("row")])
    alone = named.group_by("row").len().filter(pl.col("len") == 1)["row"]
    is_moved = (
        values.own.select((is_firm(pl.col("text")) & pl.col("row").is_in(alone.implode())).fill_null(False)).to_series()
        & values.shared("attribute_type").is_in(_NAMES)
        & ~values.shared("is_partner")
    )
    firms = replace(values, own=values.own.filter(is_moved)).expand()
    moved = firms.with_columns(attribute_type=pl.lit("company"), attribute_def=pl.lit(company.attribute_def))
    return join_values([replace(values, own=values.own.filter(~is_moved)), part_values(moved)])
