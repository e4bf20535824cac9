"""Decide: certain rules merge, conflicts cut, and a probability lists the rest for a person (SPEC A-D1 to A-D3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import PairDecision
from transforms.matching.comparison import MISSING, Agreement, Numbers
from transforms.matching.model import FIELDS, PARTNERS, Field
from transforms.matching.values import ContactValues

__all__ = ["ContactFacts", "Scores", "decide_pairs", "find_conflicts", "gather_facts", "score_pairs"]

Flags = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]

_CLASSES = tuple(PARTNERS)
_SMOOTHING = 1000.0  # contacts added to a table before a value's frequency is taken
_CHANCE_LIMIT = 0.1  # of a class, in a scope of very few contacts
#: Fields whose values are counted within the contacts' scope.
_COUNTED_IN_SCOPE = frozenset({"email", "phone_number", "address_book"})
#: Conflicts that leave nothing to ask; the others are for a person to see.
_PLAIN_CONFLICTS = ("conflict_birthday", "conflict_middle_name", "conflict_kind")


@dataclass(frozen=True)
class ContactFacts:
    """What deciding needs of each contact, by number.

    Attributes:
        scope_sizes: contacts of its scope.
        is_person, is_company: its kind; neither when it has no name at all.
        is_lead: a lead brought it.
        full_names: a number that two contacts share when first and last name are equal; -1 when one is missing.
    """

    scope_sizes: Numbers
    is_person: Flags
    is_company: Flags
    is_lead: Flags
    full_names: Numbers


@dataclass(frozen=True)
class Scores:
    """Probability that a pair is one person, and each field's weight of evidence for it, in bits."""

    probabilities: Weights
    weights: dict[str, Weights]


def gather_facts(values: ContactValues) -> ContactFacts:
    """Facts of all contacts."""
    contacts, names = values.contacts, values.names
    has_both = pl.col("first_name").is_not_null() & pl.col("last_name").is_not_null()
    full = names.select(
        pl.when(has_both).then(pl.struct("first_name", "last_name").rank("dense").cast(pl.Int64)).otherwise(-1)
    )
    return ContactFacts(
        contacts["scope_size"].to_numpy().astype(np.int64),
        (contacts["kind"] == "person").to_numpy(),
        (contacts["kind"] == "company").to_numpy(),
        contacts["is_lead"].to_numpy(),
        full.to_series().to_numpy(),
    )


def score_pairs(agreements: Mapping[str, Agreement], facts: ContactFacts, left: Numbers) -> Scores:
    """Probability of each pair, by the four classes of the model.

    Args:
        agreements: of the pairs, by field.
        facts: of the contacts.
        left: the pairs' left contacts; both are of one scope.
    """
    scope_sizes = facts.scope_sizes[left].astype(np.float64)
    logs = {name: np.zeros(len(left)) for name in (*_CLASSES, "stranger")}
    weights: dict[str, Weights] = {}
    for name, agreement in agreements.items():
        population = scope_sizes if name in _COUNTED_IN_SCOPE else np.full(len(left), float(len(facts.scope_sizes)))
        chances = _field_chances(FIELDS[name], agreement, population)
        for kind, chance in chances.items():
            logs[kind] += np.log2(chance)
        weights[name] = np.log2(chances["match"]) - np.log2(chances["stranger"])
    priors = {
        kind: np.minimum(partners / np.maximum(scope_sizes - 1, 1), _CHANCE_LIMIT)
        for kind, partners in PARTNERS.items()
    }
    priors["stranger"] = 1 - np.sum(list(priors.values()), axis=0)
    total = {kind: logs[kind] + np.log2(priors[kind]) for kind in logs}
    other = np.logaddexp2.reduce([chance for kind, chance in total.items() if kind != "match"])
    return Scores(1 / (1 + np.exp2(np.clip(other - total["match"], -1000, 1000))), weights)


def find_conflicts(
    agreements: Mapping[str, Agreement], facts: ContactFacts, left: Numbers, right: Numbers
) -> pl.Series:
    """Why two contacts cannot be one person, by name; null where nothing speaks against it (SPEC A-D2).

    A conflict is a person against a company; a birthday or, with the same first name, a middle name that differs;
    given names or company names that do not go together.
    """
    first, middle = agreements["first_name"], agreements["middle_name"]
    same_first = (first.levels == 0) | (first.levels == FIELDS["first_name"].place("nickname"))
    unlike = (facts.is_person[left] & facts.is_company[right]) | (facts.is_company[left] & facts.is_person[right])
    conflicts = {
        "conflict_kind": unlike,
        "conflict_birthday": agreements["birthday"].levels > 0,
        "conflict_middle_name": same_first & _is(middle, "middle_name", "different"),
        "conflict_first_name": _is(first, "first_name", "different"),
        "conflict_company_name": _is(agreements["company_name"], "company_name", "different"),
    }
    return _name_first(conflicts)


def decide_pairs(
    agreements: Mapping[str, Agreement],
    facts: ContactFacts,
    left: Numbers,
    right: Numbers,
    probabilities: Weights,
    review_threshold: float,
) -> pl.DataFrame:
    """What becomes of each pair.

    Args:
        agreements: of the pairs, by field.
        facts: of the contacts.
        left, right: the pairs, by number.
        probabilities: of the pairs.
        review_threshold: least probability that is listed for review.

    Returns:
        decision, decided_by, conflict, one row per pair; decision is null for a pair that is not kept.
    """
    conflict = find_conflicts(agreements, facts, left, right)
    certain = _name_first(_certain_rules(agreements, facts, left, right))
    review = _name_first(
        _review_rules(agreements, facts, left, right) | {"fuzzy": probabilities >= review_threshold},
    )
    frame = pl.DataFrame({"conflict": conflict, "certain": certain, "review": review})
    is_plain = pl.col("conflict").is_in(_PLAIN_CONFLICTS) & pl.Series(_is_plain_birthday(agreements))
    unlike = (pl.col("conflict") == "conflict_kind").fill_null(False)
    return frame.select(
        decision=pl.when(pl.col("certain").is_not_null() & pl.col("conflict").is_null())
        .then(pl.lit(PairDecision.MERGE))
        .when(pl.col("certain").is_not_null() & is_plain)
        .then(pl.lit(PairDecision.NO_MATCH))
        .when(pl.col("certain").is_not_null() | (pl.col("review").is_not_null() & ~unlike))
        .then(pl.lit(PairDecision.REVIEW)),
        decided_by=pl.when(pl.col("certain").is_not_null())
        .then(pl.coalesce("conflict", "certain"))
        .otherwise("review"),
        conflict="conflict",
    )


def _certain_rules(
    agreements: Mapping[str, Agreement], facts: ContactFacts, left: Numbers, right: Numbers
) -> dict[str, Flags]:
    """Tier 1 of SPEC A-D1: the same own e-mail, or the same phone and the same first and last name."""
    same_name = (facts.full_names[left] == facts.full_names[right]) & (facts.full_names[left] >= 0)
    return {
        "same_email": agreements["email"].levels == 0,
        "same_phone_and_name": (agreements["phone_number"].levels == 0) & same_name,
    }


def _review_rules(
    agreements: Mapping[str, Agreement], facts: ContactFacts, left: Numbers, right: Numbers
) -> dict[str, Flags]:
    """Tier 2 of SPEC A-D1 and A-D3. A lead whose phone alone is known is listed whatever its name (SPEC A-P4)."""
    names = ("first_name", "last_name", "company_name")
    compatible = ~np.any([_is(agreements[name], name, "different") for name in names], axis=0)
    compatible &= ~_is(agreements["birthday"], "birthday", "different")
    from_lead = facts.is_lead[left] | facts.is_lead[right]
    return {
        "same_address_book_id": agreements["address_book"].levels == 0,
        "same_phone": (agreements["phone_number"].levels == 0) & (compatible | from_lead),
        "partner_email": agreements["partner_email"].levels == 0,
    }


def _is_plain_birthday(agreements: Mapping[str, Agreement]) -> Flags:
    """No birthdays that are a slip apart: those are for a person to see."""
    levels = agreements["birthday"].levels
    return (levels <= 0) | _is(agreements["birthday"], "birthday", "different")


def _is(agreement: Agreement, field: str, level: str) -> Flags:
    flags: Flags = agreement.levels == FIELDS[field].place(level)
    return flags


def _name_first(rules: Mapping[str, Flags]) -> pl.Series:
    """Name of the first rule that holds, null where none does."""
    chosen = pl.coalesce(pl.when(pl.Series(flags)).then(pl.lit(name)) for name, flags in rules.items())
    height = len(next(iter(rules.values())))
    return pl.select(chosen.alias("rule")).to_series() if height else pl.Series("rule", dtype=pl.String)


def _field_chances(field: Field, agreement: Agreement, population: Weights) -> dict[str, Weights]:
    """How likely this agreement is in each class; 1 where a value is missing."""
    known = agreement.levels != MISSING
    pseudo = np.array([level.pseudo_count or 0.0 for level in field.levels])[agreement.levels]
    by_frequency = np.array([level.pseudo_count is not None for level in field.levels])[agreement.levels]
    others = np.maximum(agreement.counts - 2, 0)  # contacts beside this pair that hold the value
    frequency = np.where(by_frequency, np.minimum((others + pseudo) / (population + _SMOOTHING), 1), 0)
    chances = {}
    for kind in (*_CLASSES, "stranger"):
        stated = np.array([getattr(level, kind) for level in field.levels])[agreement.levels]
        chance = stated if kind == "match" else stated + (1 - stated) * frequency
        chances[kind] = np.where(known, chance, 1.0)
    return chances
