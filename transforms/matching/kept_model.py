"""A kept model: what matching learned of the contacts once, to go by until it is released.

By default every run estimates its model on all contacts, so that each contact that comes moves every probability a
little and all are matched anew. With a kept model a pair's probability hangs on its two contacts alone, but for what is
counted as it stands: how many share a blocking key, an e-mail, a phone or an address book id. So a run may match the
contacts that are new or changed, and come out where matching all of them would (`incremental`).

Frequencies are those of the time it was kept; a value that nobody had then counts as one that two have. Attribute types
that nobody had then are not compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from schemas.errors import ContractError
from transforms.matching.beliefs import Floats
from transforms.matching.comparison import Flags, Levels, Numbers, ValueSets
from transforms.matching.estimation import OTHER_CLASSES, Chances, Model
from transforms.matching.fields import field_of, prepare_comparisons
from transforms.matching.frequencies import CITY, STREET, Frequencies
from transforms.matching.kept_keys import KeptRule, count_by_key
from transforms.matching.model import CITY_SHARES, EXACT_SHARES, FIELDS, STREET_HOLDERS
from transforms.matching.scoring import count_pairs
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["KeptFrequencies", "KeptModel", "freeze_model", "read_model", "write_model"]

_PRIOR = "prior"
_SHARED_BY_TWO = 2.0  # equal values of two contacts are held by two at least


@dataclass(frozen=True)
class KeptLevels:
    """Levels of equal values of one field: the usual one, and the values at another."""

    usual: int
    others: dict[str, int]


@dataclass(frozen=True)
class KeptModel:
    """What is kept.

    Attributes:
        model: shares of the levels, by field, and expected pairs of each class.
        rules: blocking rules by name, in their order.
        levels: of equal values, by field.
        shared_locals: mailbox names that more addresses had than a person would.
        attribute_types: of all values that were there.
    """

    model: Model
    rules: dict[str, KeptRule]
    levels: dict[str, KeptLevels]
    shared_locals: frozenset[str]
    attribute_types: frozenset[str]


class KeptFrequencies(Frequencies):
    """Frequencies as they were when the model was kept; holders are counted as they stand."""

    def __init__(self, kept: KeptModel) -> None:
        self.kept = kept

    def rank_values(self, field: str, texts: pl.Series, sets: ValueSets) -> Levels:
        """Level of two equal values, by code."""
        return self._look_up(field, texts).astype(np.int16)

    def count_holders(self, field: str, scoped: pl.DataFrame, holders: Numbers) -> Numbers:
        """Contacts of its scope that hold each value, or another with the same blocking key."""
        return count_by_key(scoped, holders)

    def rank_cities(self, cities: pl.Series, held: Floats) -> Numbers:
        """0 for a rare city, 1, or 2 for a frequent one."""
        return self._look_up(CITY, cities)

    def rank_streets(self, streets: pl.Series, held: Floats) -> Numbers:
        """0 for a street and number that a home may have, 1 for one that more contacts have than live in one."""
        return self._look_up(STREET, streets)

    def are_shared(self, locals_: pl.Series, limit: int) -> Flags:
        """Mailbox names that more addresses had than a person would."""
        shared = pl.Series(sorted(self.kept.shared_locals), dtype=pl.String)
        return np.asarray(locals_.is_in(shared.implode()).fill_null(False).to_numpy(), np.bool_)

    def _look_up(self, field: str, texts: pl.Series) -> Numbers:
        levels = self.kept.levels.get(field, KeptLevels(0, {}))
        known = pl.DataFrame(
            {"text": list(levels.others), "level": list(levels.others.values())},
            schema={"text": pl.String, "level": pl.Int64},
        )
        found = texts.alias("text").to_frame().join(known, on="text", how="left", maintain_order="left")["level"]
        return found.fill_null(levels.usual).to_numpy()


@dataclass
class _Recorder(Frequencies):
    """Frequencies of the contacts at hand, which remembers what it said."""

    levels: dict[str, KeptLevels] = field(default_factory=dict)
    shared_locals: frozenset[str] = frozenset()

    def rank_values(self, field: str, texts: pl.Series, sets: ValueSets) -> Levels:
        self._record(field, texts, sets.holders.astype(np.float64), float(sets.holders_of_any), EXACT_SHARES)
        return super().rank_values(field, texts, sets)

    def rank_cities(self, cities: pl.Series, held: Floats) -> Numbers:
        self._record(CITY, cities, held, float(held.sum()), CITY_SHARES)
        return super().rank_cities(cities, held)

    def rank_streets(self, streets: pl.Series, held: Floats) -> Numbers:
        self._record(STREET, streets, held, 1.0, STREET_HOLDERS)
        return super().rank_streets(streets, held)

    def are_shared(self, locals_: pl.Series, limit: int) -> Flags:
        shared = super().are_shared(locals_, limit)
        self.shared_locals = frozenset(locals_.filter(shared).drop_nulls())
        return shared

    def _record(self, field: str, texts: pl.Series, holders: Floats, total: float, limits: tuple[float, ...]) -> None:
        """The values of a level that two holders would not make."""
        usual = int(np.searchsorted(np.array(limits), _SHARED_BY_TWO / max(total, 1.0), side="right"))
        levels = np.searchsorted(np.array(limits), holders / max(total, 1.0), side="right")
        unusual = (holders >= _SHARED_BY_TWO) & (levels != usual)
        self.levels[field] = KeptLevels(
            usual, dict(zip(texts.filter(unusual).to_list(), levels[unusual].tolist(), strict=True))
        )


def freeze_model(
    values: ContactValues,
    reference: MatchingReference,
    parameters: pl.DataFrame,
    rules: dict[str, KeptRule],
    attribute_types: frozenset[str],
    shared_value_limit: int,
) -> KeptModel:
    """What is in force now, to be kept: matching by it comes out as matching did.

    Args:
        values: what matching knows of the contacts.
        reference: nicknames.
        parameters: columns of matching.ModelParameter, as estimated on these contacts.
        rules: blocking rules by name, in their order.
        attribute_types: of all values that there are.
        shared_value_limit: as in `score_candidates`.
    """
    recorder = _Recorder()
    prepare_comparisons(values, reference, shared_value_limit, recorder)
    return KeptModel(
        _read_parameters(parameters.to_dicts(), count_pairs(values)),
        rules,
        recorder.levels,
        recorder.shared_locals,
        attribute_types,
    )


def write_model(kept: KeptModel) -> str:
    """JSON text of a kept model."""
    rows = [
        {"comparison": name, "level": level, **{key: float(shares[place]) for key, shares in columns.items()}}
        for name, chances in kept.model.chances.items()
        for columns in [
            {
                "m": chances.match, "u": chances.stranger, "matches": chances.counts,
                **{kind: chances.shares(kind) for kind in OTHER_CLASSES},
            }
        ]
        for place, level in enumerate(chances.field.levels)
    ]  # fmt: skip
    rows += [
        {"comparison": _PRIOR, "level": kind, "matches": expected} for kind, expected in kept.model.expected.items()
    ]
    levels = {name: {"usual": known.usual, "others": known.others} for name, known in kept.levels.items()}
    content = {
        "parameters": rows,
        "pairs_count": kept.model.pairs_count,
        "rules": {name: vars(rule) for name, rule in kept.rules.items()},
        "levels": levels,
        "shared_locals": sorted(kept.shared_locals),
        "attribute_types": sorted(kept.attribute_types),
    }
    return json.dumps(content, ensure_ascii=False)


def read_model(text: str) -> KeptModel:
    """A kept model from its JSON text.

    Raises:
        ContractError: it has other levels than comparisons have now.
    """
    content = json.loads(text)
    return KeptModel(
        _read_parameters(content["parameters"], content["pairs_count"]),
        {name: KeptRule(**rule) for name, rule in content["rules"].items()},
        {name: KeptLevels(known["usual"], known["others"]) for name, known in content["levels"].items()},
        frozenset(content["shared_locals"]),
        frozenset(content.get("attribute_types", ())),
    )


def _read_parameters(rows: list[dict[str, Any]], pairs_count: float) -> Model:
    of_field: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        of_field.setdefault(row["comparison"], {})[row["level"]] = row
    prior = of_field.pop(_PRIOR)
    chances = {name: _read_chances(name, levels) for name, levels in of_field.items()}
    return Model(chances, {kind: row["matches"] for kind, row in prior.items()}, max(pairs_count, 1.0))


def _read_chances(name: str, levels: dict[str, dict[str, Any]]) -> Chances:
    known = field_of(name)
    if tuple(levels) != known.levels or any(kind not in levels[level] for level in levels for kind in OTHER_CLASSES):
        raise ContractError(
            f"the kept model was kept by another version: {name} has other levels now",
            where="raw.kept_models",
            todo="leadpipe model release, then run and keep it anew",
        )
    columns = {key: np.array([levels[level][key] for level in known.levels]) for key in ("m", "u", "matches")}
    of_kind = {kind: np.array([levels[level][kind] for level in known.levels]) for kind in OTHER_CLASSES}
    # of what is no name, namesakes share no more than what that tells
    is_told = name not in FIELDS and np.array_equal(of_kind["namesake"], columns["m"])
    return Chances(known, columns["m"], columns["u"], known.home, known.office, columns["matches"], of_kind, is_told)
