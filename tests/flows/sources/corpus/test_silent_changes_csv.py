"""CSV files that readers in use change or cut in silence: ours gives the true cells or the right problem."""

import gzip
import time
from typing import Any

import pytest

HEADER = "Name,Zip,Note"


def table(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


@pytest.mark.parametrize(
    "cells",
    [
        ["True", "02134", "NA"], ["null", "1e5", "10:30"], ["None", "007", "01/02/2024"],
        ["Ann", "+14155550100", "1,5"], ["#1", "#2", "# no comment"], ["Infinity", "-0", "0x1F"],
        ["nan", "9007199254740993", "123456789012345678901234567890"], ["2024-01-02", "1E400", "00:00:00"],
    ],
)  # fmt: skip
def test_no_type_is_inferred(read_bytes: Any, cells: list[str]) -> None:
    line = ",".join(f'"{cell}"' if "," in cell else cell for cell in cells)
    assert read_bytes(table(*[line] * 3), "a.csv").rows == [cells] * 3


def test_zips_with_zero_after_sixty_thousand_without(read_bytes: Any) -> None:
    lines = [f"N{number},{10000 + number % 80000},x" for number in range(60_000)]
    outcome = read_bytes(table(*lines, "Last,02134,y"), "a.csv")
    assert len(outcome.rows) == 60_001
    assert outcome.rows[-1] == ["Last", "02134", "y"]


def test_rows_that_begin_with_a_number_sign_are_no_comments(read_bytes: Any) -> None:
    assert [row[0] for row in read_bytes(table("#1,a,b", "#2,c,d", "3,e,f"), "a.csv").rows] == ["#1", "#2", "3"]


def test_ragged_rows_do_not_melt_the_columns(read_bytes: Any) -> None:
    outcome = read_bytes(table("Ann", "Bob,1", "Cid,2,x", "Dee"), "a.csv")
    assert outcome.header == ["Name", "Zip", "Note"]
    assert outcome.rows == [["Ann", "", ""], ["Bob", "1", ""], ["Cid", "2", "x"], ["Dee", "", ""]]


def test_two_lone_quotes_do_not_swallow_five_hundred_rows(read_bytes: Any) -> None:
    lines = [f"N{number},{number:05},note {number}" for number in range(1000)]
    lines[2], lines[499] = 'N2,"00002,note 2', 'N499,00499",note 499'
    assert read_bytes(table(*lines), "a.csv").rows == [line.split(",") for line in lines]


def test_a_lone_quote_never_closed_costs_no_other_row(read_bytes: Any) -> None:
    lines = [f"N{number},{number:05},note {number}" for number in range(3000)]
    lines[2] = 'N2,"00002'
    outcome = read_bytes(table(*lines), "a.csv")
    assert outcome.rows == [line.split(",") for number, line in enumerate(lines) if number != 2]
    assert outcome.faults == [("broken_row", 3, None)]


def test_doubled_quotes_in_the_header(read_bytes: Any) -> None:
    assert read_bytes(b'"Name ""x""",Zip\nAnn,1\n', "a.csv").header == ['Name "x"', "Zip"]


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_line_ends_and_encodings(read_bytes: Any, end: str, encoding: str) -> None:
    text = end.join([HEADER, *["Zoë Müller,02134,naïve café"] * 20, ""])
    outcome = read_bytes(text.encode(encoding), "a.csv")
    assert outcome.header == ["Name", "Zip", "Note"]
    assert outcome.rows == [["Zoë Müller", "02134", "naïve café"]] * 20


def test_same_names_of_columns_keep_their_case_and_cells(read_bytes: Any) -> None:
    outcome = read_bytes(b"Email,email,EMAIL,Email\na,b,c,d\n", "a.csv")
    assert outcome.header == ["Email", "email", "EMAIL", "Email (2)"]
    assert outcome.rows == [["a", "b", "c", "d"]]


@pytest.mark.parametrize("name", ["[ab].csv", "a*.csv", "a?.csv", "a b'\"; drop.csv", "%s{}.csv"])
def test_names_are_no_patterns(read_bytes: Any, name: str) -> None:
    read_bytes(table("Wrong,1,x"), "a.csv")
    assert read_bytes(table("Right,2,y"), name).rows == [["Right", "2", "y"]]


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (table("Ann,1,x") + b"\x00" * 5000, "a.csv", "unreadable"),
        (b"<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>", "a.csv", "wrong_file_type"),
        (b"\n\n  <html>\n<head><title>Sign in</title></head></html>", "a.xls", "unreadable"),
        (gzip.compress(table("Ann,1,x")), "a.csv", "wrong_file_type"),
        (b"MZ\x90\x00" + b"\x00" * 300, "a.xls", "wrong_file_type"),
        (b"", "a.csv", "empty_file"),
        (b"\n\n\n", "a.csv", "empty_file"),
        (b'{"Name": "Ann"}', "a.csv", "wrong_file_type"),
    ],
    ids=["nul_tail", "error_page", "login_page", "gzip", "program", "nothing", "blank_lines", "json"],
)
def test_what_is_no_table_is_refused_with_its_reason(read_bytes: Any, content: bytes, name: str, code: str) -> None:
    assert read_bytes(content, name).refused == code


def test_a_gzip_bomb_is_not_unpacked(read_bytes: Any) -> None:
    started = time.perf_counter()
    assert read_bytes(gzip.compress(b"a,b\n" * (8 << 20)), "a.csv").refused == "wrong_file_type"
    assert time.perf_counter() - started < 5


def test_two_hundred_thousand_columns(read_bytes: Any) -> None:
    started = time.perf_counter()
    outcome = read_bytes(
        b",".join(b"c%d" % number for number in range(200_000)) + b"\n" + b"1," * 199_999 + b"1\n", "a.csv"
    )
    assert outcome.refused == "too_large"
    assert time.perf_counter() - started < 10


def test_a_first_line_without_end(read_bytes: Any) -> None:
    assert read_bytes(b"Name," * (2 << 20), "a.csv").refused == "too_large"


def test_a_long_line_among_others(read_bytes: Any) -> None:
    outcome = read_bytes(table("Ann,1,x", "Bob,2," + "y" * (20 << 20), "Cid,3,z"), "a.csv")
    assert outcome.faults == [("too_large", 2, None)]
    assert (outcome.rows[0], outcome.rows[-1]) == (["Ann", "1", "x"], ["Cid", "3", "z"])


def test_headers_are_names_and_nothing_else(read_bytes: Any) -> None:
    names = ["'); DROP TABLE raw.files;--", "{{7*7}}", "__proto__", "=1+1"]
    outcome = read_bytes((",".join(names) + "\n1,2,3,4\n").encode(), "a.csv")
    assert outcome.header == names
