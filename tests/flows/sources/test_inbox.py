"""The inbox: order, what is passed over, what is never opened."""

import os
import time
from pathlib import Path

import pytest

from flows.sources.inbox import identify, is_unchanged, list_inbox, read_side_text
from schemas.vocabulary import Folder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Two files in each folder, one of them in a folder below."""
    for folder, suffix in (("leads", "json"), ("contacts", "csv"), ("directory", "json"), ("requests", "jsonl")):
        (tmp_path / folder / "2024").mkdir(parents=True)
        (tmp_path / folder / f"b.{suffix}").write_text("b")
        (tmp_path / folder / "2024" / f"a.{suffix}").write_text("a")
    return tmp_path


def test_files_come_in_the_contract_order(inbox: Path) -> None:
    names = [(file.folder, file.name) for file in list_inbox(inbox).files]
    assert names == [
        (Folder.DIRECTORY, "2024/a.json"), (Folder.DIRECTORY, "b.json"),
        (Folder.REQUESTS, "2024/a.jsonl"), (Folder.REQUESTS, "b.jsonl"),
        (Folder.CONTACTS, "2024/a.csv"), (Folder.CONTACTS, "b.csv"),
        (Folder.LEADS, "2024/a.json"), (Folder.LEADS, "b.json"),
    ]  # fmt: skip
    assert [file.folder for file in list_inbox(inbox, (Folder.LEADS,)).files] == [Folder.LEADS] * 2


def test_no_inbox_is_an_empty_one(tmp_path: Path) -> None:
    assert list_inbox(tmp_path / "nowhere").files == []


def test_what_programs_leave_is_passed_over_and_counted(inbox: Path) -> None:
    for name in (".DS_Store", "~$lock.xlsx", "Thumbs.db", "big.csv.part", ".cache/x.csv"):
        (inbox / "contacts" / name).parent.mkdir(exist_ok=True)
        (inbox / "contacts" / name).write_text("x")
    (inbox / "stray.csv").write_text("x")
    (inbox / "contacts" / "gone.csv.import.json").write_text("{}")
    listing = list_inbox(inbox)
    assert len(listing.files) == 8
    assert (listing.hidden, listing.elsewhere) == (5, 2)


def test_a_side_file_belongs_to_its_file(inbox: Path) -> None:
    (inbox / "contacts" / "b.csv.import.json").write_text("{}")
    listing = list_inbox(inbox, (Folder.CONTACTS,))
    assert [file.name for file in listing.files] == ["2024/a.csv", "b.csv"]
    assert listing.files[1].side_path.exists()
    assert listing.elsewhere == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_im2_the_side_text_is_verbatim(inbox: Path, encoding: str) -> None:
    content = '{"tag":  "Zoë"}\r\n'
    (inbox / "contacts" / "b.csv.import.json").write_bytes(content.encode(encoding))
    first, second = list_inbox(inbox, (Folder.CONTACTS,)).files
    assert read_side_text(first) is None
    assert read_side_text(second) == content


def test_a_side_file_that_is_a_link_is_not_followed(inbox: Path) -> None:
    (inbox / "contacts" / "b.csv.import.json").symlink_to(inbox / "leads" / "b.json")
    assert read_side_text(list_inbox(inbox, (Folder.CONTACTS,)).files[1]) == ""


def test_links_pipes_and_unknown_kinds_are_problems(inbox: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("Name\nAnn\n")
    (inbox / "contacts" / "link.csv").symlink_to(secret)
    (inbox / "contacts" / "linked_folder").symlink_to(inbox / "leads")
    os.mkfifo(inbox / "contacts" / "pipe.csv")
    (inbox / "contacts" / "card.vcf").write_text("BEGIN:VCARD")
    problems = {file.name: file.problem.code for file in list_inbox(inbox).files if file.problem}
    assert problems == {
        "link.csv": "not_a_regular_file",
        "linked_folder": "not_a_regular_file",
        "pipe.csv": "not_a_regular_file",
        "card.vcf": "wrong_file_type",
    }
    for file in list_inbox(inbox).files:
        named, fingerprint = identify(file)
        if named.problem and named.problem.code == "not_a_regular_file":
            assert fingerprint.size == 0
            assert is_unchanged(named, fingerprint)


def test_content_names_a_file(inbox: Path) -> None:
    (inbox / "contacts" / "copy.csv").write_text("b")
    ids = {file.name: identify(file)[1].file_id for file in list_inbox(inbox, (Folder.CONTACTS,)).files}
    assert ids["b.csv"] == ids["copy.csv"] == "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
    assert ids["2024/a.csv"] != ids["b.csv"]


def test_a_write_after_the_fingerprint_shows(inbox: Path) -> None:
    file = list_inbox(inbox, (Folder.CONTACTS,)).files[1]
    _, fingerprint = identify(file)
    assert is_unchanged(file, fingerprint)
    time.sleep(0.01)
    with file.path.open("a") as stream:
        stream.write("more")
    assert not is_unchanged(file, fingerprint)
    file.path.unlink()
    assert not is_unchanged(file, fingerprint)


def test_glob_signs_and_odd_bytes_in_names_are_only_names(inbox: Path) -> None:
    (inbox / "contacts" / "[ab].csv").write_text("x")
    Path(os.fsdecode(os.fsencode(inbox / "contacts") + b"/caf\xe9.csv")).write_text("y")
    names = [file.name for file in list_inbox(inbox, (Folder.CONTACTS,)).files]
    assert names == ["2024/a.csv", "[ab].csv", "b.csv", "caf\ufffd.csv"]


def test_a_name_too_long_to_have_a_side_file_has_none(inbox: Path) -> None:
    (inbox / "contacts" / f"{'n' * 250}.csv").write_text("x")
    named = next(file for file in list_inbox(inbox, (Folder.CONTACTS,)).files if file.name.startswith("n"))
    assert read_side_text(named) is None


def test_a_folder_that_cannot_be_looked_into_is_a_problem(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("2024"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files = list_inbox(inbox, (Folder.CONTACTS,)).files
    assert [(file.name, file.problem and file.problem.code) for file in files] == [
        ("2024", "unreadable"), ("b.csv", None),
    ]  # fmt: skip
    assert identify(files[0])[1].size == 0
