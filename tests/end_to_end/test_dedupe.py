"""`leadpipe dedupe`: one file, without a warehouse; its rows as they stood, with clusters and pairs."""

import csv
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.__main__ import app
from schemas.errors import PipelineError

HEADER = ["cluster_id", "First Name", "Last Name", "E-mail", "Key Fob", "Zodiac", "ref"]
ROWS = [
    ["7", "Kate", "Bell", "kate@example.com", "00123", "=Leo", "r1"],
    ["8", " kate ", "", "KATE@example.com", "00123", "", "r2"],
    ["9", "", "", "", "", "", "r3"],
    ["9", "Hank", "Zakroff", "hank@example.com", "00456", "Aries", "r4"],
    ["7", "Anna", "Haro", "anna@@example", "00789", "Leo", "r5"],
]


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["dedupe", *arguments])
    if isinstance(result.exception, PipelineError):
        return f"refused: {result.exception}"
    assert result.exit_code == 0, result.exception
    return " ".join(result.output.split())


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    pl.DataFrame(ROWS, schema=HEADER, orient="row").write_csv(path)
    return path


def test_a_csv_keeps_its_rows_and_gets_clusters_and_pairs(people: Path) -> None:
    out = people.with_name("out.csv")
    told = call(str(people), "-o", str(out))
    assert "5 rows are 4 clusters; 1 of them have more than one row" in told
    assert "compared as they are: Key Fob 5 rows" in told, "no column whose values never repeat"
    header, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    assert header == [*HEADER, "leadpipe_cluster_id"], "a column of the file is never written over"
    assert [row[:-1] for row in rows] == ROWS
    clusters = [row[-1] for row in rows]
    assert clusters[0] == clusters[1]
    assert len({*clusters}) == 4
    assert all(clusters)
    pairs = pl.read_csv(people.with_name("out.pairs.csv"))
    assert pairs.columns == ["row_l", "row_r", "probability", "decision", "decided_by", "evidence"]
    assert pairs.filter(pl.col("decision") == "merge").select("row_l", "row_r").rows() == [(1, 2)]
    assert "email" in {fact["field"] for fact in json.loads(pairs["evidence"][0])}

    for given, written in ((people, people), (people.with_name("out.pairs.csv"), out)):
        refused = CliRunner().invoke(app, ["dedupe", str(given), "-o", str(written)])
        assert (refused.exit_code, "is what is read" in " ".join(refused.output.split())) == (2, True)

    again = people.with_name("again.csv")
    people.rename(people.with_name("other name.csv"))
    call(str(people.with_name("other name.csv")), "-o", str(again))
    assert again.read_bytes() == out.read_bytes(), "the same content gives the same ids"


def test_rows_without_a_value_are_written_in_their_places(tmp_path: Path) -> None:
    path, out = tmp_path / "gaps.csv", tmp_path / "out.csv"
    path.write_text("First Name,E-mail\n,\nKate,kate@example.com\n,\nKate,kate@example.com\n")
    assert "2 of these rows have no value that was read" in call(str(path), "-o", str(out))
    _, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    kate = ["Kate", "kate@example.com"]
    assert [row[:-1] for row in rows] == [["", ""], kate, ["", ""], kate]
    assert len({row[-1] for row in rows}) == 3


def test_a_workbook_with_two_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "A"
    other = book.create_sheet("B")
    for sheet, email in ((book.active, "kate@example.com"), (other, "KATE@example.com")):
        sheet.append(["Name", "E-mail", "Zip"])
        sheet.append(["Kate Bell", email, "02134"])
    path, out = tmp_path / "two.xlsx", tmp_path / "out.xlsx"
    book.save(path)
    call(str(path), "-o", str(out))
    written = openpyxl.load_workbook(out)
    assert written.sheetnames == ["A", "B", "pairs"]
    rows = {name: list(written[name].values) for name in written.sheetnames}
    assert rows["A"][0] == ("Name", "E-mail", "Zip", "cluster_id")
    assert rows["A"][1][:3] == ("Kate Bell", "kate@example.com", "02134")
    assert rows["A"][1][3] == rows["B"][1][3]
    assert rows["pairs"][0][:4] == ("sheet_l", "row_l", "sheet_r", "row_r")
    assert rows["pairs"][1][:4] == ("A", "1", "B", "1")
    assert "2 sheets" in call(str(path), "-o", str(tmp_path / "out.csv"))


def test_json_contacts_and_parquet(tmp_path: Path) -> None:
    contacts = [{"attributes": [{"attribute_type": "email", "text": text}]} for text in ("k@x.co", "a@x.co", "K@x.co")]
    path, out = tmp_path / "c.json", tmp_path / "out.parquet"
    path.write_text(json.dumps({"contacts": contacts}))
    call(str(path), "-o", str(out))
    found = pl.read_parquet(out)
    assert [json.loads(text) for text in found["record"]] == contacts
    assert found["cluster_id"].n_unique() == 2
    assert pl.read_parquet(tmp_path / "out.pairs.parquet").select("row_l", "row_r").rows() == [(1, 3)]


def test_a_mapping_is_followed(people: Path) -> None:
    mapping = people.with_name("mapping.json")
    columns = {"First Name": "first_name", "Last Name": "last_name", "Key Fob": "member_number"}
    mapping.write_text(json.dumps({"mappings": columns}))
    out = people.with_name("out.csv")
    told = call(str(people), "--mapping", str(mapping), "-o", str(out))
    assert "compared as they are: Key Fob 5 rows" in told


def test_what_cannot_be_written_or_read_is_told_first(people: Path) -> None:
    assert "what format is it to have" in call(str(people), "-o", "out.txt")
    empty = people.with_name("empty.csv")
    empty.write_text("")
    assert "there are no rows in it" in call(str(empty), "-o", str(people.with_name("out.csv")))
