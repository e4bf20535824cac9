"""Workbooks that contradict themselves: read as spreadsheet programs read them, and what may be wrong is told."""

import io
import struct
import zipfile
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from flows.settings import Limits

SHEET, TEXTS, CONTENTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"
EMPTY = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'

Parts = list[tuple[str, bytes]]


def parts_of(*rows: list[Any]) -> Parts:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    with zipfile.ZipFile(out) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def pack(parts: Parts, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


def change(parts: Parts, part: str, old: bytes, new: bytes) -> bytes:
    """The workbook with other bytes in one part."""
    assert old in dict(parts)[part]
    return pack([(name, data.replace(old, new, 1) if name == part else data) for name, data in parts])


ANN = parts_of(["Name"], ["ann@example.com"])


def flip(content: bytes, text: bytes) -> bytes:
    """One bit of a stored text is another."""
    at = content.index(text)
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def test_a_flipped_bit_is_told_and_a_lying_size_refused(read_bytes: Any) -> None:
    stored = pack(ANN, zipfile.ZIP_STORED)
    assert read_bytes(stored, "a.xlsx").rows == [["ann@example.com"]]
    outcome = read_bytes(flip(stored, b"ann@example.com"), "b.xlsx")
    assert outcome.rows == [["`nn@example.com"]]
    assert outcome.faults == [("damaged", None, None)]
    assert read_bytes(flip(stored, b"sst"), "c.xlsx").refused == "unreadable"  # no XML any more
    size = len(dict(ANN)[TEXTS])
    lying = stored.replace(struct.pack("<LL", size, size), struct.pack("<LL", size, size - 20))
    assert read_bytes(lying, "d.xlsx").refused == "unreadable"


@pytest.mark.parametrize("part", [CONTENTS, "xl/workbook.xml", TEXTS, SHEET, "docProps/app.xml"])
def test_a_wrong_checksum_is_told(read_bytes: Any, part: str) -> None:
    content = pack(ANN)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        checksum = archive.getinfo(part).CRC
    outcome = read_bytes(content.replace(struct.pack("<L", checksum), struct.pack("<L", checksum ^ 1)), "a.xlsx")
    assert outcome.rows == [["ann@example.com"]]
    assert outcome.faults == [("damaged", None, None)]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_stands_twice(read_bytes: Any) -> None:
    sheet = [(SHEET, dict(ANN)[SHEET])]
    same = read_bytes(pack(ANN + sheet), "a.xlsx")
    assert (same.rows, same.faults) == ([["ann@example.com"]], [])
    last = read_bytes(pack([(SHEET, EMPTY), *ANN]), "b.xlsx")
    other_case = read_bytes(pack([*ANN, ("xl/worksheets/SHEET1.xml", EMPTY)]), "c.xlsx")
    for outcome in (last, other_case):
        assert (outcome.rows, outcome.faults) == ([["ann@example.com"]], [("damaged", None, None)])


@pytest.mark.parametrize("part", ["xl/workbook.xml", TEXTS, SHEET])
def test_a_document_type_without_entities_is_passed_over(read_bytes: Any, part: str) -> None:
    content = change(ANN, part, b"?>\n", b'?>\n<!DOCTYPE a SYSTEM "https://example.com/a.dtd">')
    assert read_bytes(content, "a.xlsx").rows == [["ann@example.com"]]


@pytest.mark.parametrize("formula", [b"", b"<f>1+1</f>"], ids=["regular", "with formulas"])
def test_a_long_text_in_many_cells_is_read_in_little_memory(read_bytes: Any, formula: bytes) -> None:
    parts = parts_of(["Name", "Note", "Sum"], *[[f"N{number}", "note " * 6000, 2] for number in range(4500)])
    outcome = read_bytes(
        change(parts, SHEET, b"<v>2</v>", formula + b"<v>2</v>"), "a.xlsx", Limits(reader_memory_gb=0.4)
    )
    assert len(outcome.rows) == 4500
    assert outcome.rows[-1] == ["N4499", "note " * 6000, "2"]


def test_a_long_text_in_too_many_cells_is_refused(read_bytes: Any) -> None:
    parts = parts_of(["Name", "Note"], *[["N", "note " * 6000]] * 5000)
    assert read_bytes(pack(parts), "a.xlsx", Limits(file_mb=100)).refused == "too_large"
