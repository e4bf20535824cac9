"""Rows that say the same, whatever stands around it."""

from datetime import date
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS
from transforms.importing.row_prints import print_rows

EMAIL = {"attribute_def": "e", "text": "Ann@x.co", "match_key": "ann@x.co", "original": "Ann@x.co", "label": "Home"}
BIRTHDAY = {"attribute_def": "b", "date": date(1980, 1, 31), "original": "1/31/1980"}
HOME = {"attribute_def": "a", "address": {"city": "Dallas"}, "original": "Dallas"}
SOURCE = {"attribute_def": "s", "text": "CSV"}


def prints(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> tuple[bool, bool]:
    """Whether two rows share print and content."""
    flags = {"is_primary": False, "is_partner": False, "is_superseded": False}
    values = [
        {**flags, "row_number": row, **value} for row, of_row in enumerate((first, second), 1) for value in of_row
    ]
    schema = polars_schema(STAGING_ATTRIBUTES)
    plain = [value for value in values if "address" not in value]
    addresses = [value for value in values if "address" in value]
    parts = [
        pl.DataFrame(plain, schema=schema).drop("address"),
        pl.DataFrame(addresses, schema=schema),
    ]
    rows = pl.DataFrame([{"row_number": 1}, {"row_number": 2}], schema=polars_schema(STAGING_CONTACT_ROWS))
    printed = print_rows(rows, parts)
    assert printed.columns == rows.columns
    return printed["print"].n_unique() == 1, printed["content"].n_unique() == 1


def test_a_im2_the_order_of_columns_is_not_said() -> None:
    assert prints([EMAIL, BIRTHDAY, HOME], [HOME, BIRTHDAY, EMAIL]) == (True, True)


def test_a_im2_labels_marks_and_what_no_cell_said_are_no_part_of_the_print() -> None:
    for other in ({**EMAIL, "label": None}, {**EMAIL, "is_primary": True}):
        assert prints([EMAIL], [other]) == (True, False)
    assert prints([EMAIL], [EMAIL, SOURCE]) == (True, False)
    assert prints([EMAIL], [EMAIL, {**BIRTHDAY, "is_superseded": True}]) == (True, True)


def test_a_im2_every_value_counts() -> None:
    for other in ({**EMAIL, "text": "ann@x.co"}, {**EMAIL, "is_partner": True}, {**EMAIL, "attribute_def": "f"}):
        assert prints([EMAIL], [other]) == (False, False)
    assert prints([EMAIL, EMAIL], [EMAIL]) == (False, False)
    assert prints([HOME], [{**HOME, "address": {"state": "Dallas"}}]) == (False, False)
    assert prints([BIRTHDAY], [{**BIRTHDAY, "date": date(1980, 1, 30)}]) == (False, False)
