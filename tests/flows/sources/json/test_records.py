"""JSON and JSON lines: records verbatim, a broken one costs itself only."""

import json
from pathlib import Path

import pytest

from flows.sources.items import Records, Rows
from flows.sources.json.records import open_json
from flows.sources.json.texts import find_json_error
from flows.sources.messages import Fault, SheetRead
from schemas.errors import SourceError
from schemas.vocabulary import Folder

CONTACTS = Path(__file__).parents[3] / "fixtures" / "contacts"


def read(path: Path, folder: Folder) -> tuple[list[tuple[int, str]], list[Fault]]:
    items = list(open_json(path, folder).items)
    records = [row for item in items if isinstance(item, Records) for row in item.frame.rows()]
    return records, [item for item in items if isinstance(item, Fault)]


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_table(path: Path) -> tuple[SheetRead, list[tuple[int, list[str]]]]:
    items = list(open_json(path, Folder.CONTACTS).items)
    (sheet,) = (item for item in items if isinstance(item, SheetRead))
    return sheet, [row for item in items if isinstance(item, Rows) for row in item.frame.rows()]


def test_lines_keep_their_text_and_number(tmp_path: Path) -> None:
    lines = ['{"id": 1.0,  "lead":{"a":"é"}}', "", '{"broken": ', '["no object"]', ' {"id":12345678901234567890123} ']
    records, faults = read(write(tmp_path, "leads.jsonl", "\n".join(lines)), Folder.LEADS)
    assert records == [(1, lines[0]), (5, lines[4].strip())]
    assert [(fault.code, fault.row_number, fault.value) for fault in faults] == [
        ("broken_json", 3, lines[2].strip()),
        ("unknown_shape", 4, lines[3]),
    ]


def test_a_bad_byte_costs_one_line(tmp_path: Path) -> None:
    records, faults = read(write(tmp_path, "leads.jsonl", b'{"a":1}\n{"a":"\xff"}\n{"a":3}\n'), Folder.LEADS)
    assert [number for number, _ in records] == [1, 3]
    assert [(fault.code, fault.row_number) for fault in faults] == [("broken_json", 2)]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_no_content(tmp_path: Path, mark: str) -> None:
    content = '{"a":"é"}\n{"a":2}\n'
    assert read(write(tmp_path, "leads.jsonl", content.encode(mark)), Folder.LEADS)[0][0] == (1, '{"a":"é"}')
    assert read(write(tmp_path, "lead.json", '{"a":"é"}'.encode(mark)), Folder.LEADS)[0] == [(1, '{"a":"é"}')]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"lead": {"a": 1}}', ['{"lead": {"a": 1}}']),
        ('[{"a": 1.50}, {"a":2}]', ['{"a": 1.50}', '{"a":2}']),
        ('{"leads": [{"a": 1}, {"a":2}]}', ['{"a": 1}', '{"a":2}']),
        ('{"a": 1}\n{"a": 2}\n', ['{"a": 1}', '{"a": 2}']),  # lines, whatever the name says
    ],
)
def test_documents_of_leads(tmp_path: Path, content: str, expected: list[str]) -> None:
    records, faults = read(write(tmp_path, "leads.json", content), Folder.LEADS)
    assert records == list(enumerate(expected, start=1))
    assert faults == []


def test_a_list_named_jsonl_is_a_list(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, "leads.jsonl", '[\n {"a": 1},\n {"a": 2}\n]'), Folder.LEADS)[0]) == 2


def test_directory_and_rulebook_are_one_record(tmp_path: Path) -> None:
    content = '{\n "brands": [{"id": "x"}],\n "users": []\n}\n'
    assert read(write(tmp_path, "all.json", content), Folder.DIRECTORY)[0] == [(1, content)]
    with pytest.raises(SourceError) as caught:
        read(write(tmp_path, "list.json", "[]"), Folder.ROUTING)
    assert caught.value.code == "unknown_shape"


@pytest.mark.parametrize("folder", [Folder.LEADS, Folder.CONTACTS, Folder.ROUTING])
def test_a_broken_document_says_where(tmp_path: Path, folder: Folder) -> None:
    with pytest.raises(SourceError) as caught:
        read(write(tmp_path, "broken.json", '{"name": "Ann Secret",\n "x": }'), folder)
    assert caught.value.code == "broken_json"
    assert "line 2" in caught.value.what
    assert "Secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a": 1, "a": 2}',
        '{"b": {"a": 1, "a": 2}, "c": {"a": 1}}',
        "[" * 5000 + "]" * 5000,
        '{"a": 1} x',
        "",
    ],
)
def test_json_that_readers_disagree_on_is_broken(text: str) -> None:
    assert find_json_error(text)


@pytest.mark.parametrize("text", ['{"a": {"x": 1}, "b": {"x": "\\"x\\": 2"}}', "[1e300, -0.0, 12345678901234567890]"])
def test_sound_json_is_not(text: str) -> None:
    assert find_json_error(text) is None


def test_im1_documented_contacts_are_records(tmp_path: Path) -> None:
    contacts = [
        {"attributes": [{"attribute_type": "email", "text": "a@b.co"}], "user": "u"},
        {"attributes": [], "ios_address_book_id": "x"},
    ]
    for name, content in (
        ("wrapped.json", json.dumps({"contacts": contacts})),
        ("list.json", json.dumps(contacts)),
        ("lines.jsonl", "\n".join(map(json.dumps, contacts))),
    ):
        records, faults = read(write(tmp_path, name, content), Folder.CONTACTS)
        assert [json.loads(text) for _, text in records] == contacts
        assert faults == []


def test_other_objects_are_rows_of_a_table() -> None:
    sheet, rows = read_table(CONTACTS / "graph_contacts.json")
    assert (sheet.name, sheet.header_line, sheet.rows_count) == ("", 0, 3)
    first = dict(zip(sheet.header, rows[0][1], strict=True))
    assert first["EmailAddresses.0.Address"] == "john.smith@acme.com"
    assert first["BusinessAddress.PostalCode"] == "90210"
    assert [number for number, _ in rows] == [1, 2, 3]


def test_an_export_that_wraps_its_list() -> None:
    sheet, rows = read_table(CONTACTS / "salesforce_contacts.json")
    assert sheet.header[:4] == ["attributes.type", "attributes.referenceId", "FirstName", "LastName"]
    assert rows[0][1][2:4] == ["Brad", "Holmes"]


def test_cells_of_objects_are_the_numbers_as_written(tmp_path: Path) -> None:
    content = '[{"a.b": 1.50, "a": {"b": 2}, "c": null, "d": [], "e": true}, {"f": 4155550100123456789}]'
    sheet, rows = read_table(write(tmp_path, "odd.json", content))
    assert sheet.header == ["a.b", "a.b (1)", "e", "f"]
    assert rows == [(1, ["1.50", "2", "TRUE", ""]), (2, ["", "", "", "4155550100123456789"])]


def test_more_keys_than_columns_are_refused(tmp_path: Path) -> None:
    content = "\n".join(json.dumps({f"key{number}": 1}) for number in range(3000))
    with pytest.raises(SourceError) as caught:
        read_table(write(tmp_path, "keys.jsonl", content))
    assert caught.value.code == "unknown_shape"


@pytest.mark.parametrize("content", ["[]", '{"contacts": []}'])
def test_no_record_is_reported(tmp_path: Path, content: str) -> None:
    assert [fault.code for fault in read(write(tmp_path, "none.json", content), Folder.CONTACTS)[1]] == ["no_data_rows"]
