"""CSV through both paths: the fast one agrees with csv.reader wherever it takes a block."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.sources.delimited import delimited
from flows.sources.delimited.csv_records import read_records
from flows.sources.delimited.delimited import open_delimited
from flows.sources.delimited.layout import Layout
from flows.sources.delimited.regular import count_regular_rows, last_record_end, read_regular_rows
from flows.sources.items import Rows
from flows.sources.messages import Fault, SheetRead
from schemas.errors import SourceError

CONTACTS = Path(__file__).parents[3] / "fixtures" / "contacts"

Cells = list[tuple[int, list[str]]]


def read(path: Path) -> tuple[Cells, SheetRead, list[Fault]]:
    items = list(open_delimited(path).items)
    rows = [row for item in items if isinstance(item, Rows) for row in item.frame.rows()]
    (sheet,) = (item for item in items if isinstance(item, SheetRead))
    return rows, sheet, [item for item in items if isinstance(item, Fault)]


def read_text(tmp_path: Path, content: str) -> tuple[Cells, SheetRead, list[Fault]]:
    path = tmp_path / "contacts.csv"
    path.write_bytes(content.encode())
    return read(path)


@pytest.mark.parametrize(
    ("name", "columns", "rows", "first_cells"),
    [
        ("outlook_like.csv", 22, 3, ["add", "", "Adam Glacius", "adam.glacius@anycom.com"]),
        ("google_export.csv", 29, 3, ["Oero Smith", "Oero", "", "Smith"]),
        ("thunderbird.csv", 37, 2, ["John", "Doe", "John Doe", "", "john@doe.invalid"]),
        ("thunderbird_utf16le_bom.csv", 38, 1, ["John", "Doe", "John Doe", "", "johndoe@host.invalid"]),
        ("thunderbird_shiftjis.csv", 38, 1, ["権兵衛", "名無し", "名無しの権兵衛"]),
        ("semicolon.csv", 4, 2, ["John Doe", "John", "Doe", "john@doe.invalid"]),
        ("powershell_outlook.csv", 26, 3, ["John Smith", "John", "Smith", ""]),
        ("mixed_dates_phones.csv", 17, 20, ["Rahul", "Sharma", "rahul.sharma@techcorp.in", "+91 98765 43210"]),
        ("spaces_in_cells.csv", 6, 49, ["  John Doe", "john@example.com", "(555) 123-4567"]),
        ("mac_line_ends.csv", 3, 8, ["Anfield", "Anfield Road", "Liverpool"]),
    ],
)
def test_real_files(name: str, columns: int, rows: int, first_cells: list[str]) -> None:
    found, sheet, faults = read(CONTACTS / name)
    assert (len(sheet.header), sheet.rows_count, len(found)) == (columns, rows, rows)
    assert found[0][1][: len(first_cells)] == first_cells
    assert all(len(cells) == columns for _, cells in found)
    assert faults == []


def test_row_numbers_are_those_of_a_spreadsheet_empty_rows_and_blank_lines_counted(tmp_path: Path) -> None:
    rows, sheet, _ = read_text(tmp_path, "Name,Email\nAnn,\n\n,\nBob,b@c.co\n\n")
    assert rows == [(1, ["Ann", ""]), (4, ["Bob", "b@c.co"])]
    assert sheet.rows_count == 2


def test_header_names_are_unique_and_complete(tmp_path: Path) -> None:
    _, sheet, _ = read_text(tmp_path, " Phone ,,Phone,Phone,\n1,2,3,4,5\n")
    assert sheet.header == [" Phone ", "column 2", "Phone", "Phone (2)", "column 5"]
    assert sheet.header_line == 1


def test_lines_above_the_header_are_kept(tmp_path: Path) -> None:
    cells, sheet, _ = read_text(
        tmp_path, 'Notes:\n"two\nlines"\n\nName,Cell,Email\nAnn,1,a@example.com\nBo,2,b@example.com\n'
    )
    assert (sheet.lines_above, sheet.header_line, len(cells)) == (["Notes:", '"two\nlines"'], 5, 2)


def test_short_rows_are_filled_up_and_long_ones_reported(tmp_path: Path) -> None:
    rows, sheet, faults = read_text(tmp_path, "Name,Email,Phone\nAnn\nBob,b@c.co,1,,\nCid,c@d.co,2,surplus\nDee,d,3\n")
    assert rows == [(1, ["Ann", "", ""]), (2, ["Bob", "b@c.co", "1"]), (4, ["Dee", "d", "3"])]
    assert [(fault.code, fault.row_number, fault.value) for fault in faults] == [
        ("row_too_long", 3, "Cid,c@d.co,2,surplus")
    ]
    assert sheet.rows_count == 4


def test_a_quote_never_closed_stands_for_itself(tmp_path: Path) -> None:
    lines = [f"N{number},n{number}@b.co,note" for number in range(1, 201)]
    lines[9] = 'N10,"n10@b.co,note'
    rows, _, faults = read_text(tmp_path, "Name,Email,Note\n" + "\n".join(lines) + "\n")
    assert [cells for _, cells in rows] == [line.split(",") for line in lines]
    assert faults == []


def test_a_quote_never_closed_in_a_row_that_fits_no_reading_costs_its_line_only(tmp_path: Path) -> None:
    lines = [f"N{number},n{number}@b.co,note" for number in range(1, 201)]
    lines[9] = 'N10,"n10@b.co'
    rows, _, faults = read_text(tmp_path, "Name,Email,Note\n" + "\n".join(lines) + "\n")
    assert [cells[0] for _, cells in rows] == [f"N{number}" for number in range(1, 201) if number != 10]
    assert [(fault.code, fault.row_number, fault.value) for fault in faults] == [("broken_row", 10, lines[9])]


def test_two_stray_quotes_do_not_swallow_the_rows_between(tmp_path: Path) -> None:
    lines = [f"N{number},n{number}@b.co,note" for number in range(1, 1001)]
    lines[2], lines[499] = 'N3,"n3@b.co,note', 'N500,n500@b.co",note'
    rows, _, faults = read_text(tmp_path, "Name,Email,Note\n" + "\n".join(lines) + "\n")
    assert [cells for _, cells in rows] == [line.split(",") for line in lines]
    assert faults == []


def test_quotes_inside_a_quoted_cell_that_nobody_doubled_are_kept(tmp_path: Path) -> None:
    rows, _, faults = read_text(tmp_path, 'Name,Note,Tag\nAnn,"He said "hi, you" and left",x\nBob,"6\'2"",y\n')
    assert [cells for _, cells in rows] == [["Ann", 'He said "hi, you" and left', "x"], ["Bob", "6'2\"", "y"]]
    assert faults == []


def test_a_note_of_many_lines_is_one_cell(tmp_path: Path) -> None:
    note = "\n".join(f"line {number}, and more" for number in range(300))
    rows, _, faults = read_text(tmp_path, f'Name,Note,Tag\nAnn,"{note}",x\nBob,,y\n')
    assert rows == [(1, ["Ann", note, "x"]), (2, ["Bob", "", "y"])]
    assert faults == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Name;'Note; all';Tag\nAnn;'a;b';x\nO'Neil;'c''d';y\n", [["Ann", "a;b", "x"], ["O'Neil", "c'd", "y"]]),
        ('Name,Note,Tag\nAnn,"a 6\\"2, b",x\nBob,"C:\\dir",y\n', [["Ann", 'a 6"2, b', "x"], ["Bob", "C:\\dir", "y"]]),
        ('Name, Note, Tag\nAnn, "a, b", x\nBob, c, \n', [["Ann", "a, b", "x"], ["Bob", "c", ""]]),
        ('Name Note Tag\nAnn "a b" x\nBob "c d" y\n', [["Ann", "a b", "x"], ["Bob", "c d", "y"]]),
    ],
)
def test_quotes_escapes_and_blanks_of_other_programs(tmp_path: Path, content: str, expected: list[list[str]]) -> None:
    rows, _, faults = read_text(tmp_path, content)
    assert [cells for _, cells in rows] == expected
    assert faults == []


def test_names_in_one_column_are_not_cut_at_blanks(tmp_path: Path) -> None:
    rows, sheet, _ = read_text(tmp_path, "Full name\nAnn Lee\nBob Roe\n")
    assert sheet.header == ["Full name"]
    assert [cells for _, cells in rows] == [["Ann Lee"], ["Bob Roe"]]


def test_a_table_without_header_keeps_its_first_row(tmp_path: Path) -> None:
    rows, sheet, _ = read_text(tmp_path, "Ann,a@b.co\nBob,b@c.co\n")
    assert (sheet.header, sheet.header_line) == (["column 1", "column 2"], 0)
    assert rows == [(1, ["Ann", "a@b.co"]), (2, ["Bob", "b@c.co"])]


def test_a_line_longer_than_any_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.sources.delimited.csv_records._LONGEST_LINE", 1000)
    rows, _, faults = read_text(tmp_path, f'Name,Note\nAnn,x"\nBob,{"y" * 5000}\nCid,z\n')
    assert [number for number, _ in rows] == [1, 3]
    assert [(fault.code, fault.row_number) for fault in faults] == [("too_large", 2)]


def test_line_breaks_in_quoted_cells_are_kept(tmp_path: Path) -> None:
    rows, _, _ = read_text(tmp_path, 'Name,Note\r\nAnn,"one\r\ntwo\nthree, and ""four"""\r\nBob,x\r\n')
    assert rows == [(1, ["Ann", 'one\r\ntwo\nthree, and "four"']), (2, ["Bob", "x"])]


def test_header_only_and_nothing(tmp_path: Path) -> None:
    rows, sheet, faults = read_text(tmp_path, "Name,Email\n")
    assert rows == []
    assert sheet.header == ["Name", "Email"]
    assert [fault.code for fault in faults] == ["no_data_rows"]
    (tmp_path / "commas.csv").write_text(",,,\n,,,\n")
    with pytest.raises(SourceError) as caught:
        open_delimited(tmp_path / "commas.csv")
    assert caught.value.code == "empty_file"


def test_types_are_never_inferred(tmp_path: Path) -> None:
    cells = ["02134", "1e5", "NA", "True", "null", "+15550100", "#1", "2024-01-02", " x "]
    rows, _, _ = read_text(tmp_path, ",".join("abcdefghi") + "\n" + ",".join(cells) + "\n")
    assert rows == [(1, cells)]


def test_many_blocks_give_the_rows_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "Name,Note\n" + "".join(f'N{number},"a ""{number}"", b\nsecond"\n' for number in range(500)) + "last,x"
    expected = read_text(tmp_path, content)
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 64)
    assert read_text(tmp_path, content) == expected
    assert len(expected[0]) == 501


def test_an_irregular_block_is_read_carefully_from_there_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 64)
    lines = [f"N{number},5' 11" for number in range(50)]
    lines[30] = "N30,5' 11\""
    rows, _, faults = read_text(tmp_path, "Name,Height\n" + "\n".join(lines) + "\n")
    assert [number for number, _ in rows] == list(range(1, 51))
    assert rows[30][1] == ["N30", "5' 11\""]
    assert faults == []


def split(lines: pl.Series) -> list[list[str]]:
    return [line[1:].split(line[0]) for line in lines]


@given(st.text(alphabet='ab,"\n\r é;\x1f', max_size=40), st.integers(1, 4))
@settings(max_examples=200, deadline=None)
def test_what_the_fast_path_takes_csv_reader_reads_alike(text: str, width: int) -> None:
    block = (text + "\n").encode()
    lines = read_regular_rows(block, ",", width)
    if lines is None:
        return
    expected = list(csv.reader(io.StringIO(text + "\n", newline=""), strict=True))
    assert split(lines) == [row + [""] * (width - len(row)) for row in expected]
    assert last_record_end(block) == len(block)


@given(
    st.lists(st.lists(st.text(alphabet="xy,\"\n é'", max_size=6), min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
@settings(max_examples=100, deadline=None)
def test_what_csv_writer_writes_comes_back(rows: list[list[str]], line_end: str, quoting: int) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=line_end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # any int
    lines = read_regular_rows(out.getvalue().encode(), ",", 3)
    carefully = [record.cells for record in read_records(io.StringIO(out.getvalue(), newline=""), Layout(","), 0)]
    assert carefully == rows
    assert lines is None or split(lines) == rows
    if all(text.count("\n") < 1 for row in rows for text in row):
        assert lines is not None


def test_regular_is_counted_not_guessed() -> None:
    assert count_regular_rows(b'a,b\n"1,\n2","x ""y"""\n', ",", 2) == 2
    for irregular in (b"a,b,c\n", b"a\n\nb\n", b"a\rb\n", b'a "b",c\n', b'"a\n', b"a", b'"a\nb\nc",d\n'):
        assert count_regular_rows(irregular, ",", 2) is None
