"""Estimate: how often records of one person agree in each field, by EM over the patterns of the pairs at hand.

The expected number of strangers at each pattern is known: all pairs of contacts, times the coincidences. What candidate
pairs there are beyond that are matches, people of one home or office, or namesakes there or elsewhere; EM tells these
apart, and so counts the matches too. That count is the prior, so that a probability means the same on every table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from transforms.matching.beliefs import Floats, believe_address, believe_kinds, believe_match, normalize
from transforms.matching.coincidences import Coincidences
from transforms.matching.comparison import MISSING, Flags, Levels, Numbers
from transforms.matching.fields import field_of
from transforms.matching.model import (
    ADDRESS,
    BIRTHDAY,
    COMPANY_NAME,
    EMAIL,
    FIELDS,
    FIRST_NAME,
    KIND,
    LAST_NAME,
    PHONE,
    Field,
)
from transforms.matching.patterns import Patterns, leave_out_told

__all__ = ["OTHER_CLASSES", "Chances", "Model", "fit_model", "weigh_patterns"]

_MOST_ROUNDS = 100
_SETTLED = 2e-4  # change of the expected pairs of each class, as a share of the matches, from one round to the next
#: Rounds in which attribute types without a comparison of their own decide nothing: what these say of a person, if
#: anything, is not known before the data is seen.
_OWN_ROUNDS = 3
_BELIEF = 50.0  # pairs that what is believed of a field counts for
_HOME_BELIEF = 100.0
#: Believed pairs of each class, by contact; and pairs that this counts for: how many fathers are listed with sons of
#: their name, if any, differs most from table to table.
_PARTNERS = {"match": 0.35, "home": 0.35, "office": 0.2, "namesake": 0.02, "junior": 0.004}
_PRIOR_PAIRS = {"match": 5.0, "home": 5.0, "office": 5.0, "namesake": 5.0, "junior": 2.0}
#: Juniors by contact in the first round: where there are too few to begin with, birthdays that differ are learned of
#: records of one person, and juniors are never seen.
_JUNIORS_AT_FIRST = 0.03
_TELLING = 30.0  # times as often in matches as in others is what tells the two apart, one field left aside
#: Levels at which what stays with a person is another, and the believed share of matches that have one of them, where
#: nothing in the table shows it.
_DIFFERING: Final = {
    FIRST_NAME.name: (("different",), 0.03),
    LAST_NAME.name: (("different",), 0.05),
    BIRTHDAY.name: (("year", "different"), 0.05),
}
_MOST = 0.1  # of all pairs, in a table of very few contacts
_CLASSES = tuple(_PARTNERS)
#: Classes of pairs that are not one person, nor strangers.
OTHER_CLASSES = _CLASSES[1:]
_OF_PEOPLE = (FIRST_NAME.name, LAST_NAME.name)
_NAMES = (*_OF_PEOPLE, COMPANY_NAME.name)  # what namesakes share
_LEAST = 1e-12


@dataclass(frozen=True)
class Chances:
    """What is known of one field.

    Attributes:
        field: its levels.
        match, stranger: share of each level in pairs that have the value on both sides.
        home, office: chance that two people of one home, or one office, share the very value.
        counts: expected matches at each level.
        of_kind: shares of the levels in pairs of a class, where these are estimated one by one.
        is_told: whether the given name tells it, so that it says nothing of two who share that (`repeats.find_told`).
    """

    field: Field
    match: Floats
    stranger: Floats
    home: float
    office: float
    counts: Floats
    of_kind: dict[str, Floats]
    is_told: bool = False

    def shares(self, kind: str) -> Floats:
        """Share of each level in pairs of a class; one more, 1, for a missing value.

        Juniors are namesakes in their names, and people of one home in all else; no two firms of one home share theirs.
        """
        if kind == "junior" and self.field.name not in _OF_PEOPLE:
            kind = "home"
        if kind in self.of_kind:
            return np.append(self.of_kind[kind], 1.0)
        share = {
            "match": 1.0, "home": self.home, "office": self.office,
            "namesake": float(self.field.name in _NAMES or self.is_told),
            "junior": 1.0, "stranger": 0.0,
        }[kind]  # fmt: skip
        return np.append(share * self.match + (1 - share) * self.stranger, 1.0)


@dataclass(frozen=True)
class Model:
    """A fitted model.

    Attributes:
        chances: by field.
        expected: pairs of each class, match, home, office, namesake and junior, among all pairs.
        pairs_count: all pairs of contacts of one scope.
    """

    chances: dict[str, Chances]
    expected: dict[str, float]
    pairs_count: float


def fit_model(
    patterns: Patterns, names: list[str], coincidences: Mapping[str, Coincidences], contacts_count: int,
    pairs_count: float, weight: float = 1.0, namesakes: float = 0.0, told: Collection[str] = (),
) -> Model:  # fmt: skip
    """EM over patterns.

    Args:
        patterns: of candidate pairs.
        names: field of each column of the patterns.
        coincidences: by field.
        contacts_count: how many contacts there are.
        pairs_count: pairs of contacts of one scope.
        weight: candidate pairs that each counted pair stands for.
        namesakes: pairs of one name, beyond what chance makes.
        told: fields that the given name tells.
    """
    believed = {name: _believe(field_of(name), coincidences[name]) for name in names}
    chances = {
        name: Chances(
            field_of(name), believed[name], coincidences[name].shares, field_of(name).home, field_of(name).office,
            np.zeros(len(believed[name])),
            believe_kinds(field_of(name), coincidences[name].mass, coincidences[name].shares), name in told,
        )
        for name in names
    }  # fmt: skip
    start = {kind: min(share * contacts_count, _MOST * pairs_count) for kind, share in _PARTNERS.items()}
    # what is one name's beyond chance is duplicates as far as believed, else of namesakes
    start["namesake"] = min(max(start["namesake"], namesakes - start["match"]), _MOST * pairs_count)
    first = start | {"junior": min(_JUNIORS_AT_FIRST * contacts_count, _MOST * pairs_count)}
    model = Model(chances, first, max(pairs_count, 1.0))
    known_count = (patterns.levels[:, [name != KIND.name for name in names]] != MISSING).sum(axis=1)
    reached = (patterns.levels[:, [name in (EMAIL.name, PHONE.name) for name in names]] != MISSING).any(axis=1)
    # a name alone, or a city, tells no match from a namesake
    counts = np.where((known_count > 1) | reached, patterns.counts * weight, 0.0)
    levels = np.asfortranarray(patterns.levels, np.intp)  # as places, column by column: they are looked up each round
    known = np.where([name in FIELDS for name in names], levels, MISSING)
    telling = {name: _is_telling(model, known, name) for name in names if name in _DIFFERING}
    for rounds in range(_MOST_ROUNDS):
        if rounds == _OWN_ROUNDS:
            known = levels
        before, model = model, _improve(model, known, levels, counts, coincidences, believed, start, telling)
        if rounds > _OWN_ROUNDS and _is_settled(before, model):
            break
    return model


def _is_settled(before: Model, after: Model) -> bool:
    most = _SETTLED * after.expected["match"]
    return all(abs(after.expected[kind] - count) < most for kind, count in before.expected.items())


def _believe(field: Field, coincidence: Coincidences) -> Floats:
    """Share of each level among matches, before the data is seen."""
    if field.name == ADDRESS.name:
        return believe_address(coincidence.shares, coincidence.groups)
    return believe_match(field, coincidence.mass)


def weigh_patterns(model: Model, levels: Levels) -> Floats:
    """Log odds, natural, of each pattern: a match against anything else."""
    logs = _log_chances(model, levels)
    other = np.logaddexp.reduce([found for kind, found in logs.items() if kind != "match"])
    return np.asarray(logs["match"] - other)


def _log_chances(model: Model, levels: Levels | Numbers) -> dict[str, Floats]:
    """Log of the expected pairs of each class at each pattern."""
    strangers = max(model.pairs_count - sum(model.expected.values()), 1.0)
    levels = leave_out_told(
        levels, list(model.chances), {name for name, known in model.chances.items() if known.is_told}
    )
    logs = {}
    for kind, expected in (*model.expected.items(), ("stranger", strangers)):
        total = np.full(len(levels), np.log(max(expected, 1e-9)))
        for column, chances in enumerate(model.chances.values()):
            total += np.log(np.maximum(chances.shares(kind), _LEAST))[levels[:, column]]
        logs[kind] = total
    return logs


def _improve(
    model: Model,
    known: Numbers,
    levels: Numbers,
    counts: Floats,
    coincidences: Mapping[str, Coincidences],
    believed: Mapping[str, Floats],
    start: Mapping[str, float],
    telling: Mapping[str, Flags],
) -> Model:
    logs = _log_chances(model, known)
    total = np.logaddexp.reduce(list(logs.values()))
    share = {kind: np.exp(logs[kind] - total) * counts for kind in _CLASSES}
    expected = {
        kind: (float(share[kind].sum()) + _PRIOR_PAIRS[kind]) / (1 + _PRIOR_PAIRS[kind] / max(start[kind], 1e-3))
        for kind in _CLASSES
    }
    chances = {}
    for column, (name, old) in enumerate(model.chances.items()):
        at = levels[:, column]
        chances[name] = _improve_field(old, at, share, coincidences[name], believed[name], expected, model.pairs_count)
        if name in telling:
            shown = np.flatnonzero(telling[name] & (at != MISSING))
            chances[name] = _limit_differing(chances[name], at[shown], share["match"][shown])
    return Model(chances, expected, model.pairs_count)


def _is_telling(model: Model, levels: Numbers, left_out: str) -> Flags:
    """Patterns that tell records of one person from people of one home, and from strangers, without one field."""
    columns = [column for column, name in enumerate(model.chances) if name != left_out]
    chances = {name: found for name, found in model.chances.items() if name != left_out}
    logs = _log_chances(replace(model, chances=chances), levels[:, columns])
    return np.asarray(logs["match"] - np.maximum(logs["home"], logs["stranger"]) >= np.log(_TELLING))


def _limit_differing(chances: Chances, level: Numbers, weights: Floats) -> Chances:
    """Names and birthdays of one person differ no more often than pairs show that are one person whatever these are.

    In a table that has little but what a home shares, couples look like one person whose given names differ; in one
    with next to no duplicates, people of one given name do whose other names and birthdays differ, for given names go
    with sexes, ages and places in a family. Were that learned, it would be believed of every such pair.

    Args:
        chances: of one of `_DIFFERING`.
        level: its levels in patterns that tell one person from others without it.
        weights: expected matches of each.
    """
    names, believed = _DIFFERING[chances.field.name]
    places = [chances.field.place(name) for name in names]
    most = (weights[np.isin(level, places)].sum() + _BELIEF * believed) / (weights.sum() + _BELIEF)
    differing = chances.match[places].sum()
    if most >= differing:
        return chances
    match = chances.match * (1 - most) / (1 - differing)
    match[places] = chances.match[places] * most / differing
    return replace(chances, match=match)


def _improve_field(
    old: Chances,
    at: Numbers,
    share: Mapping[str, Floats],
    coincidence: Coincidences,
    believed: Floats,
    expected: Mapping[str, float],
    pairs_count: float,
) -> Chances:
    known = np.flatnonzero(at != MISSING)
    level = at[known]
    height = len(old.match)
    counts: Floats = np.bincount(level, weights=share["match"][known], minlength=height).astype(np.float64)
    match = old.match if old.field.is_fixed else normalize(counts + _BELIEF * believed, coincidence.groups)
    shares = {}
    for kind, field_share in (("home", old.home), ("office", old.office)):
        sharing = field_share * old.match
        very = sharing / np.maximum(sharing + (1 - field_share) * old.stranger, _LEAST)
        weights = share[kind][known]
        prior = getattr(old.field, kind)
        shares[kind] = float(((weights * very[level]).sum() + _HOME_BELIEF * prior) / (weights.sum() + _HOME_BELIEF))
    portion = min(expected["match"] / pairs_count, 0.5)
    stranger = np.maximum((coincidence.shares - portion * match) / (1 - portion), coincidence.floors)
    of_kind = {}
    for kind, start in believe_kinds(old.field, coincidence.mass, coincidence.shares).items():
        seen = np.bincount(level, weights=share[kind][known], minlength=height)
        of_kind[kind] = normalize(seen + _HOME_BELIEF * start, coincidence.groups)
    return Chances(
        old.field, match, normalize(stranger, coincidence.groups), shares["home"], shares["office"], counts, of_kind,
        old.is_told,
    )  # fmt: skip
