"""Rows that are no contacts: counted, reported, and nobody is made of them."""

from collections.abc import Callable

import pytest

from transforms.importing.values import SheetValues

Read = Callable[..., SheetValues]
HEADER = ["Name", "Email", "Zodiac", "Value"]
ANN, BO = ["Ann Lee", "ann@example.com", "Leo", "5"], ["Bo Ek", "bo@example.com", "", "7"]


def test_a_repeated_header_is_nobody(read_table: Read) -> None:
    values = read_table(HEADER, [ANN, HEADER, BO, ["Name", "", "", ""]])
    assert values.contact_rows["row_number"].to_list() == [1, 3, 4], "a single equal cell proves nothing"
    problems = values.problems.filter(values.problems["code"] == "no_contact_row")
    assert problems.select("row_number", "reason").rows() == [(2, "The row repeats the header.")]
    counts = dict(values.cells.select("column_index", "cells_count").rows())
    assert counts == {0: 4, 1: 3, 2: 2, 3: 3}
    lost = dict(values.cells.select("column_index", "lost_count").rows())
    assert (lost[0], lost[1], values.lost.to_list()) == (1, 1, ["no_contact_row"] * 2)


@pytest.mark.parametrize(
    ("row", "is_total"),
    [
        (["Total", "2", "", "12.00"], True),
        (["Grand Total:", "", "", "$1,200"], True),
        (["Gesamt", "", "", "12"], True),
        (["Total: 2", "", "", ""], True),
        (["", "Total", "", "12"], True),
        (["Total", "total@example.com", "", ""], False),
        (["Total", "4045550101", "", ""], False),
        (["Summer Ek", "", "", "3"], False),
        (["Sum Li", "", "", "3"], False),
    ],
)
def test_a_row_of_totals_is_nobody(read_table: Read, row: list[str], is_total: bool) -> None:
    values = read_table(HEADER, [ANN, row])
    assert (values.contact_rows["row_number"].to_list() == [1]) is is_total
    assert ("no_contact_row" in values.problems["code"].to_list()) is is_total
