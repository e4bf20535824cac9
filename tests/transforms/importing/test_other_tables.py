"""A second table in a sheet is seen by its header, and nobody is made of it."""

import polars as pl
import pytest

from transforms.importing.asides import find_asides
from transforms.importing.headers import HeaderKnowledge
from transforms.importing.other_tables import OTHER_TABLES, find_other_tables

HEADER = ["First Name", "Last Name", "Email", "City"]
END = 2**63 - 1


def after_gaps(rows: dict[int, list[str]], width: int = 4) -> pl.DataFrame:
    padded = [[number, *cells, *[""] * (width - len(cells))] for number, cells in rows.items()]
    schema = {"row_number": pl.Int64, **dict.fromkeys(map(str, range(width)), pl.String)}
    return pl.DataFrame(padded, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({5: ["Company", "Phone", "Contact"]}, [(5, END, "Company, Phone, Contact")]),
        ({5: ["", "Firma", "Ort", "Telefon"]}, [(5, END, "Firma, Ort, Telefon")]),
        ({5: ["Company", "Phone"], 9: HEADER}, [(5, 8, "Company, Phone")]),
        (
            {5: ["Company", "Phone"], 9: ["Email", "Phone"]},
            [(5, 8, "Company, Phone"), (9, END, "Email, Phone")],
        ),
        ({5: ["Vendors"], 6: ["Company", "Phone"]}, [(5, END, "Company, Phone")]),
        ({5: ["Bo", "Ek"], 6: ["Company", "Phone"]}, []),
        (
            {5: ["Vendors"], 6: ["Company", "Phone"], 9: ["Sellers"], 10: HEADER},
            [(5, 8, "Company, Phone"), (9, 9, None)],
        ),
        ({5: HEADER, 9: ["First Name", "Last Name"]}, []),
        ({5: ["Bo", "Ek", "none", "Reno"]}, []),
        ({5: ["Sellers"]}, []),
        ({5: ["Contact", "Client", "", "contact@example.com"]}, []),
        ({5: ["Client", "Reno", "Phone"]}, []),
        ({5: ["Phone", "Phone"]}, []),
        ({5: ["Status", "Stage", "Priority"]}, []),
    ],
)
def test_other_tables_begin_with_columns_of_their_own(
    knowledge: HeaderKnowledge, rows: dict[int, list[str]], expected: list[tuple[int, int, str]]
) -> None:
    assert find_other_tables(after_gaps(rows), HEADER, knowledge).rows() == expected


def test_rows_of_another_table_are_set_aside_and_say_where_it_begins() -> None:
    cells = {"0": ["Ann", "Company", "First Name"], "1": ["Lee", "Phone", "Last Name"]}
    wide = pl.DataFrame({"row_number": [2, 5, 8], **cells}).with_row_index("row")
    others = pl.DataFrame([(5, 7, "Company, Phone")], schema=OTHER_TABLES, orient="row")
    asides = find_asides(wide, HEADER[:2], others)
    assert asides.select("row_number", "reason").rows() == [
        (5, "The row is of another table in the sheet, which begins in row 5 with the columns Company, Phone."),
        (8, "The row repeats the header."),
    ]
    assert all(todo.startswith("nothing") for todo in asides["todo"]), "else they are written to be mended as they are"
    assert find_asides(wide, HEADER[:2], others.clear())["row_number"].to_list() == [8]
    title = pl.DataFrame([(2, 2, None)], schema=OTHER_TABLES, orient="row")
    assert find_asides(wide, HEADER[:2], title).select("row_number", "reason").row(0) == (
        2, "The row is a title above the header, which is repeated below it.",
    )  # fmt: skip
