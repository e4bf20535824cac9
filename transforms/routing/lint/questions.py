"""What lint asks of a channel's rules, and the answers: by a lead that the rule wins, else by proof."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import polars as pl

from schemas.vocabulary import Operator, RuleKind
from transforms.leads.normal_form import normalize_field
from transforms.routing.conditions import Term
from transforms.routing.lint.prover import Box, narrow_all
from transforms.routing.lint.space import Axis, State, build_axis

__all__ = ["Channel", "LintRule", "Question", "ask_of_parts", "ask_of_rules", "read_channel"]

_MOST_BOXES = 64  # alternatives of one rule; only negated `all` in AND rules multiply them


@dataclass(frozen=True)
class LintRule:
    """A usable rule.

    Attributes:
        row: its row of `Rulebook.rules`.
        kind: AND or OR; AND for a default rule.
        is_default: the default rule, which has no conditions.
        terms: its conditions, in order.
        boxes: its alternatives, and the condition that each is of in an OR rule; none where they are too many.
        is_open: its alternatives are too many to be looked at, so that nothing is said of it.
    """

    row: int
    kind: str
    is_default: bool
    terms: tuple[Term, ...]
    boxes: tuple[tuple[Box, int | None], ...]
    is_open: bool = False


@dataclass(frozen=True)
class Question:
    """Can the rule win a lead of one of these states?

    Attributes:
        rule: place of the rule among the channel's rules.
        states: alternatives; none when the conditions contradict each other.
        condition: number of the condition that it is about; None for the whole rule.
        value: number of the value of that condition that it is about.
    """

    rule: int
    states: tuple[State, ...]
    condition: int | None = None
    value: int | None = None


@dataclass(frozen=True)
class Channel:
    """A channel's usable rules in the order they are tried, and the space they divide."""

    channel_id: str
    rules: tuple[LintRule, ...]
    axes: tuple[Axis, ...]

    @property
    def start(self) -> State:
        """Nothing is known of a lead."""
        return tuple(axis.start for axis in self.axes)

    def axis_of(self, field: str) -> Axis:
        """The axis of a field that some rule asks."""
        return next(axis for axis in self.axes if axis.name == field)

    def boxes_of(self, place: int) -> list[Box]:
        """The alternatives of a rule."""
        return [box for box, _ in self.rules[place].boxes]

    def states_of(self, rule: LintRule, condition: int | None = None) -> tuple[State, ...]:
        """The alternatives of a rule that can be, or those of one condition of an OR rule."""
        start = self.start
        boxes = [box for box, of in rule.boxes if condition is None or rule.kind == RuleKind.AND or of == condition]
        return tuple(state for box in boxes if (state := narrow_all(start, box)) is not None)


def read_channel(channel_id: str, rules: pl.DataFrame, terms: Mapping[tuple[str, str], Sequence[Term]]) -> Channel:
    """A channel ready to be asked about.

    Args:
        channel_id: the channel.
        rules: its rows of `Rulebook.rules`, with `row`, in the order they are tried.
        terms: usable conditions by rule and rulebook version.
    """
    keys = rules.select("rule_id", "rulebook_version", "is_default").rows()
    asked = [() if is_default else tuple(terms.get((rule_id, version), ())) for rule_id, version, is_default in keys]
    by_field: dict[str, list[Term]] = {}
    for term in (term for listed in asked for term in listed):
        by_field.setdefault(term.field, []).append(term)
    folded = str(normalize_field("channel", pl.Series([channel_id]), "US").item())
    axes = tuple(build_axis(number, name, by_field[name], folded) for number, name in enumerate(sorted(by_field)))
    number_of = {axis.name: axis.number for axis in axes}
    heads = rules.select("row", "kind", "is_default").rows()
    read = []
    for (row, kind, is_default), listed in zip(heads, asked, strict=True):
        options = [axes[number_of[term.field]].read(term) for term in listed]
        joined = RuleKind.AND.value if is_default else kind
        is_open = joined == RuleKind.AND and math.prod(map(len, options)) > _MOST_BOXES
        boxes = () if is_open else _read_boxes(joined, options)
        read.append(LintRule(row, joined, is_default, listed, boxes, is_open))
    return Channel(channel_id, tuple(read), axes)


def _read_boxes(kind: str, options: Sequence[list[Box]]) -> tuple[tuple[Box, int | None], ...]:
    if kind == RuleKind.OR:
        return tuple((box, number) for number, boxes in enumerate(options) for box in boxes)
    combined = (tuple(literal for box in boxes for literal in box) for boxes in product(*options))
    return tuple((box, None) for box in combined)


def ask_of_rules(channel: Channel) -> Iterator[Question]:
    """Whether each rule but the default can win a lead."""
    for place, rule in enumerate(channel.rules):
        if not rule.is_default and not rule.is_open:
            yield Question(place, channel.states_of(rule))


def ask_of_parts(channel: Channel, place: int) -> Iterator[Question]:
    """Whether each condition of an OR rule, and each value of a list, can bring it a lead."""
    rule = channel.rules[place]
    for number, term in enumerate(rule.terms):
        if rule.kind == RuleKind.OR and len(rule.terms) > 1:
            yield Question(place, channel.states_of(rule, number), number)
        if term.operator in (Operator.EQ, Operator.ANY) and not term.negated and len(term.values) > 1:
            yield from _ask_values(channel, place, number, term)


def _ask_values(channel: Channel, place: int, number: int, term: Term) -> Iterator[Question]:
    axis = channel.axis_of(term.field)
    states = channel.states_of(channel.rules[place], number)
    values: list[str | float] = [*term.values]
    for position, value in enumerate(values):
        yield Question(place, tuple(_with(states, axis, value)), number, position)


def _with(states: Iterable[State], axis: Axis, value: str | float) -> Iterator[State]:
    literal = axis.one_of(value)
    for state in states:
        narrowed = narrow_all(state, (literal,))
        if narrowed is not None:
            yield narrowed
