"""One door: the reader that fits the content."""

from pathlib import Path
from shutil import copyfile

import pytest

from flows.settings import Limits
from flows.sources.inbox import list_inbox
from flows.sources.reader import open_source
from schemas.errors import SourceError
from schemas.vocabulary import Folder

CONTACTS = Path(__file__).parents[2] / "fixtures" / "contacts"


def open_as(tmp_path: Path, content: Path | bytes, name: str, limits: Limits | None = None) -> str:
    path = tmp_path / "contacts" / name
    path.parent.mkdir()
    if isinstance(content, Path):
        copyfile(content, path)
    else:
        path.write_bytes(content)
    (file,) = list_inbox(tmp_path, (Folder.CONTACTS,)).files
    return open_source(file, limits or Limits()).format


@pytest.mark.parametrize(
    ("source", "name", "found"),
    [
        ("semicolon.csv", "export.xls", "csv"),
        ("exotic_types.xlsx", "export.xls", "xlsx"),
        ("exotic_types.xls", "export.XLSX", "xls"),
        ("exotic_types.xlsx", "export.csv", "xlsx"),
        ("graph_contacts.json", "export.jsonl", "json"),
    ],
)
def test_content_decides(tmp_path: Path, source: str, name: str, found: str) -> None:
    assert open_as(tmp_path, CONTACTS / source, name) == found


@pytest.mark.parametrize(
    ("source", "name", "what"),
    [
        ("not_a_spreadsheet.xlsx", "a.xlsx", "the name ends in .xlsx, the content is a PNG image"),
        ("exotic_types.xlsx", "a.json", "the name ends in .json, the content is a workbook"),
        ("graph_contacts.json", "a.csv", "the name ends in .csv, the content is JSON"),
    ],
)
def test_a_wrong_name_is_told_with_the_content(tmp_path: Path, source: str, name: str, what: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_as(tmp_path, CONTACTS / source, name)
    assert caught.value.code == "wrong_file_type"
    assert what in str(caught.value)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        open_as(tmp_path, b"Name\n" + b"x\n" * (1 << 20), "a.csv", Limits(file_mb=1))
    assert caught.value.code == "too_large"
