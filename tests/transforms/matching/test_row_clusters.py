"""Clusters and pairs told by rows."""

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_ALIASES, MATCHING_SCORED_PAIRS
from transforms.matching.row_clusters import assign_clusters, fill_gaps, number_pairs

PLACES = pl.DataFrame({"sheet": ["Z", "Z", "Z", "A"], "row_number": [1, 2, 3, 1]})
ROWS = pl.DataFrame({"contact_id": ["c", "b", "a"], "sheet": ["Z", "Z", "A"], "row_number": [1, 3, 1]})
ALIASES = pl.DataFrame(
    [("a", "a", "one"), ("b", "b", None), ("c", "a", "one")], schema=polars_schema(MATCHING_ALIASES), orient="row"
)


def test_every_row_has_a_cluster() -> None:
    found = assign_clusters(PLACES, ROWS, ALIASES, "f")
    assert found.select("sheet", "row_number").rows() == PLACES.rows()
    first, refused, alone, other = found["cluster_id"].to_list()
    assert first == other == "one"
    assert len({"one", refused, alone}) == 3
    assert assign_clusters(PLACES, ROWS, ALIASES, "g")["cluster_id"][1] != refused, (
        "a row without contact is its file's"
    )


def test_pairs_are_in_the_order_of_the_file() -> None:
    pairs = pl.DataFrame(
        [("a", "b", 0.7, "review", "fuzzy", "[]"), ("a", "c", 1.0, "merge", "same_email", "[]")],
        schema=polars_schema(MATCHING_SCORED_PAIRS),
        orient="row",
    )
    found = number_pairs(pairs, ROWS, PLACES)
    assert found.select("sheet_l", "row_l", "sheet_r", "row_r", "decision").rows() == [
        ("Z", 1, "A", 1, "merge"),
        ("Z", 3, "A", 1, "review"),
    ]


def test_rows_without_a_value_stand_in_their_places() -> None:
    rows = pl.DataFrame({"row_number": [4, 2], "cells": [["d"], ["b"]]})
    assert fill_gaps(rows).rows() == [(1, None), (2, ["b"]), (3, None), (4, ["d"])]
    assert fill_gaps(rows.clear()).is_empty()
