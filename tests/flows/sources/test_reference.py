"""Reference data is text."""

import polars as pl
import pytest

from flows.sources.reference import load_document, load_reference
from schemas.errors import NotFoundError


def test_lists_are_text_frames() -> None:
    junk = load_reference("junk_values.csv")
    assert set(junk.schema.values()) == {pl.String()}
    assert "n/a" in junk["value"].to_list()


def test_documents_are_json() -> None:
    assert len(load_document("attribute_defs.json")) == 30


def test_missing_ones_are_named() -> None:
    with pytest.raises(NotFoundError, match=r"data/reference/nothing\.csv"):
        load_reference("nothing.csv")
