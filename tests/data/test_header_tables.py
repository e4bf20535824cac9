"""The header tables and the labelled headers speak of attributes that there are."""

import csv
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from flows.sources.reference import load_document, load_reference
from transforms.attribute_defs import AttributeDefs, read_attribute_defs
from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, OF_THE_PERSON
from transforms.importing.header_text import fold_header
from transforms.importing.mapping import CONTACT_FIELDS, find_def

GOLDEN = Path(__file__).parents[1] / "golden" / "headers"
#: What a header is in other company, besides attributes.
ROLES = {"property", "purchase", "number", "contact", "client", "ward", "account", "bank"}
WORD_KINDS = {"place", "prefix", "rank", "noise", "filler", "partner", "stop", "short", "party"}


@pytest.fixture(scope="module")
def defs() -> AttributeDefs:
    return AttributeDefs(read_attribute_defs(load_document("attribute_defs.json")))


def unknown_types(given: Iterable[str | None], defs: AttributeDefs) -> set[str]:
    types = {kind for text in given if text for kind in text.split("|") if kind}
    return {
        kind
        for kind in types - {KNOWN_BUT_NOT_TAKEN, OF_THE_PERSON, *ROLES, *CONTACT_FIELDS}
        if find_def(kind, defs, None) is None
    }


def test_header_tables_name_only_known_attributes(defs: AttributeDefs) -> None:
    for name in ("header_names.csv", "header_layouts.csv"):
        assert unknown_types(load_reference(name)["attribute_type"], defs) == set()


def test_header_tables_say_each_thing_once() -> None:
    names, words = load_reference("header_names.csv"), load_reference("header_words.csv")
    assert names.select("header", "lang").is_duplicated().sum() == 0
    assert words.select("word", "kind", "lang").is_duplicated().sum() == 0
    assert set(words["kind"]) == WORD_KINDS
    assert not [text for text in (*names["header"], *words["word"]) if not fold_header(text)]


def test_every_labelled_layout_is_listed_and_speaks_of_known_attributes(defs: AttributeDefs) -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| (?:train|held_out) \|", (GOLDEN / "SOURCES.md").read_text("utf-8"), re.M))
    assert listed == {path.stem for path in GOLDEN.glob("*.csv")}
    for path in GOLDEN.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert unknown_types((row["attribute_type"] for row in csv.DictReader(file)), defs) == set(), path.stem
