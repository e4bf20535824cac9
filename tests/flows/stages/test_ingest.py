"""Inbox to raw: everything once, each file whole, nothing in silence."""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from shutil import copyfile

import polars as pl
import pytest

from flows import raw_writer
from flows.runs import Counts, start_run
from flows.sources import reader
from flows.sources.items import Item, Source
from flows.stages.ingest import ingest
from flows.store import open_store
from schemas.tables import (
    OPS_QUARANTINE,
    RAW_FILE_ROWS,
    RAW_FILES,
    RAW_IMPORTS,
    RAW_PROBLEMS,
    RAW_RECORDS,
    RAW_SHEETS,
    Table,
)
from schemas.vocabulary import Folder

CONTACTS = Path(__file__).parents[2] / "fixtures" / "contacts"
RAW = (RAW_FILES, RAW_IMPORTS, RAW_SHEETS, RAW_FILE_ROWS, RAW_RECORDS, RAW_PROBLEMS, OPS_QUARANTINE)

MAPPING = {"mappings": {"Name": {"attribute_type": "first_name"}}}


@pytest.fixture
def inbox(tmp_path: Path, lay_out: Callable[[Path], Path]) -> Path:
    """An inbox with its folders."""
    lay_out(tmp_path / "home")
    for folder in Folder:
        (tmp_path / "inbox" / folder).mkdir(parents=True)
    return tmp_path / "inbox"


def run_ingest(inbox: Path, folders: tuple[Folder, ...] = tuple(Folder)) -> Counts:
    with start_run("run", inbox.parent / "home", inbox, "2026-07-02T17:54:00Z") as run:
        return ingest(run, folders)


def read(inbox: Path, table: Table) -> pl.DataFrame:
    with open_store(inbox.parent / "home" / "warehouse.duckdb") as store:
        return store.read(table)


def digests(inbox: Path) -> list[str]:
    with open_store(inbox.parent / "home" / "warehouse.duckdb") as store:
        return [store.digest(table) for table in RAW]


def test_a_csv_is_in_raw_cell_by_cell(inbox: Path) -> None:
    copyfile(CONTACTS / "semicolon.csv", inbox / "contacts" / "a.csv")
    counts = run_ingest(inbox)
    assert (counts["files_new"], counts["rows_read"], counts["problems"]) == (1, 2, 0)
    (file,) = read(inbox, RAW_FILES).to_dicts()
    assert (file["folder"], file["file_name"], file["format"], file["encoding"], file["status"]) == (
        "contacts", "a.csv", "csv", "utf-8", "read",
    )  # fmt: skip
    assert (file["size_bytes"], file["run_sequence"], str(file["received_at"])) == (118, 1, "2026-07-02 17:54:00+00:00")
    (sheet,) = read(inbox, RAW_SHEETS).to_dicts()
    assert sheet["header"] == ["Display Name", "First Name", "Last Name", "Primary Email"]
    assert read(inbox, RAW_FILE_ROWS).select("file_id", "sheet", "row_number", "cells").rows() == [
        (file["file_id"], "", 1, ["John Doe", "John", "Doe", "john@doe.invalid"]),
        (file["file_id"], "", 2, ["Jane Doe", "Jane", "Doe", "jane@doe.invalid"]),
    ]
    assert read(inbox, RAW_IMPORTS).select("file_id", "side_file").rows() == [(file["file_id"], None)]


def test_every_fixture_is_read_or_refused_with_a_reason(inbox: Path) -> None:
    for path in CONTACTS.iterdir():
        copyfile(path, inbox / "contacts" / path.name)
    counts = run_ingest(inbox)
    assert counts["files_new"] == len(list(CONTACTS.iterdir()))
    codes = dict(read(inbox, OPS_QUARANTINE).select("file", "code").rows())
    assert codes == {
        "SOURCES.md": "wrong_file_type",
        "contact.vcf": "wrong_file_type",
        "encrypted.xls": "encrypted",
        "encrypted.xlsx": "encrypted",
        "not_a_spreadsheet.xlsx": "wrong_file_type",
    }
    unreadable = read(inbox, RAW_FILES).filter(pl.col("status") == "unreadable")["file_name"].to_list()
    assert sorted(unreadable) == sorted(codes)


@pytest.mark.parametrize(
    ("folder", "name", "content", "code", "row_number"),
    [
        ("contacts", "empty.csv", "", "empty_file", None),
        ("contacts", "header.csv", "Name,Email\n", "no_data_rows", None),
        ("leads", "broken.json", '{"lead": ', "broken_json", None),
        ("leads", "broken.jsonl", '{"lead": {}}\n{"lead": \n', "broken_json", 2),
        ("directory", "broken.json", "{", "broken_json", None),
        ("routing", "table.csv", "a,b\n", "wrong_file_type", None),
    ],
)
def test_wrong_input_is_in_quarantine_once(
    inbox: Path, folder: str, name: str, content: str, code: str, row_number: int | None
) -> None:
    (inbox / folder / name).write_text(content)
    assert run_ingest(inbox)["problems"] == 1
    (row,) = read(inbox, OPS_QUARANTINE).to_dicts()
    assert (row["stage"], row["folder"], row["file"], row["code"], row["row_number"]) == (
        "ingest", folder, name, code, row_number,
    )  # fmt: skip
    assert row["reason"]
    assert row["todo"]
    before = digests(inbox)
    assert run_ingest(inbox)["files_new"] == 0
    assert digests(inbox) == before


def test_taken_twice_and_renamed_adds_nothing(inbox: Path) -> None:
    for path in CONTACTS.iterdir():
        copyfile(path, inbox / "contacts" / path.name)
    (inbox / "leads" / "a.jsonl").write_text('{"lead": {"email": "a@b.co"}}\n')
    run_ingest(inbox)
    before = digests(inbox)
    (inbox / "contacts" / "semicolon.csv").rename(inbox / "contacts" / "renamed.csv")
    copyfile(inbox / "leads" / "a.jsonl", inbox / "leads" / "copy.jsonl")
    counts = run_ingest(inbox)
    assert counts["files_new"] == counts["rows_read"] == counts["records_read"] == counts["problems"] == 0
    assert digests(inbox) == before


def test_the_same_content_in_two_folders_is_two_files(inbox: Path) -> None:
    for folder in ("leads", "requests"):
        (inbox / folder / "a.jsonl").write_text('{"id": 1}\n')
    assert run_ingest(inbox, (Folder.LEADS,))["files_new"] == 1
    assert run_ingest(inbox)["files_new"] == 1
    assert sorted(read(inbox, RAW_RECORDS)["folder"]) == ["leads", "requests"]


def test_a_new_side_file_is_a_new_import(inbox: Path) -> None:
    (inbox / "contacts" / "a.csv").write_text("Name\nAnn\n")
    side = inbox / "contacts" / "a.csv.import.json"
    run_ingest(inbox)
    side.write_text(json.dumps(MAPPING))
    assert run_ingest(inbox)["files_new"] == 1
    assert run_ingest(inbox)["files_new"] == 0
    side.unlink()
    assert run_ingest(inbox)["files_new"] == 0
    imports = read(inbox, RAW_IMPORTS).sort("run_sequence")
    assert imports["side_file"].to_list() == [None, json.dumps(MAPPING)]
    assert read(inbox, RAW_FILE_ROWS).height == 1


def test_two_names_of_one_content_do_not_take_turns(inbox: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (inbox / "contacts" / name).write_text("Name\nAnn\n")
    (inbox / "contacts" / "b.csv.import.json").write_text(json.dumps(MAPPING))
    assert run_ingest(inbox)["files_new"] == 1
    assert run_ingest(inbox)["files_new"] == 0
    assert read(inbox, RAW_IMPORTS)["side_file"].to_list() == [json.dumps(MAPPING)]


def test_a_side_file_is_kept_verbatim_right_or_wrong(inbox: Path) -> None:
    for name, side in (("a.csv", '{"mapping": '), ("b.csv", "{} \n"), ("c.csv", "")):
        (inbox / "contacts" / name).write_text(f"Name\n{name}\n")
        (inbox / "contacts" / f"{name}.import.json").write_text(side)
    assert run_ingest(inbox)["rows_read"] == 3
    assert sorted(read(inbox, RAW_IMPORTS)["side_file"]) == ["", '{"mapping": ', "{} \n"]
    assert run_ingest(inbox)["files_new"] == 0


def growing(source: Source, path: Path) -> Source:
    def items() -> Iterator[Item]:
        yield from source.items
        with path.open("a") as stream:
            stream.write("Bob\n")

    return Source(source.format, source.encoding, items())


@pytest.mark.parametrize("few_rows", [1, 1000])
def test_a_file_being_written_is_left_for_the_next_run(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, few_rows: int
) -> None:
    monkeypatch.setattr(raw_writer, "_FEW_ROWS", few_rows)
    path = inbox / "contacts" / "a.csv"
    path.write_text("Name\nAnn\n")
    with monkeypatch.context() as patch:
        patch.setattr(
            import_module("flows.stages.ingest"),
            "open_source",
            lambda *given: growing(reader.open_source(*given), path),
        )
        counts = run_ingest(inbox)
    assert (counts["files_new"], counts["files_waiting"]) == (0, 1)
    assert all(read(inbox, table).is_empty() for table in RAW)
    assert run_ingest(inbox)["rows_read"] == 2


def test_a_large_file_that_turns_out_unreadable_leaves_nothing_but_its_problem(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_writer, "_FEW_ROWS", 1)
    monkeypatch.setattr("flows.sources.json.tables._MOST_COLUMNS", 1)
    (inbox / "contacts" / "a.csv").write_text("Name\nAnn\n")
    (inbox / "contacts" / "b.json").write_text('[{"a": 1}, "no object", {"b": 1}]')
    counts = run_ingest(inbox)
    assert (counts["files_new"], counts["files_unreadable"], counts["rows_read"]) == (2, 1, 1)
    assert read(inbox, RAW_PROBLEMS)["code"].to_list() == ["unknown_shape"]
    assert read(inbox, OPS_QUARANTINE)["file"].to_list() == ["b.json"]


def test_links_are_refused_once(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("Name\nAnn\n")
    (inbox / "contacts" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert run_ingest(inbox)["files_unreadable"] == 1
    assert run_ingest(inbox)["files_new"] == 0
    assert read(inbox, OPS_QUARANTINE)["code"].to_list() == ["not_a_regular_file"]
    assert read(inbox, RAW_FILE_ROWS).is_empty()


def test_a_file_that_could_not_be_opened_is_settled_once_it_can_be(inbox: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("Name\nAnn\n")
    links = [inbox / "contacts" / name for name in ("link.csv", "known.csv", "other.csv")]
    for link in links:
        link.symlink_to(tmp_path / "secret.csv")
    (inbox / "leads" / "link.csv").symlink_to(tmp_path / "secret.csv")
    assert run_ingest(inbox)["files_unreadable"] == 4
    for link in links[:2]:  # one content under two names
        link.unlink()
        link.write_text("Name\nAnn\n")
    counts = run_ingest(inbox)
    assert (counts["files_new"], counts["rows_read"], counts["problems"]) == (1, 1, 0)
    left = [("contacts", "other.csv"), ("leads", "link.csv")]
    assert sorted(read(inbox, OPS_QUARANTINE).select("folder", "file").rows()) == left
    assert read(inbox, RAW_PROBLEMS).height == 2
    links[2].unlink()
    links[2].write_text("Name\nAnn\n")
    assert run_ingest(inbox)["files_new"] == 1  # known, but the entry in quarantine has gone
    assert run_ingest(inbox)["files_new"] == 0
    assert read(inbox, OPS_QUARANTINE)["folder"].to_list() == ["leads"]
    links[2].unlink()
    links[2].symlink_to(tmp_path / "secret.csv")
    assert run_ingest(inbox)["files_unreadable"] == 1  # again


def test_inputs_stay_as_they_are(inbox: Path) -> None:
    for path in CONTACTS.iterdir():
        copyfile(path, inbox / "contacts" / path.name)
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in (inbox / "contacts").iterdir()}
    run_ingest(inbox)
    assert before == {
        path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in (inbox / "contacts").iterdir()
    }


@pytest.mark.parametrize(
    ("given", "encoding", "name", "problems"),
    [
        ("cp1250", "cp1250", "Dvořák", []),
        ("utf-16", "cp1252", "Dvoøák", ["bad_side_file"]),
        (7, "cp1252", "Dvoøák", []),
    ],
)
def test_a_side_file_gives_the_encoding(
    inbox: Path, given: object, encoding: str, name: str, problems: list[str]
) -> None:
    (inbox / "contacts" / "a.csv").write_bytes("Name;City\nDvořák;Brno\n".encode("cp1250"))
    (inbox / "contacts" / "a.csv.import.json").write_text(json.dumps({"encoding": given}))
    run_ingest(inbox)
    assert read(inbox, RAW_FILES)["encoding"].to_list() == [encoding]
    assert read(inbox, RAW_FILE_ROWS)["cells"].to_list() == [[name, "Brno"]]
    assert read(inbox, RAW_PROBLEMS)["code"].to_list() == problems


def test_an_encoding_given_later_reads_the_bytes_again(inbox: Path) -> None:
    (inbox / "contacts" / "a.csv").write_bytes("Name,Email\nJiří Černý,j@example.com\n".encode("cp1250"))
    run_ingest(inbox)
    before = read(inbox, RAW_FILES).drop("encoding")
    assert read(inbox, RAW_FILE_ROWS)["cells"].to_list()[0][0] != "Jiří Černý"
    side = inbox / "contacts" / "a.csv.import.json"
    side.write_text('{"encoding": "cp1250"}')
    assert run_ingest(inbox)["files_new"] == 1
    assert read(inbox, RAW_FILE_ROWS)["cells"].to_list() == [["Jiří Černý", "j@example.com"]]
    assert read(inbox, RAW_FILES)["encoding"].to_list() == ["cp1250"]
    assert read(inbox, RAW_FILES).drop("encoding").equals(before), "since when it is known stays"
    assert len(read(inbox, RAW_IMPORTS)) == 2
    digest = digests(inbox)
    assert run_ingest(inbox)["files_new"] == 0
    assert digests(inbox) == digest
    side.write_text('{"encoding": "utf-99"}')
    run_ingest(inbox)
    assert (
        read(inbox, RAW_PROBLEMS)["code"].to_list()
        == read(inbox, OPS_QUARANTINE)["code"].to_list()
        == ["bad_side_file"]
    )
    side.write_text("{}")
    run_ingest(inbox)
    assert read(inbox, OPS_QUARANTINE).is_empty()
