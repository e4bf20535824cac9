"""Shadow rulebooks decide nothing; the latest is put to the leads and compared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from transforms.routing.documents import read_documents
from transforms.routing.shadow import find_shadow, without_shadows

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)


def records(*payloads: Any) -> pl.DataFrame:
    rows = [
        {"file_id": f"f{place}", "file_name": f"{place}.json", "run_sequence": place, "received_at": NOON,
         "record_number": 1, "payload": payload if isinstance(payload, str) else json.dumps(payload)}
        for place, payload in enumerate(payloads)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_shadows_are_told_by_their_word_and_the_latest_counts() -> None:
    some = {"channels": [{"id": "ch1"}]}
    given = records(some, some | {"shadow": True}, some | {"shadow": "yes"}, "[1]", "{", some | {"shadow": True})
    assert without_shadows(given)["file_id"].to_list() == ["f0", "f2", "f3", "f4"]
    shadow = find_shadow(given)
    assert shadow is not None
    assert (shadow.file_id, list(shadow.channels)) == ("f5", ["ch1"])


def test_an_empty_shadow_ends_it() -> None:
    assert find_shadow(records({"channels": [{"id": "ch1"}], "shadow": True}, {"shadow": True})) is None
    assert find_shadow(records({"channels": []})) is None
    assert find_shadow(records({"shadow": False})) is None


def test_a_shadow_that_cannot_be_used_is_still_one() -> None:
    shadow = find_shadow(records({"shadow": True, "rules": 5}))
    assert shadow is not None
    assert [problem.column_name for problem in shadow.problems] == ["rules"]


@pytest.mark.parametrize("word", ["yes", "true", 1, [], {}])
def test_a_rulebook_whose_word_is_neither_true_nor_false_decides_nothing(word: object) -> None:
    (document,) = read_documents(without_shadows(records({"channels": [{"id": "ch1"}], "shadow": word})))
    assert not document.channels
    assert [(problem.column_name, problem.code) for problem in document.problems] == [("shadow", "unknown_shape")]


@pytest.mark.parametrize("word", [False, None])
def test_a_rulebook_that_is_said_to_be_no_shadow_decides(word: object) -> None:
    (document,) = read_documents(without_shadows(records({"channels": [{"id": "ch1"}], "shadow": word})))
    assert (list(document.channels), document.problems) == (["ch1"], [])
