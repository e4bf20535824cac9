"""Columns that no attribute is for, compared as they are."""

from datetime import UTC, datetime

import polars as pl
import pytest

from transforms.matching.loose_columns import choose_loose_columns, find_repeats, read_loose_columns

HEADER = ["Name", "Member No", "Ref"]
NONE_REFUSED = pl.DataFrame(schema={"row_number": pl.Int64, "column_name": pl.String})
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def columns(*rows: tuple[str, str, float, int]) -> pl.DataFrame:
    """(name, status, confidence, cells) each."""
    named = [(place, *row) for place, row in enumerate(rows)]
    return pl.DataFrame(
        named, schema=["column_index", "column_name", "status", "confidence", "cells_count"], orient="row"
    )


GIVEN = columns(
    ("Name", "mapped", 1.0, 9), ("Member No", "unmapped", 0.0, 9), ("Created", "unmapped", 0.95, 9),
    ("Empty", "unmapped", 0.0, 0), ("Cluster_ID", "unmapped", 0.0, 9), ("Secret", "unmapped", 0.0, 9),
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param(None, {1: "member no"}, id="what_nothing_is_known_of"),
        pytest.param({"Created": "since", "Name": "first_name"}, {2: "since"}, id="what_a_mapping_names"),
        pytest.param({}, {}, id="a_mapping_that_names_none"),
    ],
)
def test_which_columns(given, wanted) -> None:
    assert choose_loose_columns(GIVEN, given, ["Secret"], {"email"}) == wanted


def test_a_name_that_an_attribute_has_is_given_to_no_column() -> None:
    assert choose_loose_columns(GIVEN, None, ["Secret"], {"member no"}) == {1: "member no (column)"}


def test_a_column_that_repeats_others_is_found() -> None:
    rows = pl.DataFrame(
        {
            "cells": [
                ["Kate", "Bell", "BELL, Kate", "Leo"],
                ["Ann", "Haro", "Haro Ann", "Ann"],
                ["Bo", "Ek", None, None],
                ["Li", "Wu", "li wu", ""],
            ]
        }
    )
    assert find_repeats(rows, [2, 3], [0, 1]) == [2]
    assert find_repeats(rows, [2], []) == []


def test_their_values_are_attributes_of_the_rows_contacts() -> None:
    rows = pl.DataFrame(
        {
            "contact_id": ["a", "b", "c"], "sheet": "", "row_number": [1, 2, 3],
            "cells": [["x", " 0123 ", "1"], ["y", "0123", "2"], ["z", None]],
        }
    )  # fmt: skip
    found = read_loose_columns(rows, {1: "member no", 2: "ref"}, HEADER, NONE_REFUSED, "f", NOON)
    told = ["contact_id", "attribute_type", "text", "match_key", "original", "row_number", "columns"]
    assert found.select(told).rows() == [
        ("a", "member no", "0123", "0123", " 0123 ", 1, ["Member No"]),
        ("b", "member no", "0123", "0123", "0123", 2, ["Member No"]),
    ], "a column whose values never repeat joins nobody"
    assert found["position"].min() > 10**6
    assert found["attribute_def"].n_unique() == 1


def test_dates_of_records_are_no_attribute() -> None:
    days = ["1/19/18", "1/20/18", "1/19/18", "3/2/19"]
    births = ["1/19/1948", "1/20/1980", "1/19/1948", "3/2/1999"]
    rows = pl.DataFrame(
        {
            "contact_id": list("abcd"),
            "sheet": "",
            "row_number": range(4),
            "cells": [["x", *pair] for pair in zip(days, births, strict=True)],
        }
    )
    found = read_loose_columns(rows, {1: "seen", 2: "née le"}, ["Name", "Seen", "Née le"], NONE_REFUSED, "f", NOON)
    assert found["attribute_type"].unique().to_list() == ["née le"]


def test_no_columns_no_attributes() -> None:
    rows = pl.DataFrame({"contact_id": ["a"], "sheet": [""], "row_number": [1], "cells": [["x"]]})
    assert read_loose_columns(rows, {}, ["Name"], NONE_REFUSED, "f", NOON).is_empty()


def test_refused_cells_are_compared_as_received() -> None:
    rows = pl.DataFrame(
        {"contact_id": ["a", "b", "c"], "sheet": "", "row_number": [1, 2, 3], "cells": [["1630-08-01"]] * 3}
    )
    refused = pl.DataFrame({"row_number": [1, 3], "column_name": ["dob", "dob"]})
    found = read_loose_columns(rows, {}, ["dob"], refused, "f", NOON)
    assert found.select("contact_id", "attribute_type", "match_key").rows() == [
        ("a", "dob (as received)", "1630-08-01"),
        ("c", "dob (as received)", "1630-08-01"),
    ]
