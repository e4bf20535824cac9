"""Rows of a sheet and their mapping into contacts, attribute values and problems: no cell is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.address_cells import read_addresses
from transforms.importing.asides import find_asides, list_aside_cells, refuse_asides
from transforms.importing.cells import list_cells, widen_rows
from transforms.importing.couples import part_couples
from transforms.importing.firms import move_firms
from transforms.importing.full_names import read_full_names
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping
from transforms.importing.name_suffixes import add_suffixes
from transforms.importing.plain_cells import read_date_parts, read_labels, read_plain
from transforms.importing.plan import plan_reading
from transforms.importing.readings import CellValues, join_readings, join_values
from transforms.importing.row_contacts import (
    SheetContext,
    add_defaults,
    add_labels,
    build_contact_rows,
    join_attributes,
)
from transforms.importing.row_problems import (
    count_cells,
    find_lost_cells,
    place_problems,
    refuse_empty_rows,
    refuse_fields,
    refuse_labels,
)
from transforms.importing.told_kinds import read_told

__all__ = ["SheetContext", "SheetValues", "read_values"]


@dataclass(frozen=True)
class SheetValues:
    """What rows of a sheet gave.

    Attributes:
        contact_rows: staging.contact_rows.
        plain: attributes that are no addresses, with row_number and is_superseded beside `row`; not yet settled
            (see `settle_cells`).
        addresses: attributes that are addresses, as well.
        problems: columns of PROBLEM_SCHEMA.
        cells: column_index, cells_count (not empty), quarantined_count (in quarantine), lost_count (in quarantine with
            nothing of them used).
        lost: code of each cell counted by lost_count.
    """

    contact_rows: pl.DataFrame
    plain: CellValues
    addresses: CellValues
    problems: pl.DataFrame
    cells: pl.DataFrame
    lost: pl.Series

    @property
    def attributes(self) -> pl.DataFrame:
        """All of them together, in columns of staging.attributes."""
        return join_attributes([self.addresses, self.plain], self.contact_rows)


def read_values(
    rows: pl.DataFrame,
    mappings: Sequence[ColumnMapping],
    context: SheetContext,
    defs: AttributeDefs,
    junk: Junk,
    dates: Mapping[int, pl.DataFrame] | None = None,
    others: pl.DataFrame | None = None,
) -> SheetValues:
    """Read rows of one sheet; any split of its rows into calls gives the same, if `dates` and `others` cover the sheet.

    Args:
        rows: row_number, and the cells as `widen_rows` takes them.
        mappings: one per header column.
        context: what all rows share.
        defs: attribute definitions.
        junk: what stands for no value.
        dates: column position -> every distinct value of a date column with the date it was judged to be
            (`judge_dates`), so that one column has one order of day and month.
        others: other tables in the sheet, as `find_other_tables` gives them: their rows are set aside.
    """
    plan = plan_reading(mappings, defs, context.brand_id)
    every = widen_rows(rows, plan.width)
    asides = find_asides(every, plan.names, others)
    wide = every.join(asides, on="row", how="anti", maintain_order="left") if asides.height else every
    reading = join_readings(
        [
            read_plain(wide, plan, context.region, junk, dates or {}),
            read_date_parts(wide, plan, defs, context.brand_id),
        ]
    )
    reading = replace(reading, values=part_couples(move_firms(reading.values, defs)))
    addresses = read_addresses(wide, plan, defs, junk)
    names = read_full_names(wide, plan, reading.values, defs, junk)
    found = [reading.problems, addresses.problems, names.problems]
    told = read_told(wide, plan, reading.values, context.region, junk, dates or {}, defs, context.brand_id)
    found.append(told.problems)
    reading = join_readings([reading, names, told])
    labels = read_labels(wide, plan)
    suffixed = add_suffixes(add_labels(reading.values, labels, plan), wide, plan, junk)
    values = suffixed.values
    found.append(suffixed.problems)
    fields = list_cells(wide, [column.column_index for column in plan.fields])
    has_value = _has_value([values, addresses.values], every.height).gather(wide["row"])
    contacts = wide.select("row", "row_number").filter(has_value)
    values = join_values([values, *add_defaults(contacts, values, fields, plan, context, defs)])
    loose = list_cells(wide, plan.loose_labels)
    refused = [refuse_labels(labels, loose, reading.values), refuse_fields(fields, contacts)]
    problems = pl.concat([*found, *refused])
    contact_rows = build_contact_rows(contacts, fields, plan, context)
    lost = pl.concat([find_lost_cells(problems, reading.values), list_aside_cells(every, asides, mappings)])
    empty = wide.filter(~has_value)
    return SheetValues(
        contact_rows,
        _place(values, every["row_number"]),
        _place(addresses.values, every["row_number"]),
        pl.concat(
            [
                place_problems(problems, wide, plan, context),
                refuse_empty_rows(empty, plan, context),
                refuse_asides(asides, context),
            ]
        ),
        count_cells(every, plan, problems, lost),
        lost["code"],
    )


def _has_value(parts: Sequence[CellValues], height: int) -> pl.Series:
    """Whether each row gave a value."""
    found = np.zeros(height, dtype=bool)
    for part in parts:
        found[part.own["row"].to_numpy()] = True
    return pl.Series("has_value", found)


def _place(values: CellValues, row_numbers: pl.Series) -> CellValues:
    placed = values.own.with_columns(
        row_numbers.gather(values.own["row"]).alias("row_number"), is_superseded=pl.lit(False)
    )
    return replace(values, own=placed)
