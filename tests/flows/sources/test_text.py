"""Encodings: what proves itself first, a guess last, and never NUL."""

from pathlib import Path

import pytest

from flows.sources.text import find_encoding
from schemas.errors import SourceError

CONTACTS = Path(__file__).parents[2] / "fixtures" / "contacts"
TEXT = "Name,City\nZoë Brontë,Genève\nJosé Núñez,Málaga\nFrançois Lefèvre,Besançon\nAnn O’Hara,München\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
    ],
)
def test_text_comes_back_as_it_was(tmp_path: Path, encoding: str, found: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert find_encoding(path) == found
    assert path.read_bytes().decode(found) == TEXT


def test_shift_jis_is_told_by_its_kana() -> None:
    path = CONTACTS / "thunderbird_shiftjis.csv"
    assert find_encoding(path) == "cp932"
    assert "名無しの権兵衛" in path.read_bytes().decode("cp932")


@pytest.mark.parametrize("content", [b"Name,Phone\nAnn,1\x00\n", TEXT.encode() + b"\x00" * 4096])
def test_nul_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        find_encoding(path)
    assert caught.value.code == "unreadable"
    assert "NUL" in str(caught.value)


def test_a_mark_that_lies_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(b"\xef\xbb\xbfName\nZo\xeb\n")
    with pytest.raises(SourceError) as caught:
        find_encoding(path)
    assert "byte-order mark" in str(caught.value)
