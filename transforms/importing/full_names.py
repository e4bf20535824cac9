"""Whole names in one cell: split where the row has no first or last name of its own (SPEC A-EA11)."""

from __future__ import annotations

from typing import Final

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDefs
from transforms.importing.cells import list_cells
from transforms.importing.firms import is_firm
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping
from transforms.importing.plan import SLOT, ReadingPlan
from transforms.importing.readings import CELL_PROBLEM_SCHEMA, CellValues, Reading, join_readings, part_values
from transforms.normalize.emails import normalize_emails
from transforms.normalize.names import split_names
from transforms.normalize.text import clean_text, fold_text, is_junk

__all__ = ["read_full_names"]

_FIRST_AND_LAST: Final = ("first_name", "last_name")
_OWN: Final = {"title": "title", "first_name": "first_name", "middle_name": "middle_name", "last_name": "last_name"}
#: What county rolls write behind the name of an owner: "and wife", "and others", in what manner they own.
_TAIL: Final = r"et\.? ?(?:al|ux|vir)\.?|(?:co-? ?)?trustees?|life est(?:ate)?|jt ?ten(?:ants)?|jtrs|h/w"
_LEGAL_TAIL: Final = rf"(?i)(?:[\s,]+(?:{_TAIL}))+\.?$"
_PARTNER: Final = {"partner_first_name": "first_name", "partner_last_name": "last_name"}


def read_full_names(
    wide: pl.DataFrame, plan: ReadingPlan, known: CellValues, defs: AttributeDefs, junk: Junk
) -> Reading:
    """Names of the whole-name columns, placed after all other columns, so that dedicated columns win.

    Beside a first or last name of its own, a row's whole name repeats it: it is kept whole as one more value of that
    singular attribute, which is then superseded (SPEC A-IM1); what it says beyond that name, where the row lacks it, is
    taken: "Ann Lee" beside the last name Lee gives Ann. A company's name or an e-mail address in the place of a
    name is taken as what it is; a company's is known by its end, or by the row's own company.

    Args:
        wide: as `widen_rows` gives it.
        plan: the columns.
        known: values of the other columns.
        defs: attribute definitions.
        junk: what stands for no name.
    """
    return join_readings(_read_column(wide, column, plan, known, defs, junk) for column in plan.full_names)


def _read_column(
    wide: pl.DataFrame, column: ColumnMapping, plan: ReadingPlan, known: CellValues, defs: AttributeDefs, junk: Junk
) -> Reading:
    cells = list_cells(wide, [column.column_index])
    if cells.is_empty():
        return Reading.empty()
    refused = is_junk(cells["original"], junk.of_kind("name")) | clean_text(cells["original"]).is_null()
    problems = cells.filter(refused).select(
        "row",
        "column_index",
        value="original",
        code=pl.lit(ProblemCode.PLACEHOLDER.value),
        reason=pl.lit("It is a placeholder for no name."),
    )
    cells = _sort_out(cells.filter(~refused), column, known)
    values = [
        _repeat(cells.filter(pl.col("role").is_in(_FIRST_AND_LAST))),
        _complete(cells.filter("is_part"), column.is_partner, known),
        _as_company(cells.filter(pl.col("role") == "company")),
        _as_email(cells.filter(pl.col("role") == "email")),
        _split(cells.filter(pl.col("role") == "split"), column.is_partner),
    ]
    described = _describe(pl.concat(values, how="diagonal"), column, plan, defs)
    return Reading(described, problems.select(CELL_PROBLEM_SCHEMA.keys()))


def _sort_out(cells: pl.DataFrame, column: ColumnMapping, known: CellValues) -> pl.DataFrame:
    """Adds `role`: what the cell is taken for; `is_part`: whether one of first and last name is the row's own."""
    rows = {name: known.of(name, column.is_partner)["row"] for name in _FIRST_AND_LAST}
    company = known.of("company", column.is_partner).select("row", company="match_key").unique("row")
    emails = normalize_emails(cells["original"])
    frame = cells.with_columns(folded=fold_text(cells["original"]), email=emails["match_key"])
    frame = frame.join(company, on="row", how="left", maintain_order="left")
    has = {name: frame["row"].is_in(found.implode()) for name, found in rows.items()}
    return frame.with_columns(
        is_part=has["first_name"] != has["last_name"],
        role=pl.when(has["first_name"])
        .then(pl.lit("first_name"))
        .when(has["last_name"])
        .then(pl.lit("last_name"))
        .when(pl.col("email").is_not_null())
        .then(pl.lit("email"))
        .when((pl.col("folded") == pl.col("company")) | is_firm(pl.col("original")))
        .then(pl.lit("company"))
        .otherwise(pl.lit("split")),
    )


def _repeat(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(text=clean_text(cells["original"]), match_key="folded", attribute_type="role")


def _complete(cells: pl.DataFrame, is_partner: bool, known: CellValues) -> pl.DataFrame:
    """The other parts of whole names in rows that have a first or a last name of their own, the same as there."""
    split = _split(cells, is_partner).filter(~pl.col("is_of_partner"))
    own = pl.concat(
        known.of(name, is_partner).select("row", "match_key", attribute_type=pl.lit(name)) for name in _FIRST_AND_LAST
    )
    same = split.join(own, on=["row", "attribute_type", "match_key"], how="semi")
    return split.join(same, on="row", how="semi").filter(pl.col("attribute_type") != pl.col("role"))


def _as_company(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(
        text=clean_text(cells["original"]), match_key="folded", attribute_type=pl.lit("company", pl.String)
    )


def _as_email(cells: pl.DataFrame) -> pl.DataFrame:
    normal = normalize_emails(cells["original"])
    return cells.with_columns(
        text=normal["text"], match_key=normal["match_key"], attribute_type=pl.lit("email", pl.String)
    )


def _split(cells: pl.DataFrame, is_partner: bool) -> pl.DataFrame:
    """One row per part of a name. A text of which no part is found is a first name.

    "O'Brien, Patrick et ux" is Patrick O'Brien: his wife is not named.
    """
    distinct = cells.select("original").unique(maintain_order=True)
    whole = clean_text(distinct["original"])
    parts = split_names(whole.str.replace(_LEGAL_TAIL, ""))
    wanted = _OWN if is_partner else {**_OWN, **_PARTNER}
    nothing = pl.all_horizontal(pl.col(part).is_null() for part in wanted)
    first = parts.with_columns(first_name=pl.when(nothing).then(whole).otherwise("first_name"))
    names = distinct.with_columns(first.select(wanted.keys()))
    long = names.unpivot(index="original", variable_name="part", value_name="text").drop_nulls("text")
    long = long.with_columns(
        attribute_type=pl.col("part").replace({**_OWN, **_PARTNER}),
        is_of_partner=pl.col("part").is_in(list(_PARTNER)),
        piece=pl.col("part").replace_strict(list(wanted), range(len(wanted)), return_dtype=pl.Int64),
        match_key=fold_text(long["text"]),
    )
    return cells.drop("piece").join(long, on="original")


def _describe(values: pl.DataFrame, column: ColumnMapping, plan: ReadingPlan, defs: AttributeDefs) -> CellValues:
    ids = {name: found.attribute_def for name in (*_OWN, "company", "email") if (found := defs.find(name))}
    order = plan.width + column.column_index
    described = values.with_columns(
        attribute_def=pl.col("attribute_type").replace_strict(ids, default=None, return_dtype=pl.String),
        columns=pl.lit([column.column_name], pl.List(pl.String)),
        is_partner=pl.col("is_of_partner").fill_null(False) | column.is_partner,
        position=order * SLOT + pl.col("piece"),
    )
    return part_values(described)
