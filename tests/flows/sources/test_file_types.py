"""A file is what its content says, and the message names both that and the name's promise."""

import io
import zipfile
from pathlib import Path

import pytest

from flows.sources.file_types import FileType, find_file_type
from schemas.errors import SourceError

CONTACTS = Path(__file__).parents[2] / "fixtures" / "contacts"


def archive_of(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"")
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("exotic_types.xlsx", FileType.XLSX),
        ("exotic_types.xls", FileType.XLS),
        ("biff5.xls", FileType.XLS),
        ("encrypted.xls", FileType.XLS),  # only its records are encrypted, which the reader finds
        ("outlook_like.csv", FileType.TEXT),
        ("thunderbird_utf16le_bom.csv", FileType.TEXT),
        ("graph_contacts.json", FileType.TEXT),
    ],
)
def test_type_by_content(name: str, expected: FileType) -> None:
    assert find_file_type(CONTACTS / name) is expected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "a PNG image"),
        (b"%PDF-1.7 ....", "a PDF document"),
        (b"\x1f\x8b\x08....", "a gzip archive"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML document"),
        (archive_of("Index/Document.iwa"), "an Apple Numbers document"),
    ],
)
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".json"])
def test_other_content_is_named_with_the_suffix(tmp_path: Path, content: bytes, kind: str, suffix: str) -> None:
    path = tmp_path / f"contacts{suffix}"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        find_file_type(path)
    assert caught.value.code == "wrong_file_type"
    assert kind in caught.value.what
    assert suffix in caught.value.what


@pytest.mark.parametrize("content", [b"\n<!DOCTYPE HTML><html><body>Sign in", b"\xef\xbb\xbf<table><tr><td>Name"])
def test_html_is_a_workbook_only_where_the_name_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "contacts.xls").write_bytes(content)
    assert find_file_type(tmp_path / "contacts.xls") is FileType.HTML
    (tmp_path / "contacts.csv").write_bytes(content)
    with pytest.raises(SourceError, match="HTML page") as caught:
        find_file_type(tmp_path / "contacts.csv")
    assert caught.value.code == "wrong_file_type"


def test_an_xml_spreadsheet_is_told_in_any_encoding(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / "contacts.xls").write_bytes(text.encode(encoding))
        assert find_file_type(tmp_path / "contacts.xls") is FileType.SPREADSHEET_XML


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n \t\n", b"\x00" * 100])
def test_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        find_file_type(path)
    assert caught.value.code == "empty_file"


def test_encrypted_workbook_is_an_office_document_with_an_encrypted_package() -> None:
    with pytest.raises(SourceError) as caught:
        find_file_type(CONTACTS / "encrypted.xlsx")
    assert caught.value.code == "encrypted"
    assert "password" in str(caught.value)


def test_workbook_cut_off_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "cut.xlsx"
    path.write_bytes((CONTACTS / "exotic_types.xlsx").read_bytes()[:3000])
    with pytest.raises(SourceError) as caught:
        find_file_type(path)
    assert caught.value.code == "unreadable"
