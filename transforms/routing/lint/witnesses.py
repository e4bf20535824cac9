"""Leads made up to be won by a rule: whatever the evaluator gives to the rule shows that it can win."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from transforms.routing.conditions import is_numeric
from transforms.routing.evaluate import evaluate_rules
from transforms.routing.lint.questions import Channel, Question
from transforms.routing.lint.space import Axis, Known
from transforms.routing.rulebook import Rulebook

__all__ = ["find_winnable"]

_ATTEMPTS = 6  # leads made up for a question before it is left to the proof
_GOLDEN = 0.618  # spreads the attempts over a field's classes
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # the rulebook asked has no validity

#: A question with its channel.
Asked = tuple[Channel, Question]


def find_winnable(rulebook: Rulebook, asked: Sequence[Asked]) -> set[int]:
    """Numbers of the questions that some lead answers with yes.

    Args:
        rulebook: compiled from rules without validity.
        asked: the questions.
    """
    found: set[int] = set()
    for attempt in range(_ATTEMPTS):
        left = [number for number, (_, question) in enumerate(asked) if question.states and number not in found]
        if not left:
            break
        leads, fields = _make_leads(rulebook, [asked[number] for number in left], attempt)
        winners = evaluate_rules(rulebook, leads, fields)["rule"]
        for number, winner in zip(left, winners, strict=True):
            channel, question = asked[number]
            if winner == channel.rules[question.rule].row:
                found.add(number)
    return found


def _make_leads(rulebook: Rulebook, asked: Sequence[Asked], attempt: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One lead for each question, and its fields."""
    columns: dict[str, list[tuple[int, str | float]]] = {name: [] for name in rulebook.fields}
    for row, (channel, question) in enumerate(asked):
        state = question.states[attempt % len(question.states)]
        for axis, known in zip(channel.axes, state, strict=True):
            columns[axis.name] += [(row, value) for value in _choose_values(axis, known, attempt)]
    ids = pl.int_range(len(asked), eager=True).cast(pl.String).alias("lead_id")
    channels = pl.Series("channel_id", [channel.channel_id for channel, _ in asked], dtype=pl.String)
    times = pl.Series("captured_at", [_ANY_TIME] * len(asked), dtype=pl.Datetime("us", "UTC"))
    fields = [_to_lists(name, pairs, len(asked)) for name, pairs in columns.items()]
    return pl.DataFrame([ids, channels, times]), pl.DataFrame([ids, *fields])


def _to_lists(name: str, pairs: Sequence[tuple[int, str | float]], height: int) -> pl.Series:
    """Values with the row of each as a list per row, null without any; a list at a time costs a series each."""
    schema = {"row": pl.Int64, name: pl.Float64 if is_numeric(name) else pl.String}
    lists = pl.DataFrame(pairs, schema=schema, orient="row").group_by("row", maintain_order=True).agg(name)
    rows = pl.int_range(height, eager=True).alias("row").to_frame()
    return rows.join(lists, on="row", how="left", maintain_order="left")[name]


def _choose_values(axis: Axis, known: Known, attempt: int) -> list[str | float]:
    """Values that agree with what is known; none for a missing field."""
    if isinstance(known, int):
        if attempt % 2 and known == axis.present | axis.missing:
            known = axis.present or known
        chosen = _choose_class(known, attempt)
        return [axis.examples[chosen]] if chosen in axis.examples else []
    wanted = known.some
    if not wanted and attempt % 2 and axis.present & ~known.none:
        wanted = (axis.present & ~known.none,)
    return [axis.examples[chosen] for chosen in dict.fromkeys(_choose_class(some, attempt) for some in wanted)]


def _choose_class(classes: int, attempt: int) -> int:
    """One of some classes: the highest, where other values and missing fields are, then any."""
    length = classes.bit_length()
    if attempt == 0:
        return length - 1
    shift = int(length * (attempt * _GOLDEN % 1)) if attempt > 1 else 0
    above = classes >> shift
    return shift + (above & -above).bit_length() - 1
