"""Workbooks: every sheet, every cell as seen, and a reader that may die without taking the run along."""

import csv
import datetime
import struct
import zipfile
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
import xlwt  # type: ignore[import-untyped]

from flows.settings import Limits
from flows.sources.file_types import find_file_type
from flows.sources.items import Rows
from flows.sources.messages import Fault, SheetRead
from flows.sources.workbooks.workbook import open_workbook
from flows.sources.workbooks.xls import read_xls
from schemas.errors import SourceError

CONTACTS = Path(__file__).parents[3] / "fixtures" / "contacts"

Read = tuple[dict[str, list[tuple[int, list[str]]]], dict[str, SheetRead], list[Fault]]


def read(path: Path, limits: Limits | None = None) -> Read:
    items = list(open_workbook(path, find_file_type(path), limits or Limits()).items)
    sheets = {item.name: item for item in items if isinstance(item, SheetRead)}
    rows: dict[str, list[tuple[int, list[str]]]] = {name: [] for name in sheets}
    for item in items:
        if isinstance(item, Rows):
            rows[item.sheet].extend(item.frame.rows())
    return rows, sheets, [item for item in items if isinstance(item, Fault)]


@pytest.mark.parametrize("name", ["exotic_types.xlsx", "exotic_types.xls"])
def test_cells_are_what_the_source_expects(name: str) -> None:
    expected = list(csv.reader((CONTACTS / f"{name}.expected.csv").open(encoding="utf-8", newline="")))
    rows, sheets, faults = read(CONTACTS / name)
    width = len(sheets["Sheet1"].header)
    assert sheets["Sheet1"].header == [cell if cell else "column 7" for cell in expected[0]]
    wanted = [[cell.removesuffix(" 00:00:00") for cell in (row + [""] * width)[:width]] for row in expected[1:]]
    assert [cells for _, cells in rows["Sheet1"]] == wanted
    assert faults == []


def test_a_merged_header_names_all_its_columns() -> None:
    rows, sheets, _ = read(CONTACTS / "merged_header.xlsx")
    assert sheets["Sheet1"].header == ["Column A header", "Column 2 and 3 header", "Column 2 and 3 header (2)"]
    assert rows["Sheet1"][0] == (1, ["Row 1 column A", "Row 1 column B", "Row 1 column C"])


def test_biff5_with_a_title_and_empty_sheets() -> None:
    rows, sheets, _ = read(CONTACTS / "biff5.xls")
    assert list(sheets) == ["Feuil1"]
    assert sheets["Feuil1"].header == ["column 1", "Number", "Square", "Formatted"]
    assert sheets["Feuil1"].header_line == 4
    assert rows["Feuil1"][0] == (2, ["", "1", "1", "1"])


def test_password_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(CONTACTS / "encrypted.xls")
    assert caught.value.code == "encrypted"


@pytest.fixture
def odd_workbook(tmp_path: Path) -> Path:
    """A table below and right of a corner, numbers shown with zeros, an error, an uncalculated formula, a date."""
    path = tmp_path / "odd.xlsx"
    with xlsxwriter.Workbook(path) as book:
        zeros = book.add_format({"num_format": "00000"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet("Leads & co")
        sheet.write_row(1, 1, ["Name", "Zip", "Seen", "Score", "Vip", "Id"])
        sheet.write_row(2, 1, ["Ann"])
        sheet.write_number(2, 2, 2134, zeros)
        sheet.write_datetime(2, 3, datetime.datetime(2024, 1, 2, 3, 4), moment)  # noqa: DTZ001 - workbooks know no zones
        sheet.write_formula(2, 4, "=1/0", None, "#DIV/0!")
        sheet.write_boolean(2, 5, True)
        sheet.write_row(4, 1, ["Bob", "", "", "", "", 4155550100])
        hidden = book.add_worksheet("Old")
        hidden.write_row(0, 0, ["Name", "Phone"])
        hidden.write_row(1, 0, ["Cid", 1.5])
        hidden.hide()
        book.add_worksheet("Empty")
    return path


def test_xlsx_cells_rows_and_sheets(odd_workbook: Path) -> None:
    rows, sheets, faults = read(odd_workbook)
    assert sheets["Leads & co"] == SheetRead(
        "Leads & co", 0, ["Name", "Zip", "Seen", "Score", "Vip", "Id"], header_line=2, rows_count=2
    )
    assert rows["Leads & co"] == [
        (1, ["Ann", "02134", "2024-01-02 03:04:00", "", "TRUE", ""]),
        (3, ["Bob", "", "", "", "", "4155550100"]),
    ]
    assert sheets["Old"].is_hidden
    assert rows["Old"] == [(1, ["Cid", "1.5"])]
    assert "Empty" not in sheets
    (fault,) = faults
    assert (fault.code, fault.sheet, fault.row_number, fault.column_name, fault.value) == (
        "cell_error",
        "Leads & co",
        1,
        "Score",
        "#DIV/0!",
    )


def test_xls_zeros_errors_and_booleans(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for column, name in enumerate(["Name", "Zip", "Vip", "Born"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, "Ann")
    sheet.write(1, 1, 2134, xlwt.easyxf(num_format_str="00000"))
    sheet.write(1, 2, True)
    sheet.write(1, 3, datetime.date(1985, 3, 4), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    path = tmp_path / "old.xls"
    book.save(str(path))
    rows, _, faults = read(path)
    assert rows["S"] == [(1, ["Ann", "02134", "TRUE", "1985-03-04"])]
    assert faults == []


def test_xls_hours_and_rows_that_only_have_a_format(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    sheet.write(0, 0, "Hours")
    sheet.write(1, 0, 1.5, xlwt.easyxf(num_format_str="[h]"))
    for row in range(2, 3000):
        sheet.write(row, 255, None, xlwt.easyxf("font: bold on") if row == 2 else xlwt.Style.default_style)
    path = tmp_path / "old.xls"
    book.save(str(path))
    (grid,) = read_xls(path)
    assert len(grid.rows) == 2
    assert read(path)[0]["S"] == [(1, ["36:00:00"])]


@pytest.mark.parametrize(("charset", "name"), [(204, "Иван"), (161, "Νίκος"), (0, "Zoë")])
def test_a_workbook_before_excel_97_that_names_no_code_page(tmp_path: Path, charset: int, name: str) -> None:
    """Its fonts tell for which letters they are."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def label(row: int, text: str) -> bytes:
        encoded = text.encode({204: "cp1251", 161: "cp1253", 0: "cp1252"}[charset])
        return record(0x204, struct.pack("<HHHH", row, 0, 0, len(encoded)) + encoded)

    font = record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, charset, 0) + b"\x05Arial")
    styles = record(0xE0, struct.pack("<HHHHHHHH", 0, 0, 1, 0x20, 0x20C0, 0, 0, 0))
    before = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + font + styles
    sheet_at = len(before) + 4 + 8 + 4
    bound = record(0x85, struct.pack("<IHB", sheet_at, 0, 1) + b"S")
    cells = label(0, "Name") + label(1, name)
    sheet = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + cells + record(0x0A, b"")
    path = tmp_path / "old.xls"
    path.write_bytes(before + bound + record(0x0A, b"") + sheet)
    assert read(path)[0]["S"] == [(1, [name])]


def test_a_number_below_zero_is_no_time_of_day(tmp_path: Path) -> None:
    path = tmp_path / "negative.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["Name", "Seen"])
        sheet.write_row(1, 0, ["Ann"])
        sheet.write_number(1, 1, -1.25, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(2, 1, 0.25, book.add_format({"num_format": "hh:mm"}))
    assert read(path)[0]["S"] == [(1, ["Ann", "-1.25"]), (2, ["", "06:00:00"])]


def replace_in_sheet(path: Path, old: bytes, new: bytes) -> Path:
    changed = path.with_name(f"changed_{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(old, new) if name.endswith("sheet1.xml") else content)
    return changed


def test_a_formula_without_value_and_a_number_too_long_are_reported(odd_workbook: Path) -> None:
    bare = replace_in_sheet(odd_workbook, b't="e"><f>1/0</f><v>#DIV/0!</v>', b"><f>1/0</f><v></v>")
    long = replace_in_sheet(bare, b"<v>4155550100</v>", b"<v>1234567890123456789</v>")
    rows, _, faults = read(long)
    assert [(fault.row_number, fault.column_name) for fault in faults] == [(1, "Score"), (3, "Id")]
    assert "never calculated" in faults[0].reason
    assert "15 digits" in faults[1].reason
    assert rows["Leads & co"][1] == (3, ["Bob", "", "", "", "", ""])


def test_a_cell_in_the_far_corner_costs_no_memory(odd_workbook: Path) -> None:
    far = replace_in_sheet(
        odd_workbook, b"</sheetData>", b'<row r="99999"><c r="XFD99999"><v>7</v></c></row></sheetData>'
    )
    rows, sheets, _ = read(far, Limits(reader_memory_gb=0.5))
    assert sheets["Leads & co"].header == ["Name", "Zip", "Seen", "Score", "Vip", "Id", "column 16384"]
    assert rows["Leads & co"][0][1][:3] == ["Ann", "02134", "2024-01-02 03:04:00"]
    assert rows["Leads & co"][-1] == (99997, ["", "", "", "", "", "", "7"])


def test_a_bomb_is_refused_before_it_is_unpacked(odd_workbook: Path) -> None:
    bomb = replace_in_sheet(odd_workbook, b"</worksheet>", b" " * (100 << 20) + b"</worksheet>")
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(SourceError) as caught:
        read(bomb)
    assert caught.value.code == "too_large"


def test_a_reader_without_memory_costs_its_file_only(odd_workbook: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read(odd_workbook, Limits(reader_memory_gb=0.02))
    assert caught.value.code in ("unreadable", "too_large")


def test_a_workbook_without_cells_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Nothing")
    with pytest.raises(SourceError) as caught:
        read(path)
    assert caught.value.code == "empty_file"


def test_a_header_alone_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "header.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("S").write_row(0, 0, ["Name", "Email"])
    rows, sheets, faults = read(path)
    assert rows == {"S": []}
    assert sheets["S"].header == ["Name", "Email"]
    assert [(fault.code, fault.sheet) for fault in faults] == [("no_data_rows", "S")]
