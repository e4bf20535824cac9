"""The conservation law (DESIGN 1): every cell is in attributes, in an unmapped column or in quarantine."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.eav import resolve_values
from transforms.importing.file_report import count_outcomes, report_columns
from transforms.importing.mapping import ColumnMapping
from transforms.importing.values import SheetValues

HEADERS = [
    "First Name", "Last Name", "Name", "Email", "Email 2", "Phone", "Mobile", "Tags", "Notes", "Company", "Birthday",
    "Street", "City", "Zip", "Home Address", "Status", "Zodiac", "E-mail 1 - Type", "E-mail 1 - Value",
    "Birth Year", "Birth Month", "Birth Day", "iOS Address Book Id", "Spouse", "Title", "Source Type", "Website",
]  # fmt: skip
CELLS = st.one_of(
    st.sampled_from([
        "", " ", "\u00a0", "n/a", "-", "none", "Ann", "Ann Lee", "Bo, Ek", "a@example.com", "A@Example.com",
        "a@example.com; bad", "a@example.com b@example.com", "x@", "415-555-3695", "(415) 555-3695; 5", "1/13/1978",
        "13.13.1978", "1978", "1", ";", ",", "Hot, Buyer", "12 Main St, Austin, TX 78701", "Acme", "* Home", "*",
        "CSV", "Bob and Jane Doe", "\u200b",
    ]),
    st.text(max_size=8),
    st.none(),
)  # fmt: skip


def is_blank(cell: str | None) -> bool:
    """Nothing but white space, as Unicode has it: Python also strips four control characters."""
    return cell is None or not "".join(char for char in cell if char in "\x1c\x1d\x1e\x1f" or not char.isspace())


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str | None]]]:
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=1, max_size=9, unique=True))
    row = st.lists(CELLS, min_size=0, max_size=len(header))
    return header, draw(st.lists(row, min_size=1, max_size=6))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_every_cell_is_accounted_for(
    table: tuple[list[str], list[list[str | None]]],
    guess_columns: Callable[..., list[ColumnMapping]],
    read_table: Callable[..., SheetValues],
    def_rows: pl.DataFrame,
) -> None:
    header, rows = table
    columns = guess_columns(header, rows)
    values = read_table(header, rows)
    attributes = resolve_values(values.attributes, def_rows, singular="first")
    used = {(row, name) for row, names in attributes.select("row_number", "columns").rows() for name in names}
    refused = set(values.problems.drop_nulls("column_name").select("row_number", "column_name").rows())
    unmapped = {column.column_name for column in columns if column.attribute_type is None}
    several = ("Email", "Email 2", "Phone", "Mobile", "Tags", "E-mail 1 - Value")
    for number, row in enumerate(rows, start=1):
        for name, cell in zip(header, row, strict=False):
            places = [(number, name) in used, (number, name) in refused, name in unmapped]
            if is_blank(cell):
                assert not any(places[:2]), (name, cell)
            elif name in several and places[0]:
                assert not places[2]  # a cell with several values may be used in part
            else:
                assert sum(places) == 1, (name, cell, places)
    told = set(values.contact_rows["row_number"]) | set(
        values.problems.filter(pl.col("column_name").is_null())["row_number"]
    )
    assert told == set(range(1, len(rows) + 1))
    counts = count_outcomes(report_columns("f", "", columns, values.cells), int(values.cells["lost_count"].sum()))
    assert counts["cells_read"] == counts["cells_mapped"] + counts["cells_unmapped"] + counts["cells_quarantined"]
    cells = [cell for row in rows for _, cell in zip(header, row, strict=False) if not is_blank(cell)]
    assert counts["cells_read"] == len(cells)
    assert counts["cells_quarantined"] == len(refused - used) == values.lost.len()
    assert set(values.lost) <= set(values.problems["code"])
    assert attributes.select("contact_id", "position").is_unique().all()
