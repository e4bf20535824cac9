"""Large sheets of regular XML come out as by the readers of any XML, the oracle here; others are left to them."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from xlsxwriter import Workbook  # type: ignore[import-untyped]

from flows.sources.messages import Message
from flows.sources.workbooks import xlsx
from flows.sources.workbooks.package import list_sheets, read_number_formats
from flows.sources.workbooks.sheets import sheet_messages
from flows.sources.workbooks.xlsx_sheets import read_regular_sheets
from schemas.errors import SourceError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{MAIN}">'
NONE = 1 << 60  # no sheet is as large
STYLES = ("General", "00000", "000\\-00\\-0000", "m/d/yyyy", "h:mm", "[h]:mm", "0.00")

TEXTS = st.text(
    st.one_of(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), st.sampled_from(" &<>\"'\n\té")),
    max_size=12,
).filter(lambda text: "\ufffe" not in text and "\uffff" not in text)
NUMBERS = st.one_of(
    st.integers(-5, 99_999).map(str), st.floats(-1e4, 1e5).map(repr),
    st.sampled_from(["60", "60.5", "59.25", "0.5", "1E3", "-2.5", "-0.0", "43831.75", "07"]),
)  # fmt: skip
LARGE = st.one_of(st.integers(10**6, 10**16).map(str), st.sampled_from(["1e15", "-1E15", "123456.789e3"]))
STYLE = st.integers(0, len(STYLES) - 1)


def give_inline(text: str, is_spaced: bool) -> str:
    space = ' xml:space="preserve"' if is_spaced else ""
    return f' t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'


CELLS = st.one_of(
    st.builds(give_inline, TEXTS, st.booleans()),
    st.builds(' t="s"><v>{}</v></c>'.format, st.integers(0, 3)),
    st.builds(' t="str"><v>{}</v></c>'.format, TEXTS.map(escape)),
    st.builds(' s="{}"><v>{}</v></c>'.format, STYLE, NUMBERS),
    st.builds(' t="n"><v>{}</v></c>'.format, st.one_of(NUMBERS, LARGE)),
    st.builds(' t="b"><v>{}</v></c>'.format, st.sampled_from("01")),
    st.builds(' t="e"><v>{}</v></c>'.format, st.sampled_from(["#N/A", "#REF!"])),
    st.sampled_from(["/>", ' s="3"/>', ' s="1"></c>']),
)
COLUMNS = 31
HEADER = {column: give_inline(f"Field {column}", False) for column in range(COLUMNS)}
ROWS = st.dictionaries(
    st.integers(2, 40), st.dictionaries(st.integers(0, COLUMNS - 1), CELLS, max_size=6), min_size=1, max_size=6
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook of one sheet with these styles and four shared texts."""
    path = tmp_path_factory.mktemp("template") / "t.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet("People")
        for column, style in enumerate(STYLES[1:]):
            sheet.write_number(0, column, 1, book.add_format({"num_format": style}))
        bold = book.add_format({"bold": True})
        sheet.write_column(1, 0, ["plain", " spaced ", "ä & b"])
        sheet.write_rich_string(4, 0, "two ", bold, "fonts ")
    return path


def write_sheet(template: Path, path: Path, xml: str) -> Path:
    """The template's workbook with another sheet."""
    with zipfile.ZipFile(template) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, xml if name == "xl/worksheets/sheet1.xml" else old.read(name))
    return path


def write_rows(rows: dict[int, dict[int, str]]) -> str:
    """The XML of cells by row and column."""
    lines = []
    for row, cells in sorted(rows.items()):
        written = "".join(f'<c r="{name(column)}{row}"{cells[column]}' for column in sorted(cells))
        lines.append(f'<row r="{row}">{written}</row>')
    return f"{HEAD}<sheetData>{''.join(lines)}</sheetData></worksheet>"


def name(column: int) -> str:
    return chr(65 + column) if column < 26 else f"A{chr(65 + column - 26)}"


def read(path: Path, large_bytes: int) -> list[list[Message]] | str:
    """What a workbook says, or why it is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx, "_LARGE_BYTES", large_bytes)
        try:
            return [found for grid in xlsx.read_xlsx(path, 1 << 30) if (found := list(sheet_messages(grid)))]
        except SourceError as refusal:
            return str(refusal)


def is_regular(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return bool(read_regular_sheets(archive, list_sheets(archive), read_number_formats(archive)))


@example({2: {0: ' s="3"><v>-0.0</v></c>'}})
@given(ROWS)
def test_regular_sheets_are_read_as_by_other_readers(
    template: Path, tmp_path_factory: pytest.TempPathFactory, rows: dict[int, dict[int, str]]
) -> None:
    path = write_sheet(template, tmp_path_factory.getbasetemp() / "s.xlsx", write_rows({1: HEADER, **rows}))
    assert read(path, 0) == read(path, NONE)


def test_the_sheets_of_the_oracle_are_regular_ones(template: Path, tmp_path: Path) -> None:
    cells = {
        0: give_inline(" a ", False),
        1: ' t="s"><v>3</v></c>',
        27: ' s="3"><v>43831</v></c>',
        28: ' t="b"><v>1</v></c>',
    }
    path = write_sheet(
        template, tmp_path / "s.xlsx", write_rows({1: HEADER, 3: cells, 9: {1: ' s="1"><v>7302</v></c>'}})
    )
    assert is_regular(path)
    found = read(path, 0)
    assert found == read(path, NONE)
    texts = str(found)
    assert all(text in texts for text in ("two fonts ", "2020-01-01", "TRUE", "07302"))


def test_other_parts_of_a_sheet_count_too(template: Path, tmp_path: Path) -> None:
    xml = write_rows({n: {at: give_inline(f"v{n}{at}", False) for at in range(3)} for n in range(1, 6)})
    xml = xml.replace("<sheetData>", '<cols><col min="2" max="2" hidden="1"/></cols><sheetData>')
    xml = xml.replace('<row r="4">', '<row r="4" hidden="1">')
    xml = xml.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>')
    path = write_sheet(template, tmp_path / "s.xlsx", xml)
    assert is_regular(path)
    found = read(path, 0)
    assert found == read(path, NONE)
    assert "hidden rows" in str(found)


def irregular() -> Iterator[object]:
    cells = {
        "formula": "<c r=\"A2\"><f>1+1</f><v>2</v></c>",
        "two pieces": '<c r="A2" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>',
        "comment": '<!-- --><c r="A2"><v>2</v></c>',
        "CDATA": '<c r="A2" t="str"><v><![CDATA[a]]></v></c>',
        "escape": '<c r="A2" t="str"><v>a_x000D_b</v></c>',
        "no place": "<c><v>2</v></c>",
        "other attribute": '<c r="A2" cm="1"><v>2</v></c>',
        "unsaid": '<c r="A2" t="d"><v>2020-01-01</v></c>',
        "blanks": '<c r="A2"><v> 2 </v></c>',
        "entity": '<c r="A2" t="str"><v>a&#10;b</v></c>',
        "unknown text": '<c r="A2" t="s"><v>4</v></c>',
        "day that never was": '<c r="A2" s="3"><v>60</v></c>',
        "twice": '<c r="A2"><v>1</v></c><c r="A2"><v>2</v></c>',
    }  # fmt: skip
    for case, cell in cells.items():
        yield pytest.param(f'<row r="2">{cell}</row>', id=case)
    yield pytest.param('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>', id="row twice")


@pytest.mark.parametrize("rows", list(irregular()))
def test_what_is_irregular_is_left_to_other_readers(template: Path, tmp_path: Path, rows: str) -> None:
    xml = f'{HEAD}<sheetData><row r="1"><c r="A1" t="str"><v>Name</v></c></row>{rows}</sheetData></worksheet>'
    path = write_sheet(template, tmp_path / "s.xlsx", xml)
    assert not is_regular(path)
    assert read(path, 0) == read(path, NONE)


def test_one_irregular_sheet_leaves_the_others(template: Path, tmp_path: Path) -> None:
    with Workbook(tmp_path / "b.xlsx") as book:
        for number in range(4):
            sheet = book.add_worksheet(f"S{number}")
            if number == 3:
                continue  # empty, as new workbooks have them
            sheet.write_column(0, 0, ["Name", "Ann", "Bob"])
        book.get_worksheet_by_name("S1").write_formula(1, 1, "=1+1", None, 2)
        book.get_worksheet_by_name("S2").hide()
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        assert list(read_regular_sheets(archive, list_sheets(archive), read_number_formats(archive))) == [
            "S0",
            "S2",
            "S3",
        ]
    assert read(tmp_path / "b.xlsx", 0) == read(tmp_path / "b.xlsx", NONE)
