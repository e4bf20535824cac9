"""Address columns: the parts of one index make one address (SPEC IM2), and whole addresses in one cell."""

from __future__ import annotations

from functools import partial
from typing import Final

import polars as pl

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.vocabulary import ProblemCode
from transforms.attribute_defs import AttributeDef, AttributeDefs
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping
from transforms.importing.plan import SLOT, ReadingPlan
from transforms.importing.readings import (
    CELL_PROBLEM_SCHEMA,
    CellValues,
    Reading,
    conform_values,
    encode_rows,
    join_readings,
)
from transforms.normalize.addresses import address_keys, join_lines, parse_addresses
from transforms.normalize.distinct import on_distinct
from transforms.normalize.foreign_addresses import POSTCODE_FIRST
from transforms.normalize.text import clean_text, is_junk

__all__ = ["read_addresses"]

_WHOLE: Final = ""
_LABEL: Final = "label"
_BEHIND_CITY: Final = ("state", "postcode")
_POSTCODE: Final = r"(\d{5}(?:-\d{4})?|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d)"
#: A city with its state as two letters, or as a word before a postcode.
_CITIES: Final = (
    rf"^([^,\d]+?),?\s+([A-Za-z]{{2}})\.?,?\s+{_POSTCODE}$",
    rf"^([^,\d]+),\s*([A-Za-z][A-Za-z ]{{3,19}}),?\s+{_POSTCODE}$",
    r"^([^,\d]+),\s*([A-Za-z]{2})\.?()$",
)
_BEHIND_STREET: Final = ("city", *_BEHIND_CITY)
_ENDS_IN_STATE: Final = rf"\d.*,\s*\p{{L}}[\p{{L}} .'-]*,?\s+[A-Za-z]{{2}}\.?,?\s+{_POSTCODE}$"
_STAR: Final = r"^\s*\*\s*"  # Google's mark of the primary one


def read_addresses(wide: pl.DataFrame, plan: ReadingPlan, defs: AttributeDefs, junk: Junk) -> Reading:
    """One address per row and index.

    Empty parts are dropped (SPEC EA11). Two columns of one part are joined by a comma. A cell with the whole address
    is parsed when no part is given beside it; otherwise it repeats them, and is kept in `original`. So is one in the
    place of the street, where the row has nothing in the others.
    """
    found = defs.find("address")
    if found is None:
        return Reading.empty()
    return join_readings(_read_group(wide, group, plan, found, junk) for group in plan.addresses)


def _read_group(
    wide: pl.DataFrame, group: tuple[ColumnMapping, ...], plan: ReadingPlan, found: AttributeDef, junk: Junk
) -> Reading:
    """One address column group; `filled` keeps the cells as received, `cleaned` what is used of them."""
    names = [str(column.column_index) for column in group]
    is_filled = pl.any_horizontal(pl.col(name).is_not_null() for name in names)
    filled = wide.select("row", *names).filter(is_filled)
    labels = {str(column.column_index) for column in group if column.part == _LABEL}
    junk_texts = junk.of_kind("address")
    read = {
        str(column.column_index): on_distinct(
            filled[str(column.column_index)], partial(_clean_cells, part=column.part, junk=junk_texts)
        )
        for column in group
    }
    cleaned = pl.DataFrame({name: cells["text"] for name, cells in read.items()})
    placeholders = {name: cells["is_placeholder"] for name, cells in read.items()}
    addresses = _compose(cleaned, [column for column in group if column.part != _LABEL])
    frame = pl.concat([filled, addresses.to_frame("address")], how="horizontal")
    has_address = addresses.is_not_null()
    problems = [
        _refuse(frame, name, placeholders[name], ProblemCode.PLACEHOLDER, "It is a placeholder for no value.")
        if name not in labels
        else _refuse(frame, name, ~has_address, ProblemCode.LABEL_WITHOUT_VALUE, "It labels an empty address.")
        for name in names
    ]
    problems += [
        _refuse(frame, name, ~has_address & ~placeholders[name], ProblemCode.BAD_ADDRESS, "No address is found in it.")
        for name in names
        if name not in labels
    ]
    return Reading(_describe(frame, cleaned, group, plan, found), pl.concat(problems))


def _clean_cells(cells: pl.Series, part: str, junk: frozenset[str]) -> pl.DataFrame:
    """`text`: what is used of the cells of one column; `is_placeholder`: which stand for nothing."""
    given = join_lines(cells) if part == _WHOLE else cells.str.replace(_STAR, "") if part == _LABEL else cells
    text, is_placeholder = clean_text(given), is_junk(cells, junk)
    if part != _LABEL:
        is_placeholder |= cells.is_not_null() & text.is_null()
    frame = pl.DataFrame({"text": text, "is_placeholder": is_placeholder})
    return frame.with_columns(text=pl.when(~pl.col("is_placeholder")).then("text"))


def _compose(cleaned: pl.DataFrame, cells: list[ColumnMapping]) -> pl.Series:
    """The address of each row: of its parts, else of the whole; null where there is neither."""
    by_part: dict[str, list[str]] = {}
    for column in cells:
        by_part.setdefault(column.part, []).append(str(column.column_index))
    parts = cleaned.with_columns(  # a select of nothing but literals would have one row
        _join_texts(by_part[part]).alias(part) if part in by_part else pl.lit(None, pl.String).alias(part)
        for part in ADDRESS_PARTS
    )
    if "city" in by_part and by_part.keys().isdisjoint(_BEHIND_CITY):
        parts = parts.with_columns(_part_city())
    has_part = pl.any_horizontal(pl.col(part).is_not_null() for part in ADDRESS_PARTS)
    of_parts = parts.select(pl.when(has_part).then(pl.struct(ADDRESS_PARTS)).alias("address")).to_series()
    if "name" in by_part and not by_part.keys().isdisjoint(_BEHIND_STREET):
        of_parts = _parse_streets(parts, of_parts)
    if _WHOLE not in by_part:
        return of_parts
    frame = cleaned.select(whole=pl.coalesce(by_part[_WHOLE])).with_columns(of_parts.alias("parts"))
    lone = frame.select(pl.when(pl.col("parts").is_null()).then("whole").alias("whole")).to_series()
    return frame.with_columns(parsed=_parse_distinct(lone)).select(pl.coalesce("parts", "parsed")).to_series()


def _parse_streets(parts: pl.DataFrame, addresses: pl.Series) -> pl.Series:
    """The addresses, those parsed of which the column of streets holds the whole and the others nothing."""
    is_lone = pl.all_horizontal(pl.col(part).is_null() for part in ADDRESS_PARTS if part != "name")
    streets = parts.select(pl.when(is_lone & pl.col("name").str.contains(_ENDS_IN_STATE)).then("name")).to_series()
    if streets.null_count() == streets.len():
        return addresses
    frame = pl.DataFrame({"given": addresses, "parsed": _parse_distinct(streets)})
    is_parsed = pl.all_horizontal(pl.col("parsed").struct.field(part).is_not_null() for part in ("name", "postcode"))
    return frame.select(pl.when(is_parsed).then("parsed").otherwise("given")).to_series()


def _part_city() -> list[pl.Expr]:
    """City, state and postcode of "Reno, NV 89501" and "04275 Leipzig", which sheets of hand have in one column."""
    found = [pl.col("city").str.extract_groups(pattern).struct for pattern in _CITIES]
    parts = {"city": "1", "state": "2", "postcode": "3"}
    read = {part: pl.coalesce(each.field(group) for each in found) for part, group in parts.items()}
    before = pl.col("city").str.extract_groups(POSTCODE_FIRST).struct
    read["postcode"] = pl.coalesce(read["postcode"], before["1"])
    behind = (read[part].replace("", None).alias(part) for part in _BEHIND_CITY)
    return [*behind, pl.coalesce(read["city"], before["2"], "city").alias("city")]


def _parse_distinct(texts: pl.Series) -> pl.Series:
    """Parsed addresses, null where no text is; most tables repeat few of them, and parsing is slow."""
    distinct = texts.drop_nulls().unique()
    parsed = pl.DataFrame({"text": distinct, "address": parse_addresses(distinct).cast(ADDRESS_TYPE)})
    return texts.to_frame("text").join(parsed, on="text", how="left", maintain_order="left")["address"]


def _join_texts(names: list[str]) -> pl.Expr:
    if len(names) == 1:
        return pl.col(names[0])
    joined = pl.concat_str([pl.col(name) for name in names], separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _describe(
    frame: pl.DataFrame, cleaned: pl.DataFrame, group: tuple[ColumnMapping, ...], plan: ReadingPlan, found: AttributeDef
) -> CellValues:
    names = [str(column.column_index) for column in group]
    labels = [str(column.column_index) for column in group if column.part == _LABEL]
    first = group[0]
    codes, sources = _tell_sources(cleaned, frame, labels, plan)
    given_label = next((column.label for column in group if column.label), None)
    shared = sources.with_columns(
        label=pl.coalesce("label", pl.lit(given_label, pl.String)),
        column_index=pl.lit(first.column_index, pl.Int64),
        attribute_def=pl.lit(found.attribute_def),
        attribute_type=pl.lit(found.name),
        index=pl.lit(first.index, pl.Int64),
        is_partner=pl.lit(first.is_partner),
    )
    cells = [pl.col(name) for name in names if name not in labels]
    values = frame.with_columns(
        codes,
        position=pl.lit(first.column_index * SLOT, pl.Int64),
        match_key=address_keys(frame["address"]),
        original=pl.concat_str(cells, separator="\n", ignore_nulls=True),
    )
    is_one = values["address"].is_not_null()
    return conform_values(values if is_one.all() else values.filter(is_one), shared)


def _tell_sources(
    cleaned: pl.DataFrame, frame: pl.DataFrame, labels: list[str], plan: ReadingPlan
) -> tuple[pl.Series, pl.DataFrame]:
    """`source` of each address; label and `columns` of each source: from which columns addresses were read."""
    used = {name: pl.lit(frame[name]) if name in labels else pl.col(name) for name in cleaned.columns}
    codes, sources = encode_rows(
        cleaned.select(
            *(cell.is_not_null().alias(name) for name, cell in used.items()),
            label=pl.coalesce([*(pl.col(name) for name in labels), pl.lit(None, pl.String)]),
        )
    )
    names = [pl.when(name).then(pl.lit(plan.names[int(name)])) for name in cleaned.columns]
    return codes, sources.select("label", columns=pl.concat_list(names).list.drop_nulls())


def _refuse(frame: pl.DataFrame, name: str, refused: pl.Series, code: ProblemCode, reason: str) -> pl.DataFrame:
    is_one = refused & frame[name].is_not_null()
    if not is_one.any():
        return pl.DataFrame(schema=CELL_PROBLEM_SCHEMA)
    return (
        frame.select("row", value=name)
        .filter(is_one)
        .select(
            "row",
            column_index=pl.lit(int(name), pl.Int64),
            value="value",
            code=pl.lit(code.value),
            reason=pl.lit(reason),
        )
    )
