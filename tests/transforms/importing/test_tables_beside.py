"""A second table beside the first one is seen by the empty column between them."""

import polars as pl
import pytest

from transforms.attribute_defs import AttributeDefs
from transforms.importing.automatic import map_automatically
from transforms.importing.headers import HeaderKnowledge
from transforms.importing.tables_beside import find_table_beside

HEADER = ["Name", "Phone", "column 3", "Vendor", "Phone (2)"]
ROW = ["Ann Lee", "404-555-0101", None, "Acme", "404-555-0102"]


def sample(header: list[str], row: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({name: pl.Series([cell], dtype=pl.String) for name, cell in zip(header, row, strict=True)})


@pytest.mark.parametrize(
    ("header", "row", "gap"),
    [
        (HEADER, ROW, 2),
        (HEADER, ["Ann Lee", "404-555-0101", "x", "Acme", "404-555-0102"], None),  # the column is in use
        (["Name", "Phone", "column 3", "Vendor", "City"], ROW, None),  # one table, and a column left blank
        (["Name", "Phone", "Fax", "Vendor", "Phone (2)"], ROW, None),
        (["Name", "Phone", "column 3", "Phone (2)"], ROW[:4], None),  # a single column is no table
    ],
)
def test_an_empty_column_parts_two_tables(header: list[str], row: list[str | None], gap: int | None) -> None:
    assert find_table_beside(header, [cell is None for cell in row]) == gap


def test_nobody_gets_values_of_the_table_beside(knowledge: HeaderKnowledge, defs: AttributeDefs) -> None:
    mappings = map_automatically(HEADER, sample(HEADER, ROW), knowledge, defs, None)
    assert [mapping.attribute_type for mapping in mappings] == ["full_name", "phone_number", None, None, None]
