"""Mojibake is mended where the whole text shows it, and nowhere else."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.vocabulary import ProblemCode
from transforms.importing.kinds import Junk, normalize_values
from transforms.normalize.mojibake import mend_mojibake
from transforms.normalize.text import clean_text, fold_ascii, fold_text

MEANT = ("Müller", "José Ñandú", "François", "“hi”, it’s me", "naïve — café", "Иван Петров", "山田 太郎", "Łódź")


def take_for(text: str, encoding: str) -> str:
    """UTF-8 text read in a wrong encoding; bytes without a character stay as control characters."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("encoding", ["cp1252", "latin_1"])
@pytest.mark.parametrize("text", MEANT)
def test_text_saved_in_a_western_encoding_is_itself_again_however_often(text: str, encoding: str) -> None:
    once = take_for(text, encoding)
    assert mend_mojibake(once) == text
    assert mend_mojibake(take_for(once, encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"), [("José Ñandú", "mac_roman"), ("François", "mac_roman"), ("Иван Петров", "cp1251")]
)
def test_text_saved_on_a_mac_or_in_cyrillic_windows_is_itself_again(text: str, encoding: str) -> None:
    assert mend_mojibake(take_for(text, encoding)) == text


@pytest.mark.parametrize(
    "text",
    [
        *MEANT,
        "SÃO PAULO",
        "PREÇO",
        "Ângela",
        "Ælfric",
        "«Привет»",
        "É«",
        "Strauß",
        "Ελλάδα",
        "groß\u00a05",
        "SPÖ\u00a0Wien",
        "Lyon–Évian",
        "",
    ],
)
def test_text_that_is_meant_so_stays(text: str) -> None:
    assert mend_mojibake(text) == text


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_what_is_mended_is_never_longer(text: str) -> None:
    mended = mend_mojibake(text)
    assert mended == text or len(mended) < len(text)


def test_every_form_of_a_text_is_mended() -> None:
    values = pl.Series(["JosÃ©  GarcÃ\xada"])
    assert clean_text(values).to_list() == ["José García"]
    assert fold_text(values).to_list() == ["josé garcía"]
    assert fold_ascii(values).to_list() == ["jose garcia"]


def test_a_note_is_mended_and_keeps_its_lines() -> None:
    notes = normalize_values(pl.Series([" MÃ¼ller\r\nrief an "]), "note", "US", Junk(frozenset(), frozenset()))
    assert notes["text"].to_list() == ["Müller\r\nrief an"]
    assert ProblemCode.PLACEHOLDER not in notes["code"].to_list()
