"""Judge every rule of a channel, and every part of those that can win."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from transforms.routing.lint.prover import Ground, find_cover
from transforms.routing.lint.questions import Channel, Question, ask_of_parts, ask_of_rules
from transforms.routing.lint.witnesses import find_winnable
from transforms.routing.rulebook import Rulebook

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


def judge_rules(rulebook: Rulebook, channels: Sequence[Channel]) -> list[list[Verdict]]:
    """Verdicts by channel: on its rules, then on the parts of those that are not dead.

    Args:
        rulebook: compiled from the rules of these channels, without validity.
        channels: channels of the rulebook.
    """
    of_rules = _judge(rulebook, channels, [list(ask_of_rules(channel)) for channel in channels])
    dead = [{verdict.question.rule for verdict in verdicts if verdict.is_dead} for verdicts in of_rules]
    parts = [
        [part for verdict in verdicts if not verdict.is_dead for part in ask_of_parts(channel, verdict.question.rule)]
        for channel, verdicts in zip(channels, of_rules, strict=True)
    ]
    of_parts = _judge(rulebook, channels, parts, dead)
    return [rules + details for rules, details in zip(of_rules, of_parts, strict=True)]


def _judge(
    rulebook: Rulebook,
    channels: Sequence[Channel],
    questions: Sequence[Sequence[Question]],
    dead: Sequence[set[int]] | None = None,
) -> list[list[Verdict]]:
    """Answer by a lead where one is easily found, because that costs microseconds, and by proof where none is."""
    asked = [(channel, question) for channel, listed in zip(channels, questions, strict=True) for question in listed]
    winnable = find_winnable(rulebook, asked)
    verdicts, start = [], 0
    for number, (channel, listed) in enumerate(zip(channels, questions, strict=True)):
        won = [place in winnable for place in range(start, start + len(listed))]
        verdicts.append(list(_judge_channel(channel, listed, won, dead[number] if dead else set())))
        start += len(listed)
    return verdicts


def _judge_channel(
    channel: Channel, questions: Sequence[Question], won: Sequence[bool], dead: set[int]
) -> Iterator[Verdict]:
    """Verdicts in order; a dead rule takes no lead that those before it leave, so that no proof needs it."""
    ground = Ground(channel.axes)
    past, tried = set(dead), 0
    for question, is_won in zip(questions, won, strict=True):
        for place in range(tried, question.rule):
            if place not in past:
                ground.add(place, channel.boxes_of(place))
        tried = question.rule
        verdict = Verdict(question) if is_won else _answer(question, ground)
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
