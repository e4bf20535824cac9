"""Evidence in words and numbers: what each comparison of a pair found, and how it adds up to the probability."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Step", "Waterfall", "read_steps", "read_waterfall", "tell_evidence"]

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
    """From what is known before any comparison to the probability, step by step, in log2 odds.

    Attributes:
        start: log2 odds of two contacts of these tables being one person before anything is compared, with what
            fields that go together share.
        steps: the comparisons, strongest first.
        total: log2 odds in the end.
        probability: the same as a probability.
    """

    start: float
    steps: Sequence[Step]
    total: float
    probability: float


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


def read_waterfall(probability: float, evidence: str | None) -> Waterfall:
    """How the evidence of a pair adds up to its probability."""
    steps = sorted(read_steps(evidence), key=lambda step: -abs(step.weight or 0))
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    total = math.log2(bounded / (1 - bounded))
    return Waterfall(total - sum(step.weight or 0 for step in steps), steps, total, probability)


def tell_evidence(evidence: str | None) -> str:
    """The evidence of a pair in one line."""
    return "; ".join(
        f"{step.field.replace('_', ' ')} {step.level.replace('_', ' ')}: {step.values}" for step in read_steps(evidence)
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
