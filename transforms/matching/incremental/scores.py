"""Compare and decide again what a change touches: pairs of changed contacts, and the components that these are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.matching.comparison import Numbers
from transforms.matching.incremental.blocks import PAIR
from transforms.matching.judged_pairs import apply_judgements, list_negatives, list_positives
from transforms.matching.outcomes import PAIR_IDS, is_linking, unite
from transforms.matching.scoring import Scorer, number_pairs, settle_pairs
from transforms.matching.values import ContactValues
from transforms.normalize.distinct import distinct_numbers

__all__ = ["ChangedPairs", "Rescored", "Thresholds", "change_pairs", "rescore", "tell_components"]

#: Candidate pairs with both ends among some contacts, by number.
ReadInside = Callable[[pl.Series], pl.DataFrame]


@dataclass(frozen=True)
class Thresholds:
    """Least probability that is listed for review, and that is merged without a person."""

    review: float
    merge: float


@dataclass(frozen=True)
class Rescored:
    """What takes the place of what was known of the pairs that were compared.

    Attributes:
        pairs: columns of matching.ScoredPair.
        components: columns of matching.ComponentMember, of the settled contacts.
        settled: numbers of the contacts whose components are settled again.
        compared_count: pairs compared.
    """

    pairs: pl.DataFrame
    components: pl.DataFrame
    settled: pl.Series
    compared_count: int


@dataclass(frozen=True)
class ChangedPairs:
    """What is to be stored otherwise.

    Attributes:
        gone: place, contact_id_l, contact_id_r of pairs that are none any more, or may be otherwise.
        fresh: columns of matching.ScoredPair of pairs that are new, or may be otherwise.
    """

    gone: pl.DataFrame
    fresh: pl.DataFrame


def rescore(
    scorer: Scorer,
    values: ContactValues,
    numbers: pl.DataFrame,
    incident: pl.DataFrame,
    read_inside: ReadInside,
    components: pl.DataFrame,
    touched: pl.Series,
    judgements: pl.DataFrame,
    thresholds: Thresholds,
) -> Rescored:
    """Score pairs of changed contacts, and settle every component that these, or what people said, touch.

    Args:
        scorer: of the values, by the kept model.
        values: of all contacts named below.
        numbers: contact, contact_id of them.
        incident: contact_l, contact_r: candidate pairs of contacts whose pairs are compared again.
        read_inside: reads candidate pairs.
        components: contact, component of all members of components that touched contacts or their partners are in.
        touched: numbers of the contacts whose components are settled again in any case.
        judgements: columns of matching.Judgement.
        thresholds: of probability.
    """
    places = _Places(values, numbers)
    positives, negatives = list_positives(judgements), list_negatives(judgements)
    asked = number_pairs(values, positives["parent_id"], positives["contact_id"])
    pairs = scorer.score(distinct_numbers(np.concatenate([places.code(incident), asked])), asked)
    settled = _reach(touched, places.uncode(pairs.codes[is_linking(pairs)]), components)
    inside = places.code(read_inside(settled))
    pairs = unite(pairs, scorer.score(np.setdiff1d(inside, pairs.codes, assume_unique=True), asked))
    apart = number_pairs(values, negatives["contact_id_l"], negatives["contact_id_r"])
    scored = settle_pairs(scorer, pairs, apart, thresholds.review, thresholds.merge)
    return Rescored(
        apply_judgements(scored.pairs, judgements, values.ids),
        tell_components(scored.components, places.numbers),
        settled,
        len(pairs.codes),
    )


def change_pairs(
    stored: pl.DataFrame, found: pl.DataFrame, settled: pl.Series, touched: pl.Series, rescored: pl.Series
) -> ChangedPairs:
    """What scoring again changed.

    Of two contacts that nothing touched, a pair's evidence is what it was: it is not looked at.

    Args:
        stored: place, and columns of matching.ScoredPair but for evidence, of all pairs of settled contacts.
        found: columns of matching.ScoredPair: all pairs of rescored contacts, and all between settled ones.
        settled: contact_id of contacts whose components were settled again.
        touched: contact_id of those of them that the change touches.
        rescored: contact_id of those of the touched ones whose pairs were compared again.
    """
    is_settled, is_touched, is_rescored = (
        [pl.col(side).is_in(ids.implode()) for side in PAIR_IDS] for ids in (settled, touched, rescored)
    )
    before = stored.filter(pl.all_horizontal(is_settled) | pl.any_horizontal(is_rescored))
    columns = [name for name in found.columns if name != "evidence"]
    same = before.filter(~pl.any_horizontal(is_touched)).join(found, on=columns, how="semi")
    return ChangedPairs(before.join(same, on="place", how="anti"), found.join(same, on=PAIR_IDS, how="anti"))


def tell_components(lowest: Numbers, numbers: Numbers | None = None) -> pl.DataFrame:
    """Columns of matching.ComponentMember: contacts that are with others.

    Args:
        lowest: of each contact at hand, the lowest contact of its component.
        numbers: number that each contact is stored under, if another.
    """
    members = np.flatnonzero(np.bincount(lowest, minlength=len(lowest))[lowest] > 1)
    columns = {"contact": members, "component": lowest[members]}
    if numbers is not None:
        columns = {name: numbers[places] for name, places in columns.items()}
    return pl.DataFrame(columns).cast({"contact": pl.UInt32, "component": pl.UInt32})


class _Places:
    """Stored numbers of contacts and their places among the values at hand, which are in id order."""

    def __init__(self, values: ContactValues, numbers: pl.DataFrame) -> None:
        placed = values.contacts.select(place="contact", contact_id="contact_id").join(
            numbers, on="contact_id", how="left", maintain_order="left"
        )
        self.numbers: Numbers = placed["contact"].to_numpy().astype(np.int64)
        self.order = np.argsort(self.numbers, kind="stable")
        self.count = max(len(self.numbers), 1)

    def code(self, pairs: pl.DataFrame) -> Numbers:
        """Pairs of numbers as pairs of places l * count + r, ascending."""
        sides = [self._place(pairs[name]) for name in PAIR]
        return distinct_numbers(np.minimum(*sides) * self.count + np.maximum(*sides))

    def uncode(self, codes: Numbers) -> pl.Series:
        """Numbers of the contacts of pairs."""
        return pl.Series(
            "contact", distinct_numbers(self.numbers[np.concatenate(np.divmod(codes, self.count))]), pl.UInt32
        )

    def _place(self, contacts: pl.Series) -> Numbers:
        wanted = contacts.to_numpy().astype(np.int64)
        return self.order[np.searchsorted(self.numbers, wanted, sorter=self.order)]


def _reach(touched: pl.Series, linked: pl.Series, components: pl.DataFrame) -> pl.Series:
    """Touched and linked contacts, and all that were in a component with one of them."""
    begun = pl.concat([touched.rename("contact").cast(pl.UInt32), linked]).unique()
    met = components.join(begun.to_frame(), on="contact", how="semi").select("component").unique()
    members = components.join(met, on="component", how="semi")["contact"]
    return pl.concat([begun, members]).unique().sort()
