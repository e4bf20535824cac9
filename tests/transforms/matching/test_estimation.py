"""Coincidences against all pairs, patterns against a counter, and EM against pairs whose truth is known."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.coincidences import compare_strangers, estimate_coincidences
from transforms.matching.estimation import fit_model, weigh_patterns
from transforms.matching.fields import compare_levels, prepare_comparisons
from transforms.matching.patterns import count_patterns

FIRST = ["Ann", "Ben", "Cid", "Dora", "Eve", "Fay", "Gus", "Hal"]
LAST = ["Abel", "Brook", "Carter", "Ellis", "Frost", "Holt", "Ives", "Jung", "Kerr", "Lunt"]


def people_of_two_records() -> list[dict[str, str]]:
    """Eighty people; the odd ones are there twice, with a phone of their own."""
    people = []
    for number in range(80):
        person = {
            "first_name": FIRST[number % 8],
            "last_name": LAST[number // 8],
            "phone_number": f"+1212555{number * 97:04}",
        }
        people += [{"id": f"c{number:02}{copy}", **person} for copy in range(1 + number % 2)]
    return people


@given(st.lists(st.lists(st.integers(-1, 3), min_size=2, max_size=2), min_size=1, max_size=30))
def test_patterns_are_those_of_a_counter(rows) -> None:
    columns = np.array(rows, np.int16).T
    patterns = count_patterns(dict(zip(("kind", "other"), columns, strict=True)))
    assert Counter(
        dict(zip(map(tuple, patterns.levels.tolist()), patterns.counts.astype(int), strict=True))
    ) == Counter(map(tuple, rows))
    assert patterns.levels[patterns.of_pair].tolist() == rows


def test_equal_values_are_counted_exactly(matching) -> None:
    people = people_of_two_records()
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    shares = estimate_coincidences(comparisons, compare_strangers(comparisons, len(people)))["last_name"].shares
    pairs = list(combinations([person["last_name"] for person in people], 2))
    wanted = sum(one == other for one, other in pairs) / len(pairs)
    drawn = (wanted * len(pairs) + 0.002 * 500) / (len(pairs) + 500)
    assert shares[:4].sum() == pytest.approx(drawn, rel=0.01), "drawn to what is believed of any table"
    assert shares.sum() == pytest.approx(1)


def test_em_finds_how_many_pairs_are_one_person(matching) -> None:
    people = people_of_two_records()
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    left, right = (side.astype(np.int64) for side in np.triu_indices(len(people), 1))
    levels = compare_levels(comparisons, left, right)
    patterns = count_patterns(levels)
    coincidences = estimate_coincidences(comparisons, compare_strangers(comparisons, len(people)))
    model = fit_model(patterns, list(levels), coincidences, len(people), float(len(left)))
    assert model.expected["match"] == pytest.approx(40, rel=0.1)
    odds = weigh_patterns(model, patterns.levels)[patterns.of_pair]
    truth = np.array([people[one]["id"][:3] == people[other]["id"][:3] for one, other in zip(left, right, strict=True)])
    assert odds[truth].min() > 0 > odds[~truth].max()
