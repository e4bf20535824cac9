"""One field's conditions as a table: for each value or interval, the rules that it lets through, as bits.

A rule is one bit. Three tricks make a few layers of bits per field enough. An OR rule is compiled as its
complement (no condition holds) and flipped at the end. Conditions that must all fail (of OR rules, and the
negated ones of AND rules) share one layer, because on several values "some value satisfies one of them" is a
plain union. And an `all` that must hold is as many conditions as it has values.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from schemas.vocabulary import Operator, RuleKind
from transforms.routing.conditions import Term

__all__ = ["WORD", "Bits", "FieldTable", "compile_fields", "let_through", "place_of"]

Bits = npt.NDArray[np.uint64]

#: Rules per word of a bitmap.
WORD = 64

_ALL_BITS = np.uint64(2**WORD - 1)
_NONE_MAY_HOLD = 0  # the layer of conditions that must all fail; the others have one each that must hold


@dataclass(frozen=True)
class FieldTable:
    """What one field's conditions say of each class of its values.

    A number's classes are the points that conditions name and the intervals before, between and after them; a
    text's are the texts that conditions name, and any other. The last class is the missing field (SPEC A-C1).

    Attributes:
        name: the field.
        points: numbers that conditions name, ascending; None for a text field.
        texts: texts that conditions name; empty for a number field.
        satisfied: class x layer x word: a condition of that layer holds.
        flips: layer x word: what XOR turns `satisfied` into "lets the rule through".
        several: how many `all` conditions of two or more values that must fail a rule has at most, and of how many
            values; each of those values has a layer after the ones that `flips` speaks of (SPEC A-C4).
        passes: class x word: the rules that a single value of the class lets through.
    """

    name: str
    points: npt.NDArray[np.float64] | None
    texts: tuple[str, ...]
    satisfied: Bits
    flips: Bits
    several: tuple[int, int]
    passes: Bits

    @property
    def missing(self) -> int:
        """The class of a missing field."""
        return int(self.passes.shape[0]) - 1

    @property
    def other(self) -> int:
        """The class of a text that no condition names."""
        return self.missing - 1


def place_of(position: int) -> tuple[int, np.uint64]:
    """Word and bit of a rule."""
    return position // WORD, np.uint64(1 << position % WORD)


def compile_fields(kinds: Sequence[str], asked: Sequence[Sequence[Term]]) -> tuple[FieldTable, ...]:
    """One table per field that some rule asks.

    Args:
        kinds: AND or OR of each rule, in the order of the bits.
        asked: conditions of each rule; none for a default rule.
    """
    by_field: dict[str, list[tuple[int, Term]]] = defaultdict(list)
    for position, terms in enumerate(asked):
        for term in terms:
            by_field[term.field].append((position, term))
    words = -(-len(kinds) // WORD)
    return tuple(_compile_field(name, by_field[name], kinds, words) for name in sorted(by_field))


def let_through(held: Bits, flips: Bits, several: tuple[int, int]) -> Bits:
    """The rules that some values let through, from the conditions that hold for them.

    Args:
        held: values x layer x word, as `FieldTable.satisfied`; for several values the union of theirs.
        flips: of the table.
        several: of the table.

    Returns:
        values x word.
    """
    passes: Bits = held[:, _NONE_MAY_HOLD] ^ flips[_NONE_MAY_HOLD]
    for layer in range(1, len(flips)):
        passes &= held[:, layer] ^ flips[layer]
    conditions, values = several
    for first in range(len(flips), len(flips) + conditions * values, max(values, 1)):
        every = held[:, first].copy()
        for layer in range(first + 1, first + values):
            every &= held[:, layer]
        passes &= ~every
    return passes


def _compile_field(name: str, entries: list[tuple[int, Term]], kinds: Sequence[str], words: int) -> FieldTable:
    values = {value for _, term in entries for value in term.values}
    is_numeric = entries[0][1].is_numeric
    points = np.array(sorted(values), dtype=np.float64) if is_numeric else None
    ordered: list[str | float] = sorted(values)
    step, start = (1, 0) if points is None else (2, 1)
    class_of = {value: place * step + start for place, value in enumerate(ordered)}
    missing = len(ordered) * step + 1
    layered, must_fail = _assign_layers(entries, kinds)
    depth = 1 + max((layer for layer, _, _ in layered), default=0)
    several = (1 + max((place for place, _, _ in must_fail), default=-1),
               max((len(term.values) for _, _, term in must_fail), default=0))  # fmt: skip
    exact = np.zeros((missing + 1, depth + several[0] * several[1], words), dtype=np.uint64)
    rising, falling = np.zeros((2, missing, depth, words), dtype=np.uint64)
    flips = np.full((depth, words), _ALL_BITS, dtype=np.uint64)
    for layer, position, term in layered:
        word, bit = place_of(position)
        if layer != _NONE_MAY_HOLD:
            flips[layer, word] &= ~bit
        classes = [class_of[value] for value in term.values]
        if term.asks_missing:
            exact[missing, layer, word] |= bit
        elif term.operator == Operator.GTE:
            rising[classes[0], layer, word] |= bit
        elif term.operator == Operator.LTE:
            falling[classes[0], layer, word] |= bit
        elif term.operator == Operator.ALL and not classes:
            rising[0, layer, word] |= bit  # nothing is asked of a value that is there
        else:
            exact[classes, layer, word] |= bit
    exact[:missing, :depth] |= np.bitwise_or.accumulate(rising, axis=0)
    exact[:missing, :depth] |= np.bitwise_or.accumulate(falling[::-1], axis=0)[::-1]
    for place, position, term in must_fail:
        word, bit = place_of(position)
        first = depth + place * several[1]
        for offset in range(several[1]):  # beyond its last value any value will do
            wanted = class_of[term.values[offset]] if offset < len(term.values) else slice(0, missing)
            exact[wanted, first + offset, word] |= bit
    texts = tuple(str(value) for value in ordered) if points is None else ()
    return FieldTable(name, points, texts, exact, flips, several, let_through(exact, flips, several))


#: Layer (or number of the condition in its rule), bit, and condition.
_Placed = list[tuple[int, int, Term]]


def _assign_layers(entries: list[tuple[int, Term]], kinds: Sequence[str]) -> tuple[_Placed, _Placed]:
    """Conditions by layer, and apart from them each rule's `all` of two or more values that must fail."""
    used: dict[int, int] = defaultdict(int)
    apart: dict[int, int] = defaultdict(int)
    layered: _Placed = []
    must_fail: _Placed = []
    for position, term in entries:
        has_to_hold = term.negated == (kinds[position] == RuleKind.OR)
        takes_several = term.operator == Operator.ALL and len(term.values) > 1
        if has_to_hold:
            for part in [_narrow(term, place) for place in range(len(term.values))] if takes_several else [term]:
                used[position] += 1
                layered.append((used[position], position, part))
        elif takes_several:
            must_fail.append((apart[position], position, term))
            apart[position] += 1
        else:
            layered.append((_NONE_MAY_HOLD, position, term))
    return layered, must_fail


def _narrow(term: Term, place: int) -> Term:
    """The condition with one of its values alone."""
    return replace(term, values=term.values[place : place + 1])
