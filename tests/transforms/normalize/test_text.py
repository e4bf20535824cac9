import unicodedata
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transforms.normalize import text
from transforms.normalize.mojibake import mend_mojibake
from transforms.normalize.text import clean_text, fold_ascii, fold_text, is_junk

TEXTS = st.lists(st.none() | st.text(max_size=12) | st.text(alphabet="aA zZ\t\u00a0éßİﬁ'-.", max_size=8), max_size=8)


@pytest.fixture(autouse=True, scope="module", params=[0, 50], ids=["as many", "as few"])
def _few(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "_FEW", request.param)
        yield


def series(texts: list[str | None]) -> pl.Series:
    return pl.Series("text", texts, dtype=pl.String)


def plainly_folded(text: str | None) -> str | None:
    if text is None:
        return None
    composed = unicodedata.normalize("NFKC", mend_mojibake(text))
    folded = unicodedata.normalize("NFKC", composed.casefold())
    return " ".join(folded.split()) or None


@given(TEXTS)
@example(["  New   York ", "NEW YORK", "ＮＥＷ\u00a0york", "", None])
@example(["×\x900"])
def test_a_c8_fold_text_is_nfkc_casefold_and_single_spaces(texts: list[str | None]) -> None:
    assert fold_text(series(texts)).to_list() == [plainly_folded(text) for text in texts]


@given(TEXTS)
def test_folding_and_cleaning_again_changes_nothing(texts: list[str | None]) -> None:
    for normalize in (clean_text, fold_ascii):
        once = normalize(series(texts))
        assert normalize(once).to_list() == once.to_list()


@given(TEXTS)
def test_names_heights_and_nulls_are_kept(texts: list[str | None]) -> None:
    for normalize in (clean_text, fold_text, fold_ascii):
        result = normalize(series(texts))
        assert (result.name, result.len(), result.dtype) == ("text", len(texts), pl.String)
        assert all(result[i] is None for i, text in enumerate(texts) if text is None)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        (" O\u200bBrien\ufeff ", "OBrien"),
        ("Jose\u0301", "José"),
        ("a\x00b\x07c", "abc"),
        ("two\r\nlines", "two lines"),
        ("  McDonald  ", "McDonald"),
        (" \t ", None),
    ],
)
def test_clean_text_keeps_what_a_reader_sees(given_text: str, expected: str | None) -> None:
    assert clean_text(series([given_text])).to_list() == [expected]


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("O'Brien", "obrien"),
        ("O’Brien", "obrien"),
        ("Jean-Luc  Müller", "jean luc muller"),
        ("Łukasz Sørensen", "lukasz sorensen"),
        ("J.R. Smith, Jr.", "jr smith jr"),
        ("山田 太郎", "山田 太郎"),
        ("--", None),
    ],
)
def test_fold_ascii_drops_accents_and_punctuation(given_text: str, expected: str | None) -> None:
    assert fold_ascii(series([given_text])).to_list() == [expected]


def test_is_junk_compares_folded_and_leaves_the_empty_alone() -> None:
    texts = series([" N/A ", "none", "Nora", "", None])
    assert is_junk(texts, frozenset({"n/a", "none"})).to_list() == [True, True, False, False, False]
