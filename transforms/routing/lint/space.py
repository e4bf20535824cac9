"""The space of all leads that rules can tell apart, one axis per field, and what conditions say on an axis.

An axis has the classes of `FieldTable`: the values that conditions name, what lies between, and the missing field. A
set of classes is the bits of a whole number. A field with one value at most is in one class; what is known of it is
the set it may be in. Of a field with several values is known which classes hold none of them, and sets of which each
holds at least one. Both kinds are closed under "and" and "not", so that a proof needs no other shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.vocabulary import Operator
from transforms.leads.normal_form import FIELD_TYPES, MULTI_FIELDS
from transforms.routing.conditions import Term, is_numeric

__all__ = ["Axis", "Known", "Literal", "Several", "State", "build_axis", "excludes", "implies", "narrow", "negate"]

#: Values of the fields that leadpipe derives itself, which are never missing (SPEC A-C10).
_CLOSED: Mapping[str, tuple[str, ...]] = {
    "has_email": ("false", "true"),
    "has_phone": ("false", "true"),
    "contact_exists": ("false", "true"),
    "captured_weekday": ("friday", "monday", "saturday", "sunday", "thursday", "tuesday", "wednesday"),
}
_HOURS = "captured_hour"
_HOURS_A_DAY = 24
_NEVER_MISSING = frozenset({*_CLOSED, _HOURS, "captured_at", "channel"})


@dataclass(frozen=True, slots=True)
class Literal:
    """One thing that can be asked of one field.

    Attributes:
        axis: number of the axis.
        classes: classes as bits.
        is_none: of a field with several values: none of them is in `classes`; else one at least is.
        is_single: the field has one value at most: it is in `classes`.
    """

    axis: int
    classes: int
    is_none: bool
    is_single: bool


@dataclass(frozen=True, slots=True)
class Several:
    """What is known of a field with several values: classes that hold none, and sets that hold one at least each."""

    none: int = 0
    some: tuple[int, ...] = ()


Known = int | Several
#: What is known of each axis; of a field with one value the classes that it may be in.
State = tuple[Known, ...]


@dataclass(frozen=True)
class Axis:
    """One field of the rules of a channel.

    Attributes:
        name: the field.
        number: place among the axes.
        is_single: it has one value at most.
        place: value -> class.
        present: classes of values that there can be.
        missing: class of a missing field as bits; 0 where it is never missing, or may have several values.
        examples: a value of each class that there can be.
    """

    name: str
    number: int
    is_single: bool
    place: Mapping[str | float, int]
    present: int
    missing: int
    examples: Mapping[int, str | float]

    @property
    def start(self) -> Known:
        """What is known before any condition."""
        return self.present | self.missing if self.is_single else Several()

    def read(self, term: Term) -> list[tuple[Literal, ...]]:
        """A condition as alternatives, each of literals that hold together; none for what never holds."""
        if term.operator == Operator.ALL and len(term.values) > 1 and not self.is_single:
            parts = [self._literal(1 << self.place[value], term.negated) for value in term.values]
            return [(part,) for part in parts] if term.negated else [tuple(parts)]
        classes = self._classes(term)
        if self.is_single:
            everything = self.present | self.missing
            if term.asks_missing:
                classes = self.missing
            return [(Literal(self.number, classes ^ everything if term.negated else classes, False, True),)]
        if term.asks_missing:
            return [(self._literal(self.present, not term.negated),)]
        return [(self._literal(classes, term.negated),)]

    def one_of(self, value: str | float) -> Literal:
        """The field has this value (among others, perhaps)."""
        return Literal(self.number, (1 << self.place[value]) & self.present, False, self.is_single)

    def _literal(self, classes: int, is_none: bool) -> Literal:
        return Literal(self.number, classes & self.present, is_none, False)

    def _classes(self, term: Term) -> int:
        if term.operator == Operator.ALL and len(term.values) != 1:
            return 0 if term.values else self.present
        classes = 0
        for value in term.values:
            bit = 1 << self.place[value]
            if term.operator == Operator.GTE:
                bit = -bit
            elif term.operator == Operator.LTE:
                bit = (bit << 1) - 1
            classes |= bit & self.present
        return classes


def build_axis(number: int, name: str, terms: Iterable[Term], channel: str) -> Axis:
    """The axis of one field, from all conditions of a channel that ask it.

    Args:
        number: place among the axes.
        name: the field.
        terms: usable conditions on it.
        channel: the channel's id in normal form, which its leads' field `channel` has.
    """
    values = sorted({value for term in terms for value in term.values})
    is_number = is_numeric(name)
    examples = _number_examples(name, values) if is_number else _text_examples(name, values, channel)
    place = {value: 2 * at + 1 if is_number else at for at, value in enumerate(values)}
    is_single = name in FIELD_TYPES and name not in MULTI_FIELDS
    beyond = max(place.values(), default=-1) + 2
    missing = 1 << beyond if is_single and name not in _NEVER_MISSING else 0
    return Axis(name, number, is_single, place, sum(1 << at for at in examples), missing, examples)


def _number_examples(name: str, points: Sequence[str | float]) -> dict[int, str | float]:
    """A number of each point and each interval that some number lies in."""
    numbers = [float(point) for point in points]
    between = _hour_between if name == _HOURS else _number_between
    examples: dict[int, str | float] = {
        2 * at + 1: number for at, number in enumerate(numbers) if name != _HOURS or number in range(_HOURS_A_DAY)
    }
    for at, (low, high) in enumerate(pairwise([-math.inf, *numbers, math.inf])):
        number = between(low, high)
        if number is not None:
            examples[2 * at] = number
    return examples


def _number_between(low: float, high: float) -> float | None:
    """A number between two; None where there is none."""
    if low == -math.inf:
        number = 0.0 if high == math.inf else high - max(1.0, abs(high))
    else:
        number = low + max(1.0, abs(low)) if high == math.inf else low + (high - low) / 2
    return number if low < number < high else None


def _hour_between(low: float, high: float) -> float | None:
    return next((float(hour) for hour in range(_HOURS_A_DAY) if low < hour < high), None)


def _text_examples(name: str, texts: Sequence[str | float], channel: str) -> dict[int, str | float]:
    """The texts that the field can have, and one that no condition names."""
    closed = (channel,) if name == "channel" else _CLOSED.get(name)
    if closed is None:
        other = next(text for at in range(len(texts) + 1) if (text := f"none of these {at}") not in texts)
        return {**dict(enumerate(texts)), len(texts): other}
    examples: dict[int, str | float] = {at: text for at, text in enumerate(texts) if text in closed}
    others = [text for text in closed if text not in texts]
    if others:
        examples[len(texts)] = others[0]
    return examples


def negate(literal: Literal, axes: Sequence[Axis]) -> Literal:
    """The opposite."""
    if not literal.is_single:
        return Literal(literal.axis, literal.classes, not literal.is_none, False)
    axis = axes[literal.axis]
    return Literal(literal.axis, (axis.present | axis.missing) & ~literal.classes, False, True)


def implies(known: Known, literal: Literal, present: int) -> bool:
    """Whether it holds whenever what is known does."""
    if isinstance(known, int):
        return not known & ~literal.classes
    if literal.is_none:
        return not literal.classes & present & ~known.none
    return any(not some & ~literal.classes for some in known.some)


def excludes(known: Known, literal: Literal) -> bool:
    """Whether it never holds when what is known does."""
    if isinstance(known, int):
        return not known & literal.classes
    if literal.is_none:
        return any(not some & ~literal.classes for some in known.some)
    return not literal.classes & ~known.none


def narrow(known: Known, literal: Literal) -> Known | None:
    """What is known when the literal holds, too; None when it cannot."""
    if excludes(known, literal):
        return None
    if isinstance(known, int):
        return known & literal.classes
    if literal.is_none:
        return Several(known.none | literal.classes, tuple(some & ~literal.classes for some in known.some))
    return Several(known.none, (*known.some, literal.classes & ~known.none))
