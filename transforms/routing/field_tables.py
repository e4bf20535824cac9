"""One field's conditions as a table: for each value or interval, the rules that it lets through, as bits.

A rule is one bit. Two tricks make one table per field enough. An OR rule is compiled as its complement (no
condition holds) and flipped at the end. And conditions that must all fail (of OR rules, and the negated ones
of AND rules) share one layer, because on several values "some value satisfies one of them" is a plain union.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from schemas.vocabulary import Operator, RuleKind
from transforms.routing.conditions import Term, is_numeric

__all__ = ["WORD", "AllOf", "Bits", "FieldTable", "compile_fields", "place_of"]

Bits = npt.NDArray[np.uint64]

#: Rules per word of a bitmap.
WORD = 64

_ALL_BITS = np.uint64(2**WORD - 1)
_NONE_MAY_HOLD = 0  # the layer of conditions that must all fail; every other layer has one that must hold


@dataclass(frozen=True)
class AllOf:
    """An `all` condition of two or more values, which only a lead with several values can satisfy (SPEC A-C4).

    Attributes:
        layer: layer of the field's table that its outcome belongs to.
        word: where its rule is.
        bit: where its rule is in the word.
        classes: its values' classes; every one has to be there.
    """

    layer: int
    word: int
    bit: np.uint64
    classes: tuple[int, ...]


@dataclass(frozen=True)
class FieldTable:
    """What one field's conditions say of each class of its values.

    A number's classes are the points that conditions name and the intervals before, between and after them; a
    text's are the texts that conditions name, and any other. The last class is the missing field (SPEC A-C1).

    Attributes:
        name: the field.
        points: numbers that conditions name, ascending; None for a text field.
        texts: texts that conditions name; empty for a number field.
        satisfied: layer x class x word: a condition of that layer holds.
        flips: layer x word: what XOR turns `satisfied` into "lets the rule through".
        passes: class x word: the rules that a single value of the class lets through.
        all_of: conditions that need several values.
    """

    name: str
    points: npt.NDArray[np.float64] | None
    texts: tuple[str, ...]
    satisfied: Bits
    flips: Bits
    passes: Bits
    all_of: tuple[AllOf, ...]

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


def _compile_field(name: str, entries: list[tuple[int, Term]], kinds: Sequence[str], words: int) -> FieldTable:
    values = {value for _, term in entries for value in term.values}
    points = np.array(sorted(values), dtype=np.float64) if is_numeric(name) else None
    ordered: list[str | float] = sorted(values)
    step, start = (1, 0) if points is None else (2, 1)
    class_of = {value: place * step + start for place, value in enumerate(ordered)}
    missing = len(ordered) * step + 1
    layers = _choose_layers(entries, kinds)
    depth = max(layers) + 1
    exact, rising, falling = (np.zeros((depth, missing + 1, words), dtype=np.uint64) for _ in range(3))
    flips = np.full((depth, words), _ALL_BITS, dtype=np.uint64)
    all_of = []
    for layer, (position, term) in zip(layers, entries, strict=True):
        word, bit = place_of(position)
        if layer != _NONE_MAY_HOLD:
            flips[layer, word] &= ~bit
        classes = [class_of[value] for value in term.values]
        if term.asks_missing:
            exact[layer, missing, word] |= bit
        elif term.operator == Operator.GTE:
            rising[layer, classes[0], word] |= bit
        elif term.operator == Operator.LTE:
            falling[layer, classes[0], word] |= bit
        elif term.operator == Operator.ALL and not classes:
            rising[layer, 0, word] |= bit  # nothing is asked of a value that is there
        elif term.operator == Operator.ALL and len(classes) > 1:
            all_of.append(AllOf(layer, word, bit, tuple(classes)))
        else:
            exact[layer, classes, word] |= bit
    present = slice(0, missing)
    exact[:, present] |= np.bitwise_or.accumulate(rising[:, present], axis=1)
    exact[:, present] |= np.bitwise_or.accumulate(falling[:, present][:, ::-1], axis=1)[:, ::-1]
    passes = np.bitwise_and.reduce(exact ^ flips[:, None, :], axis=0)
    texts = tuple(str(value) for value in ordered) if points is None else ()
    return FieldTable(name, points, texts, exact, flips, passes, tuple(all_of))


def _choose_layers(entries: list[tuple[int, Term]], kinds: Sequence[str]) -> list[int]:
    """The layer of each condition: the shared one where it must fail, else the rule's next one."""
    used: dict[int, int] = defaultdict(int)
    layers = []
    for position, term in entries:
        if term.negated != (kinds[position] == RuleKind.OR):
            layers.append(_NONE_MAY_HOLD)
        else:
            used[position] += 1
            layers.append(used[position])
    return layers
