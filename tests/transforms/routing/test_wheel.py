"""Turns by weight: the bound of SPEC A-G9, and plain round robin where weights are equal."""

from __future__ import annotations

from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.routing.wheel import Wheel, order_from, share_turns

weights = st.lists(st.integers(1, 12), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(weights)
def test_a_g9_after_every_turn_each_member_is_less_than_one_turn_off_its_share(given_weights: list[int]) -> None:
    circle = [((place, f"u{place}"), weight) for place, weight in enumerate(given_weights)]
    total = sum(given_weights)
    served = dict.fromkeys((seat for seat, _ in circle), 0)
    for turn, seat in enumerate(islice(share_turns(circle), 2 * total), 1):
        served[seat] += 1
        assert all(abs(served[seat] - weight * turn / total) < 1 for seat, weight in circle)


@given(st.integers(1, 9), st.integers(1, 5))
def test_a_g4_equal_weights_are_plain_round_robin(size: int, weight: int) -> None:
    circle = [((place, f"u{place}"), weight) for place in range(size)]
    assert [seat[0] for seat in islice(share_turns(circle), 3 * size)] == list(range(size)) * 3


def test_a_g6_a_stretch_begins_after_the_member_served_last_even_if_that_one_has_gone() -> None:
    circle = [((1, "a"), 1), ((2, "b"), 1), ((3, "c"), 1)]
    assert order_from(circle, (2, "a")) == [((2, "b"), 1), ((3, "c"), 1), ((1, "a"), 1)]
    assert order_from(circle, (3, "c"))[0] == ((1, "a"), 1)
    wheel = Wheel()
    assert [wheel.serve(circle) for _ in range(2)] == [(1, "a"), (2, "b")]
    assert wheel.serve([circle[0], circle[2]]) == (3, "c")
    assert (wheel.turns, wheel.last) == (3, (3, "c"))
