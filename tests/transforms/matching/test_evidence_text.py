"""Evidence in words, and sums that come out at the probability."""

import json
import math

import pytest

from transforms.matching.evidence_text import read_waterfall, tell_evidence, tell_waterfall
from transforms.matching.spanning import Edge, find_weakest, grow_trees

NAMES = {"field": "last_name", "level": "different", "score": 0.4, "weight": -3.25, "value_l": "Bell", "value_r": "Ha"}
EMAIL = {"field": "email", "level": "exact", "score": 1.0, "weight": 17.5, "value_l": "k@x.co", "value_r": "k@x.co"}
EVIDENCE = json.dumps([NAMES, EMAIL])


def test_in_words() -> None:
    assert tell_evidence(EVIDENCE) == "last name different: Bell / Ha; email exact: k@x.co"
    assert tell_evidence(None) == ""


@pytest.mark.parametrize("probability", [0.0, 1e-4, 0.5, 0.993, 1.0])
def test_the_steps_add_up_to_the_probability(probability) -> None:
    fall = read_waterfall(probability, "fuzzy", EVIDENCE)
    assert [step.field for step in fall.steps] == ["email", "last_name"], "the strongest first"
    total = fall.start + sum(step.weight for step in fall.steps)
    assert math.isclose(total, fall.total)
    assert abs(1 / (1 + 2**-total) - probability) < 1e-8


def test_what_a_person_decided_has_no_start() -> None:
    fall = read_waterfall(1.0, "request", EVIDENCE)
    assert (fall.start, fall.total) == (None, 14.25)
    assert "prior and overlap" not in "".join(tell_waterfall(fall))


def test_lines() -> None:
    lines = list(tell_waterfall(read_waterfall(0.5, "fuzzy", EVIDENCE)))
    assert lines[0].split() == ["prior", "and", "overlap", "-14.2"]
    assert lines[1].split() == ["email", "exact", "(1.00)", "+17.5", "k@x.co", "|", "k@x.co"]
    assert lines[-1].split() == ["sum,", "log2", "odds", "+0.0"]


def edges(**probabilities: float) -> dict[tuple[str, str], Edge]:
    return {(pair[0], pair[1]): Edge(probability, *pair) for pair, probability in probabilities.items()}


def test_the_weakest_link_is_that_of_the_strongest_tree() -> None:
    weakest = find_weakest(edges(ab=0.99, bc=0.95, ac=0.6))
    assert (weakest.left, weakest.right) == ("b", "c")
    assert find_weakest({}) is None


def test_trees_are_grown_from_the_lowest() -> None:
    trees = [[node for node, _ in tree] for tree in grow_trees(edges(ab=0.7, bc=0.9, ad=0.8, ef=0.5))]
    assert trees == [["a", "d", "b", "c"], ["e", "f"]]
