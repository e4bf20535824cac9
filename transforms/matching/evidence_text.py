"""Evidence in words and numbers: what each comparison of a pair found, and how it adds up to the probability."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas.vocabulary import DECIDED_BY_PEOPLE

__all__ = ["Step", "Waterfall", "read_steps", "read_waterfall", "tell_evidence", "tell_waterfall"]

_FIELD_WIDTH, _LEVEL_WIDTH = 14, 20  # characters
_LEAST = 1e-9  # a probability closer to 0 or 1 has no odds to show


@dataclass(frozen=True)
class Step:
    """What one comparison found.

    Attributes:
        field: name of the comparison.
        level: level of agreement.
        score: similarity in [0, 1], where there is one.
        weight: log2 of how much likelier this is for one person than for two; None when it was not kept.
        value_l, value_r: the values compared.
    """

    field: str
    level: str
    score: float | None
    weight: float | None
    value_l: str
    value_r: str

    @property
    def values(self) -> str:
        """Both values, once if they are equal."""
        return self.value_l if self.value_l == self.value_r else f"{self.value_l} / {self.value_r}"


@dataclass(frozen=True)
class Waterfall:
    """From how rare duplicates are to the probability of this one, step by step, in log2 odds.

    Attributes:
        start: log2 odds of any two contacts being one person, less what fields that go together would count twice;
            None where the probability is a person's word.
        steps: the comparisons, strongest first.
        total: log2 odds in the end; of a person's word, what the comparisons add up to.
    """

    start: float | None
    steps: Sequence[Step]
    total: float


def read_steps(evidence: str | None) -> list[Step]:
    """The steps in the JSON of matching.scored_pairs."""
    return [
        Step(
            fact["field"],
            fact["level"],
            fact.get("score"),
            fact.get("weight"),
            _text(fact.get("value_l")),
            _text(fact.get("value_r")),
        )
        for fact in json.loads(evidence or "[]")
    ]


def read_waterfall(probability: float, decided_by: str, evidence: str | None) -> Waterfall:
    """How the evidence of a pair adds up to its probability.

    Args:
        probability: of the pair.
        decided_by: rule that decided, or a person.
        evidence: JSON of matching.scored_pairs.
    """
    steps = sorted(read_steps(evidence), key=lambda step: -abs(step.weight or 0))
    added = sum(step.weight or 0 for step in steps)
    if decided_by in DECIDED_BY_PEOPLE:
        return Waterfall(None, steps, added)
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    total = math.log2(bounded / (1 - bounded))
    return Waterfall(total - added, steps, total)


def tell_waterfall(waterfall: Waterfall) -> Iterator[str]:
    """One line a step: field, level, weight in bits, values; then the sum."""
    levels = [
        _plain(step.level) if step.score is None else f"{_plain(step.level)} ({step.score:.2f})"
        for step in waterfall.steps
    ]
    width = max([_LEVEL_WIDTH, *map(len, levels)])
    if waterfall.start is not None:
        yield f"{'prior and overlap':<{_FIELD_WIDTH + width + 2}}{waterfall.start:>+7.1f}"
    for step, level in zip(waterfall.steps, levels, strict=True):
        weight = "" if step.weight is None else f"{step.weight:+.1f}"
        field = _plain(step.field)
        yield f"{field:<{_FIELD_WIDTH}}  {level:<{width}}{weight:>7}  {step.value_l}  |  {step.value_r}"
    yield f"{'sum, log2 odds':<{_FIELD_WIDTH + width + 2}}{waterfall.total:>+7.1f}"


def tell_evidence(evidence: str | None) -> str:
    """The evidence of a pair in one line."""
    return "; ".join(f"{_plain(step.field)} {_plain(step.level)}: {step.values}" for step in read_steps(evidence))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _text(value: object) -> str:
    return "" if value is None else str(value)
