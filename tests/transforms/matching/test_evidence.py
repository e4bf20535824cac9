"""Evidence of pairs, against a loop over every pair and field."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.comparison import MISSING, Agreement, Comparison, index_values
from transforms.matching.estimation import Chances, Model
from transforms.matching.evidence import EvidenceWriter
from transforms.matching.model import FIELDS, FIRST_NAME, OTHER

NAMES = ("kind", "first_name", "email")  # that both are people goes without saying: level 0 of a kind is left out
found_of_field = st.none() | st.tuples(st.integers(0, 1), st.text(max_size=6), st.text(max_size=6))
pairs_of_fields = st.lists(st.tuples(*[found_of_field] * len(NAMES)), min_size=1, max_size=6)


def make_chances(name: str) -> Chances:
    levels = len(FIELDS[name].levels)
    match, stranger = np.full(levels, 0.5), np.full(levels, 0.125)
    return Chances(FIELDS[name], match, stranger, 0.0, 0.0, np.zeros(levels), {})


def make_agreement(found: list[tuple[int, str, str] | None]) -> tuple[Comparison, Agreement]:
    texts = [text for entry in found if entry for text in entry[1:]]
    codes = iter(np.arange(len(texts)).reshape(-1, 2).tolist())
    sides = np.array([next(codes) if entry else (-1, -1) for entry in found], np.int32)
    levels = np.array([entry[0] if entry else MISSING for entry in found], np.int16)
    sets = index_values(np.zeros(0, np.int64), np.zeros(0, np.int32), 1, len(texts))
    shown = pl.Series(texts, dtype=pl.String)
    comparison = Comparison(sets, np.zeros(0, np.int16), lambda left, right: levels[:0], shown)
    return comparison, Agreement(levels, sides[:, 0], sides[:, 1])


@given(pairs_of_fields)
def test_every_field_that_both_have_is_told(pairs) -> None:
    made = {name: make_agreement([pair[place] for pair in pairs]) for place, name in enumerate(NAMES)}
    model = Model({name: make_chances(name) for name in NAMES}, {"match": 1.0}, 1.0)
    writer = EvidenceWriter({name: comparison for name, (comparison, _) in made.items()}, model)
    written = writer.describe({name: agreement for name, (_, agreement) in made.items()})
    for text, pair in zip(written, pairs, strict=True):
        assert json.loads(text) == [
            {
                "field": name,
                "level": FIELDS[name].levels[entry[0]],
                "weight": 2.0,
                "value_l": entry[1],
                "value_r": entry[2],
            }
            for name, entry in zip(NAMES, pair, strict=True)
            if entry and not (name == "kind" and entry[0] == 0)
        ]


def test_what_a_given_name_tells_goes_without_saying_beside_it() -> None:
    found = [(0, "ann", "ann"), (len(FIRST_NAME.levels) - 1, "ann", "bob")], [(0, "f", "f"), (0, "f", "f")]
    made = dict(zip(("first_name", "sex"), map(make_agreement, found), strict=True))
    sex = Chances(replace(OTHER, name="sex"), *np.full((2, len(OTHER.levels)), 0.5), 0.0, 0.0, np.zeros(1), {}, True)
    model = Model({"first_name": make_chances("first_name"), "sex": sex}, {"match": 1.0}, 1.0)
    writer = EvidenceWriter({name: comparison for name, (comparison, _) in made.items()}, model)
    written = writer.describe({name: agreement for name, (_, agreement) in made.items()})
    assert [[entry["field"] for entry in json.loads(text)] for text in written] == [
        ["first_name"],
        ["first_name", "sex"],
    ]
