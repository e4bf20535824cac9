"""Workbooks that readers in use change in silence, hang on or die of."""

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]

from flows.settings import Limits

SHEET = "xl/worksheets/sheet1.xml"


def workbook(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        fill(book, book.add_worksheet("S"))
    return out.getvalue()


def plain(*rows: list[Any]) -> bytes:
    def fill(_: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)

    return workbook(fill)


def change(content: bytes, part: str, old: bytes, new: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The workbook with other bytes in one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", method) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == part:
                assert old in data
                data = data.replace(old, new, 1)
            target.writestr(name, data)
    return out.getvalue()


def test_text_under_many_numbers_and_dates(read_bytes: Any) -> None:
    outcome = read_bytes(
        plain(["Id", "Note"], *[[number, number * 2] for number in range(2500)], ["x7", "unknown"]), "a.xlsx"
    )
    assert outcome.rows[-1] == ["x7", "unknown"]
    assert outcome.rows[1] == ["1", "2"]


def test_zips_and_numbers_that_show_zeros(read_bytes: Any) -> None:
    def fill(book: Any, sheet: Any) -> None:
        formats = ["00000", "[<=99999]00000;00000\\-0000", "000\\-00\\-0000", '"0"0000', "General", "0.00"]
        sheet.write_row(0, 0, ["Zip", "Zip4", "Ssn", "Quoted", "Plain", "Decimal"])
        for column, (code, value) in enumerate(zip(formats, [2134, 21341234, 12345678, 2134, 2134, 1.5], strict=True)):
            sheet.write_number(1, column, value, book.add_format({"num_format": code}))

    assert read_bytes(workbook(fill), "a.xlsx").rows == [["02134", "02134-1234", "012-34-5678", "02134", "2134", "1.5"]]


def test_numbers_of_more_than_fifteen_digits(read_bytes: Any) -> None:
    outcome = read_bytes(
        change(plain(["Id", "Phone"], [7, 250788382382]), SHEET, b"<v>7</v>", b"<v>6304500112345450112</v>"), "a.xlsx"
    )
    assert outcome.rows == [["", "250788382382"]]
    assert outcome.faults == [("cell_error", 1, "Id")]


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#DIV/0!"])
def test_error_cells(read_bytes: Any, error: str) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "Score"])
        sheet.write_row(1, 0, ["Ann"])
        sheet.write_formula(1, 1, "=NA()", None, error)

    outcome = read_bytes(workbook(fill), "a.xlsx")
    assert outcome.rows == [["Ann", ""]]
    assert outcome.faults == [("cell_error", 1, "Score")]


def test_formulas_with_and_without_result(read_bytes: Any) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "A", "B"])
        sheet.write_row(1, 0, ["Ann"])
        sheet.write_formula(1, 1, '="x"&"y"', None, "xy")
        sheet.write_formula(1, 2, "=1+1", None, "")

    outcome = read_bytes(change(workbook(fill), SHEET, b"<f>1+1</f><v></v>", b"<f>1+1</f>"), "a.xlsx")
    assert outcome.rows == [["Ann", "xy", ""]]
    assert outcome.faults == [("cell_error", 1, "B")]


@pytest.mark.parametrize(
    ("serial", "is_1904", "expected"),
    [
        (59, False, "1900-02-28"), (61, False, "1900-03-01"), (60, False, ""), (45000.25, False, "2023-03-15 06:00:00"),
        (60, True, "1904-03-01"), (43538, True, "2023-03-15"),
    ],
)  # fmt: skip
def test_dates_of_both_systems(read_bytes: Any, serial: float, is_1904: bool, expected: str) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "Born"])
        sheet.write_row(1, 0, ["Ann"])
        sheet.write_number(1, 1, serial, book.add_format({"num_format": "yyyy-mm-dd"}))

    outcome = read_bytes(workbook(fill, date_1904=is_1904), "a.xlsx")
    assert outcome.rows == [["Ann", expected]]
    assert outcome.faults == ([] if expected else [("cell_error", 1, "Born")])


def test_hours_beyond_a_day_are_no_date(read_bytes: Any, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row, (name, value) in enumerate([("Name", "Spent"), ("Ann", 1.5), ("Bo", 12345.25)]):
        sheet.write(row, 0, name)
        sheet.write(row, 1, value, xlwt.easyxf(num_format_str="[h]:mm:ss"))
    book.save(str(tmp_path / "old.xls"))
    outcome = read_bytes((tmp_path / "old.xls").read_bytes(), "a.xls")
    assert outcome.rows == [["Ann", "36:00:00"], ["Bo", "296286:00:00"]]


def test_a_row_merged_into_the_one_above_comes_once(read_bytes: Any) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Name", "City"])
        sheet.merge_range(1, 0, 2, 0, "Ann")
        sheet.merge_range(1, 1, 2, 1, "Reno")
        sheet.write_row(3, 0, ["Bo", ""])
        sheet.write_row(4, 0, ["Cy", ""])
        sheet.merge_range(3, 1, 4, 1, "Union")

    assert read_bytes(workbook(fill), "a.xlsx").rows == [["Ann", "Reno"], ["Bo", "Union"], ["Cy", "Union"]]


def test_all_visible_sheets_and_the_hidden_ones_marked(read_bytes: Any) -> None:
    def fill(book: Any, sheet: Any) -> None:
        other = book.add_worksheet("T")
        for one in (sheet, other):
            one.write_row(0, 0, ["Name"])
            one.write_row(1, 0, [one.get_name()])
        other.activate()
        sheet.hide()

    outcome = read_bytes(workbook(fill), "a.xlsx")
    assert {name: sheet.is_hidden for name, sheet in outcome.sheets.items()} == {"S": True, "T": False}


def test_hidden_rows_and_columns_are_kept_apart(read_bytes: Any) -> None:
    def fill(_: Any, sheet: Any) -> None:
        for number, row in enumerate([["Name", "Old", "Zip"], ["Ann", "x", "1"], ["Bob", "y", "2"], ["Cid", "z", "3"]]):
            sheet.write_row(number, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    outcome = read_bytes(workbook(fill), "a.xlsx")
    assert outcome.rows == [["Ann", "x", "1"], ["Cid", "z", "3"], ["Bob", "y", "2"]]
    assert [
        (sheet.name, sheet.is_hidden, sheet.rows_count, sheet.hidden_columns) for sheet in outcome.sheets.values()
    ] == [
        ("S", False, 2, ["Old"]),
        ("S (hidden rows)", True, 1, ["Old"]),
    ]


def test_titles_above_and_columns_without_header(read_bytes: Any) -> None:
    outcome = read_bytes(plain(["Contacts 2024"], [], ["Name", "", "Zip"], ["Ann", "x", "1"]), "a.xlsx")
    assert outcome.header == ["Name", "column 2", "Zip"]
    assert outcome.rows == [["Ann", "x", "1"]]


def test_lines_above_the_header_are_kept(read_bytes: Any) -> None:
    rows = [["Past clients", "", ""], ["by", "jo@example.com", ""], ["Name", "Cell", "Email"]]
    outcome = read_bytes(plain(*rows, ["Ann", "404-555-0101", "a@example.com"]), "a.xlsx")
    assert (outcome.header, len(outcome.rows)) == (["Name", "Cell", "Email"], 1)
    assert outcome.sheets["S"].lines_above == ["Past clients", "by\tjo@example.com"]


def test_merged_headers_in_two_rows(read_bytes: Any) -> None:
    def fill(_: Any, sheet: Any) -> None:
        sheet.merge_range("A1:A2", "Name")
        sheet.merge_range("B1:C1", "Phone")
        sheet.write_row("B2", ["Home", "Work"])
        sheet.write_row("A3", ["Ann", "1", "2"])

    outcome = read_bytes(workbook(fill), "a.xlsx")
    assert outcome.header == ["Name", "Phone Home", "Phone Work"]
    assert outcome.rows == [["Ann", "1", "2"]]
    assert outcome.sheets["S"].header_line == 2


def test_rows_out_of_order_stand_where_they_say(read_bytes: Any) -> None:
    def inline(reference: str, text: str) -> bytes:
        return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()

    rows = {
        1: inline("A1", "Name") + inline("B1", "Zip"),
        3: inline("A3", "Bob") + inline("B3", "2"),
        2: inline("A2", "Ann") + inline("B2", "1"),
    }
    data = b"".join(b'<row r="%d">%s</row>' % row for row in rows.items())
    content = change(plain(["x"]), SHEET, b'<row r="1" spans="1:1"><c r="A1" t="s"><v>0</v></c></row>', data)
    outcome = read_bytes(content, "a.xlsx")
    assert outcome.header == ["Name", "Zip"]
    assert outcome.rows == [["Ann", "1"], ["Bob", "2"]]


def test_a_cell_that_stands_twice_is_reported(read_bytes: Any) -> None:
    content = change(
        plain(["Name", "Age"], ["Ann", 41]), SHEET, b"<v>41</v></c>", b'<v>41</v></c><c r="B2"><v>42</v></c>'
    )
    outcome = read_bytes(content, "a.xlsx")
    assert outcome.rows == [["Ann", ""]]
    assert outcome.faults == [("cell_error", 1, "Age")]


def test_a_formula_that_gives_an_empty_text_is_no_fault(read_bytes: Any) -> None:
    content, cell = plain(["Name", "Age"], ["Ann", 41]), b'<c r="B2"><v>41</v></c>'
    calculated = change(content, SHEET, cell, b'<c r="B2" t="str"><f>IF(A2="","","")</f><v></v></c>')
    outcome = read_bytes(calculated, "a.xlsx")
    assert (outcome.rows, outcome.faults) == ([["Ann", ""]], [])
    never = change(content, SHEET, cell, b'<c r="B2"><f>IF(A2="","","")</f><v></v></c>')
    assert read_bytes(never, "b.xlsx").faults == [("cell_error", 1, "Age")]


def test_escapes_of_control_characters_are_decoded_once(read_bytes: Any) -> None:
    content = plain(["Name", "Note", "Code"], ["Ann", "one\r\ntwo", "_x000D_"])
    assert read_bytes(content, "a.xlsx").rows == [["Ann", "one\r\ntwo", "_x000D_"]]


def test_entities_are_refused(read_bytes: Any) -> None:
    laughs = b'<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
    for part in ("xl/workbook.xml", "xl/sharedStrings.xml", SHEET):
        content = change(plain(["Name"], ["Ann"]), part, b"?>\n", b"?>\n" + laughs)
        assert read_bytes(content, "a.xlsx").refused == "unreadable"


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml"])
def test_bombs_cost_neither_time_nor_memory(read_bytes: Any, part: str) -> None:
    started = time.perf_counter()
    bomb = change(plain(["Name"], ["Ann"]), part, b"?>\n", b"?>\n" + b" " * (120 << 20))
    assert read_bytes(bomb, "a.xlsx").refused == "too_large"
    assert time.perf_counter() - started < 10


def test_a_cell_in_the_last_corner(read_bytes: Any) -> None:
    content = change(
        plain(["Name"], ["Ann"]),
        SHEET,
        b"</sheetData>",
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )
    outcome = read_bytes(content, "a.xlsx", Limits(reader_memory_gb=0.6))
    assert outcome.refused in (None, "unreadable", "too_large")
    assert outcome.refused or outcome.rows == [["Ann", ""], ["", "1"]]


@pytest.mark.parametrize("size", [100, 4000, 20_000])
def test_workbooks_cut_off(read_bytes: Any, size: int) -> None:
    content = plain(["Name"], *[[f"N{number}"] for number in range(5000)])
    assert read_bytes(content[:size], "a.xlsx").refused == "unreadable"


def test_damaged_old_workbooks(read_bytes: Any) -> None:
    compound = bytes.fromhex("d0cf11e0a1b11ae1") + "Workbook".encode("utf-16-le") + b"\x00\x00" + bytes(5000)
    assert read_bytes(compound, "a.xls").refused == "unreadable"


def test_a_strict_workbook(read_bytes: Any) -> None:
    transitional = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    content = plain(["Name", "Age"], ["Ann", 41])
    for part in (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        content = change(content, part, transitional, strict)
    assert read_bytes(content, "a.xlsx").rows == [["Ann", "41"]]


def test_an_old_workbook_whose_sectors_go_in_a_circle(read_bytes: Any, tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row in range(2000):
        sheet.write(row, 0, f"N{row}")
    book.save(str(tmp_path / "old.xls"))
    content = bytearray((tmp_path / "old.xls").read_bytes())
    table_at = 512 * (1 + struct.unpack_from("<I", content, 76)[0])
    struct.pack_into("<I", content, table_at, 0)  # the first sector is followed by itself
    started = time.perf_counter()
    assert read_bytes(bytes(content), "a.xls").refused in ("unreadable", "too_large")
    assert time.perf_counter() - started < 30
