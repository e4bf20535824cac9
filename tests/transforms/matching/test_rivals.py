"""A nickname that may stand for two people's given names."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.decision import CONFLICTS
from transforms.matching.fields import prepare_comparisons
from transforms.matching.outcomes import Pairs
from transforms.matching.rivals import divide_among_rivals
from transforms.matching.values import MatchingReference

REFERENCE = MatchingReference(
    pl.DataFrame({"name": ["patrick", "patricia"], "nickname": ["pat", "pat"]}), frozenset(), frozenset()
)
NAMES = ("pat", "patrick", "patricia", "john")
NONE, FIRST, BORN = -1, CONFLICTS.index("conflict_first_name"), CONFLICTS.index("conflict_birthday")


@settings(max_examples=60)
@given(st.data())
def test_as_worked_out_pair_by_pair(matching, data) -> None:
    told = data.draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=7))
    people = [{"id": f"c{place}", "first_name": name} for place, name in enumerate(told)]
    names = prepare_comparisons(matching.values(people), REFERENCE, 5)["first_name"]
    every = list(combinations(range(len(told)), 2))
    held = [pair for pair in every if data.draw(st.booleans())]
    drawn = st.tuples(st.sampled_from([0.1, 0.6, 0.9, 1.0]), st.sampled_from([NONE, NONE, FIRST, BORN]))
    found = {pair: data.draw(drawn) for pair in held}
    pairs = _pairs([(left * len(told) + right, *found[left, right]) for left, right in held])

    def odds(one: int, other: int) -> float | None:
        probability, conflict = found.get((min(one, other), max(one, other)), (0.0, NONE))
        is_blocked = conflict == BORN and probability < 0.9
        is_nickname = (
            "pat" in (told[one], told[other]) and told[one] != told[other] and "john" not in (told[one], told[other])
        )
        return (
            probability / max(1 - probability, 1e-12) if probability >= 0.5 and not is_blocked and is_nickname else None
        )

    def are_two(one: int, other: int) -> bool:
        if told[one] == told[other] or ("pat" in (told[one], told[other]) and "john" not in (told[one], told[other])):
            return False
        probability, conflict = found.get((min(one, other), max(one, other)), (0.0, NONE))
        return conflict == FIRST or (conflict == BORN and probability < 0.9)

    expected = []
    for pair in held:
        rivals = [
            strength
            for x, a in (pair, pair[::-1])
            for b in range(len(told))
            if b not in pair and are_two(a, b) and (strength := odds(x, b)) is not None
        ]
        own = odds(*pair)
        divided = own is not None and rivals
        expected.append(own / (1 + own + max(rivals)) if divided else found[pair][0])
    assert divide_among_rivals(pairs, len(told), names) == pytest.approx(np.array(expected))


def test_who_may_be_either_is_neither(matching) -> None:
    """Until something says which of the two it is."""
    home = {"last_name": "Smith", "phone_number": "+12125550123"}
    draw = np.random.default_rng(3)
    others = [
        {"id": f"p{number:03}{copy}", "first_name": chr(97 + number % 25) * 5, "last_name": f"q{number:04}",
         "phone_number": f"+1212666{number:04}", "birthday": date.fromordinal(712000 + int(number * 37))}
        for number in range(200) for copy in range(1 + int(draw.integers(2)))
    ]  # fmt: skip
    people = [
        *others,
        {"id": "a", "first_name": "Robert", **home, "birthday": date(1960, 3, 4)},
        {"id": "b", "first_name": "Roberta", **home, "birthday": date(1971, 9, 12)},
        {"id": "x", "first_name": "Bob", **home},
    ]
    nicknames = pl.DataFrame({"name": ["robert", "roberta"], "nickname": ["bob", "bob"]})
    known_names = replace(matching, reference=MatchingReference(nicknames, frozenset(), frozenset()))
    matched = known_names.match(people)
    assert not any({"a", "b", "x"} & set(ids) for ids in matched.members("merged"))
    assert matched.decision("a", "x") == matched.decision("b", "x") == ("review", "same_phone")
    told = [{**person, "birthday": date(1960, 3, 4)} if person["id"] == "x" else person for person in people]
    assert ["a", "x"] in known_names.match(told).members("merged")


def _pairs(rows: list[tuple[int, float, int]]) -> Pairs:
    codes, probabilities, conflicts = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    count = len(rows)
    none, flags = np.full(count, NONE, np.int8), np.zeros(count, np.bool_)
    return Pairs(
        np.array(codes, np.int64), np.array(probabilities, np.float64), flags, none, np.array(conflicts, np.int8),
        none, flags, flags,
    )  # fmt: skip
