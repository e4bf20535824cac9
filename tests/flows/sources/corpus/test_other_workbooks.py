"""OpenDocument and binary workbooks, and parts in unusual places: read by content, cells as they show."""

import io
import struct
import zipfile
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
CALC = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
OLD_SHEET = """<office:automatic-styles><style:style style:name="off" style:family="table">
<style:table-properties table:display="false"/></style:style></office:automatic-styles>"""


def cell(shown: str, kind: str = "string", value: str = "", more: str = "") -> str:
    name = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    given = f' office:{name}="{value}"' if value else ""
    kinds = f' office:value-type="{kind}"' if kind else ""
    return f"<table:table-cell{kinds}{given} {more}><text:p>{shown}</text:p></table:table-cell>"


def ods(*tables: str, kind: str | None = "spreadsheet", **parts: str) -> bytes:
    content = (
        f'<?xml version="1.0"?><office:document-content {NAMESPACES} {CALC}>{OLD_SHEET}<office:body>'
        f"<office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        if kind:
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content)
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return file.getvalue()


def table(*rows: str, name: str = "S", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


HEADER = row(cell("Name"), cell("Value"))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (cell("02134", "float", "2134"), "02134"),
        (cell("000-12-3456", "float", "123456"), "000-12-3456"),
        (cell("2,134.50", "float", "2134.5"), "2134.5"),
        (cell("0", "float", "0"), "0"),
        (cell("5%", "percentage", "0.05"), "0.05"),
        (cell("1/2/24", "date", "2024-01-02"), "2024-01-02"),
        (cell("x", "date", "2024-01-02T03:04:05"), "2024-01-02 03:04:05"),
        (cell("x", "time", "PT36H05M00S"), "36:05:00"),
        (cell("WAHR", "boolean", "true"), "TRUE"),
        (cell("a<text:s text:c='2'/>b</text:p><text:p>c"), "a  b\nc"),
        (cell("NA<office:annotation><text:p>a remark</text:p></office:annotation>"), "NA"),
    ],
)
def test_cells_of_an_opendocument_spreadsheet(read_bytes: Any, written: str, text: str) -> None:
    outcome = read_bytes(ods(table(HEADER, row(cell("Ann"), written))), "a.ods")
    assert (outcome.rows, outcome.faults) == ([["Ann", text]], [])


def test_errors_and_formulas_without_a_value(read_bytes: Any) -> None:
    error = cell("#N/A", "string", more='calcext:value-type="error" table:formula="of:=NA()"')
    bare = '<table:table-cell table:formula="of:=1+1"/>'
    outcome = read_bytes(ods(table(HEADER, row(cell("Ann"), error), row(cell("Bo"), bare))), "a.ods")
    assert outcome.rows == [["Ann", ""], ["Bo", ""]]
    assert outcome.faults == [("cell_error", 1, "Value"), ("cell_error", 2, "Value")]


def test_repeated_hidden_and_merged_cells(read_bytes: Any) -> None:
    blank = '<table:table-cell table:number-columns-repeated="1020"/>'
    outcome = read_bytes(
        ods(
            table(
                '<table:table-column/><table:table-column table:visibility="collapse"/>',
                HEADER,
                row(cell("Ann"), cell("x"), blank, more='table:number-rows-repeated="2"'),
                row(cell("Cy"), cell("y"), more='table:visibility="filter"'),
                row(cell("Di", more='table:number-rows-spanned="2"'), cell("z")),
                row("<table:covered-table-cell/>", cell("w")),
                row(blank, more='table:number-rows-repeated="1048000"'),
            ),
            table(HEADER, row(cell("Old"), cell("o")), name="T", more='table:style-name="off"'),
        ),
        "a.ods",
    )
    assert outcome.rows == [["Ann", "x"], ["Ann", "x"], ["Di", "z"], ["Di", "w"], ["Cy", "y"], ["Old", "o"]]
    assert {name: sheet.is_hidden for name, sheet in outcome.sheets.items()} == {
        "S": False, "S (hidden rows)": True, "T": True,
    }  # fmt: skip
    assert outcome.sheets["S"].hidden_columns == ["Value"]


def test_opendocument_that_is_refused(read_bytes: Any) -> None:
    manifest = {"META-INF__manifest": "<m><encryption-data/></m>"}
    assert read_bytes(ods(table(HEADER), **manifest), "a.ods").refused == "encrypted"
    assert "no spreadsheet" in read_bytes(ods(table(HEADER), kind="text"), "b.ods").reason
    wide = cell("x", more='table:number-columns-repeated="16000"')
    many = table(HEADER, row(wide, more='table:number-rows-repeated="1000000"'))
    assert read_bytes(ods(many), "c.ods").refused == "too_large"
    assert read_bytes(ods(table(HEADER, "<row>")), "d.ods").refused == "unreadable"


def test_an_opendocument_spreadsheet_that_only_its_manifest_tells(read_bytes: Any) -> None:
    manifest = {"META-INF__manifest": '<m media-type="application/vnd.oasis.opendocument.spreadsheet"/>'}
    content = ods(table(HEADER, row(cell("Ann"), cell("x"))), kind=None, **manifest)
    assert read_bytes(content, "a.ods").rows == [["Ann", "x"]]


def test_a_workbook_whose_parts_lie_elsewhere(read_bytes: Any) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("S")
        sheet.write_row(0, 0, ["Name", "Zip"])
        sheet.write_row(1, 0, ["Ann"])
        sheet.write_number(1, 1, 2134, book.add_format({"num_format": "00000"}))
    moved = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(moved, "w") as new:
        for item in old.infolist():
            name = item.filename.replace("xl/", "book/")
            new.writestr(name, old.read(item).replace(b"/xl/", b"/book/").replace(b'"xl/', b'"book/'))
    assert read_bytes(moved.getvalue(), "a.xlsx").rows == [["Ann", "02134"]]


def record(kind: int, body: bytes) -> bytes:
    """One record of a binary workbook: kind and length in bytes of seven bits."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(body)]) + body


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def xlsb(more: bytes = b"", sheets: bytes = b"") -> bytes:
    """A sheet "S": a header, Ann with a number shown as 02134, a hidden row with an error; more rows, more sheets."""
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rows = [
        record(0, struct.pack("<IIHBBB", at, 0, 300, 0, 0x10 if at == 2 else 0, 0) + struct.pack("<I", 0)) + body
        for at, body in enumerate(
            [
                record(6, struct.pack("<II", 0, 0) + text("Name")) + record(6, struct.pack("<II", 1, 0) + text("Zip")),
                record(6, struct.pack("<II", 0, 0) + text("Ann")) + record(5, struct.pack("<IId", 1, 1, 2134.0)),
                record(6, struct.pack("<II", 0, 0) + text("Bo")) + record(3, struct.pack("<IIB", 1, 0, 0x2A)),
            ]
        )
    ]
    styles = [record(47, struct.pack("<HH", 0xFFFF, number) + bytes(12)) for number in (0, 164, 14)]
    parts = {
        "[Content_Types].xml": b"<Types><Default Extension='bin' ContentType='application/vnd.ms-excel.sheet.binary."
        b"macroEnabled.main'/></Types>",
        "xl/workbook.bin": record(131, b"") + record(143, b"")
        + record(156, struct.pack("<II", 0, 1) + text("rId1") + text("S")) + sheets
        + record(144, b"") + record(132, b""),
        "xl/_rels/workbook.bin.rels": (
            f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{relations}/worksheet" Target="worksheets/sheet1.bin"/>'
            f'<Relationship Id="rId2" Type="{relations}/styles" Target="styles.bin"/></Relationships>'
        ).encode(),
        "xl/styles.bin": record(278, b"") + record(615, struct.pack("<I", 1))
        + record(44, struct.pack("<H", 164) + text("00000")) + record(616, b"")
        + record(617, struct.pack("<I", 3)) + b"".join(styles)
        + record(618, b"") + record(279, b""),
        "xl/worksheets/sheet1.bin": record(129, b"") + record(148, struct.pack("<IIII", 0, 2, 0, 1))
        + record(145, b"") + b"".join(rows) + more + record(146, b"") + record(130, b""),
    }  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_binary_workbook(read_bytes: Any) -> None:
    outcome = read_bytes(xlsb(), "a.xlsb")
    assert outcome.rows == [["Ann", "02134"], ["Bo", ""]]
    assert outcome.faults == [("cell_error", 1 + 1, "Zip")]
    assert list(outcome.sheets) == ["S", "S (hidden rows)"]


def far_row(*cells: bytes) -> bytes:
    return record(0, struct.pack("<IIHBBB", 1_000_000, 0, 300, 0, 0, 0) + bytes(4)) + b"".join(cells)


def test_a_binary_workbook_with_a_cell_far_out(read_bytes: Any) -> None:
    """A grid of all the cells between would not fit into memory: it is read cell by cell."""
    numbers = [record(2, struct.pack("<III", at, 0, packed)) for at, packed in enumerate([1234 << 2 | 3, 0x3FF00000])]
    outcome = read_bytes(xlsb(far_row(*numbers, record(5, struct.pack("<IId", 9, 1, 2134.0)))), "a.xlsb")
    assert outcome.rows == [["Ann", "02134", ""], ["12.34", "1", "02134"], ["Bo", "", ""]]
    assert outcome.faults == [("cell_error", 1 + 1, "Zip")]


def test_an_error_outside_the_values_of_a_binary_workbook(read_bytes: Any) -> None:
    outcome = read_bytes(xlsb(record(3, struct.pack("<IIB", 3, 0, 0x07))), "a.xlsb")
    assert outcome.faults == [("cell_error", 2, "Zip"), ("cell_error", 2, None)]


def test_values_of_a_binary_workbook_that_its_readers_get_wrong(read_bytes: Any) -> None:
    """A date in four bytes, a number below zero that is no time, a day that never was, a text of several fonts."""
    days = [record(2, struct.pack("<IIi", at, 2, day << 2 | 2)) for at, day in ((1, 40218), (2, -1), (3, 60))]
    rich = record(62, struct.pack("<IIB", 0, 0, 1) + text("Dee") + struct.pack("<IHH", 1, 0, 1))
    outcome = read_bytes(xlsb(far_row(rich, *days)), "a.xlsb")
    assert outcome.rows[1] == ["Dee", "2010-02-09", "-1", ""]
    assert ("cell_error", 1_000_000, "column 4") in outcome.faults


def test_a_sheet_of_a_binary_workbook_that_is_not_there(read_bytes: Any) -> None:
    lost = record(156, struct.pack("<II", 0, 2) + text("rId9") + text("Lost"))
    assert read_bytes(xlsb(sheets=lost), "a.xlsb").rows == [["Ann", "02134"], ["Bo", ""]]


@pytest.mark.parametrize("size", [200, 900])
def test_a_binary_workbook_cut_off(read_bytes: Any, size: int) -> None:
    assert read_bytes(xlsb()[:size], "a.xlsb").refused == "unreadable"
