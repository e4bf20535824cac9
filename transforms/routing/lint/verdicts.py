"""Judge every rule of a channel, and every part of those that can win."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transforms.routing.lint.prover import Ground, find_cover
from transforms.routing.lint.questions import Channel, Question, ask_of_parts, ask_of_rules

__all__ = ["Verdict", "judge_rules"]


@dataclass(frozen=True)
class Verdict:
    """The answer to one question.

    Attributes:
        question: what was asked.
        covered_by: places of the rules that take every such lead; None where the rule can win one, or it is open.
        is_open: the proof was given up before it was settled.
    """

    question: Question
    covered_by: tuple[int, ...] | None = None
    is_open: bool = False

    @property
    def is_impossible(self) -> bool:
        """No lead can be so, whatever other rules say."""
        return not self.question.states

    @property
    def is_dead(self) -> bool:
        """No lead goes to the rule this way: there is none, or rules before it take all."""
        return self.is_impossible or self.covered_by is not None


def judge_rules(channel: Channel) -> list[Verdict]:
    """Verdicts on a channel's rules, then on the parts of those that are not dead."""
    of_rules = list(_judge(channel, ask_of_rules(channel), set()))
    dead = {verdict.question.rule for verdict in of_rules if verdict.is_dead}
    living = [verdict.question.rule for verdict in of_rules if not verdict.is_dead]
    parts = (question for place in living for question in ask_of_parts(channel, place))
    return of_rules + list(_judge(channel, parts, dead))


def _judge(channel: Channel, questions: Iterable[Question], dead: set[int]) -> Iterator[Verdict]:
    """Verdicts in order; a dead rule takes no lead that those before it leave, so that no proof needs it."""
    ground = Ground(channel.axes)
    past, tried = set(dead), 0
    for question in questions:
        for place in range(tried, question.rule):
            if place not in past:
                ground.add(place, channel.boxes_of(place))
        tried = question.rule
        verdict = _answer(question, ground)
        if verdict.is_dead and question.condition is None:
            past.add(question.rule)
        yield verdict


def _answer(question: Question, ground: Ground) -> Verdict:
    if not question.states:
        return Verdict(question)
    try:
        cover = find_cover(question.states, ground)
    except TimeoutError:
        return Verdict(question, is_open=True)
    return Verdict(question, None if cover is None else tuple(cover))
