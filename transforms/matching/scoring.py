"""Candidate pairs -> scored pairs: compare and decide in portions, then look at the pairs inside each cluster-to-be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS
from schemas.vocabulary import PairDecision
from transforms.matching.blocking import pair_block_members
from transforms.matching.clustering import CLUSTER_SIZE_LIMIT, cut_chains, find_components
from transforms.matching.decision import ContactFacts, decide_pairs, gather_facts, score_pairs
from transforms.matching.evidence import describe_evidence
from transforms.matching.fields import Comparison, compare_fields, prepare_comparisons
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["score_candidates"]

_PORTION = 500_000  # pairs compared at a time: about 400 MB
_REQUEST = "request"
_PAIR = ["left", "right"]


def score_candidates(
    values: ContactValues,
    candidates: pl.DataFrame,
    merges: pl.DataFrame,
    reference: MatchingReference,
    *,
    review_threshold: float,
    shared_value_limit: int,
) -> pl.DataFrame:
    """Scored pairs worth keeping: merge, review, and what a conflict cut.

    Pairs inside a cluster-to-be that no rule brought together are compared too, so that a chain cannot join two
    contacts that speak against each other (SPEC A-D2); what a person merged stays merged.

    Args:
        values: what matching knows of the contacts.
        candidates: contact_id_l, contact_id_r.
        merges: parent_id, contact_id: what people asked for, resolved (SPEC A-M6).
        reference: nicknames.
        review_threshold: least probability that is listed for review.
        shared_value_limit: an e-mail or phone that more contacts share is no evidence.

    Returns:
        Columns of matching.ScoredPair, sorted.
    """
    comparisons = prepare_comparisons(values, reference, shared_value_limit)
    facts = gather_facts(values)
    asked = _number_pairs(values, merges.select(pl.col("parent_id").alias("a"), pl.col("contact_id").alias("b")))
    found = _number_pairs(
        values, candidates.select(pl.col("contact_id_l").alias("a"), pl.col("contact_id_r").alias("b"))
    )
    pairs = pl.concat([found, asked]).unique().sort(_PAIR)
    marked = pairs.join(asked.unique().with_columns(asked=True), on=_PAIR, how="left", maintain_order="left")
    is_asked = marked["asked"].fill_null(False)
    decided = _settle_requests(_score(comparisons, facts, pairs, review_threshold, is_asked), asked)
    inside = _score_inside(comparisons, facts, decided, len(values.ids))
    whole = _add_pairs(decided, inside)
    return _publish(cut_chains(whole, len(values.ids)), values.ids)


def _number_pairs(values: ContactValues, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of ids as pairs of numbers, lower first; pairs with a contact that is gone are left out."""
    numbers = values.contacts.select("contact", "contact_id")
    numbered = pairs.join(numbers.rename({"contact": "n", "contact_id": "a"}), on="a").join(
        numbers.rename({"contact": "m", "contact_id": "b"}), on="b"
    )
    return numbered.select(left=pl.min_horizontal("n", "m"), right=pl.max_horizontal("n", "m")).filter(
        pl.col("left") < pl.col("right")
    )


def _score(
    comparisons: Mapping[str, Comparison],
    facts: ContactFacts,
    pairs: pl.DataFrame,
    review_threshold: float,
    kept: pl.Series | None = None,
) -> pl.DataFrame:
    """left, right, probability, decision, decided_by, conflict, evidence of pairs that are decided, or in `kept`."""
    always = kept if kept is not None else pl.repeat(False, pairs.height, eager=True)
    portions = [
        _score_portion(
            comparisons, facts, pairs.slice(start, _PORTION), review_threshold, always.slice(start, _PORTION)
        )
        for start in range(0, max(pairs.height, 1), _PORTION)
    ]
    return pl.concat(portions)


def _score_portion(
    comparisons: Mapping[str, Comparison],
    facts: ContactFacts,
    pairs: pl.DataFrame,
    review_threshold: float,
    always: pl.Series,
) -> pl.DataFrame:
    left, right = (pairs[name].to_numpy().astype(np.int64) for name in _PAIR)
    agreements = compare_fields(comparisons, left, right)
    scores = score_pairs(agreements, facts, left)
    decided = decide_pairs(agreements, facts, left, right, scores.probabilities, review_threshold)
    rows = (decided["decision"].is_not_null() | always).arg_true().to_numpy().astype(np.int64)
    return pl.concat(
        [
            pairs[rows],
            pl.DataFrame({"probability": scores.probabilities[rows]}),
            decided[rows],
            describe_evidence(comparisons, agreements, scores, rows).to_frame(),
        ],
        how="horizontal",
    )


def _settle_requests(scored: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """What a person asked for is done, whatever speaks against it."""
    marked = scored.join(asked.unique().with_columns(asked=True), on=_PAIR, how="left", maintain_order="left")
    is_asked = pl.col("asked").fill_null(False)
    return marked.with_columns(
        pl.when(is_asked).then(pl.lit(PairDecision.MERGE)).otherwise("decision").alias("decision"),
        pl.when(is_asked).then(pl.lit(_REQUEST)).otherwise("decided_by").alias("decided_by"),
        pl.when(is_asked).then(1.0).otherwise("probability").alias("probability"),
    ).drop("asked")


def _score_inside(
    comparisons: Mapping[str, Comparison], facts: ContactFacts, decided: pl.DataFrame, contacts_count: int
) -> pl.DataFrame:
    """Conflicts among the contacts of one cluster-to-be, whether or not a rule brought the two together."""
    merged = decided.filter(pl.col("decision") == PairDecision.MERGE)
    labels = find_components(contacts_count, merged["left"].to_numpy(), merged["right"].to_numpy())
    sizes = np.bincount(labels, minlength=1)
    members = np.flatnonzero((sizes[labels] > 2) & (sizes[labels] <= CLUSTER_SIZE_LIMIT))
    members = members[np.argsort(labels[members], kind="stable")]
    counts = np.unique(labels[members], return_counts=True)[1].astype(np.int64)
    left, right = pair_block_members(members.astype(np.int64), counts)
    pairs = pl.DataFrame({"left": left, "right": right}, schema={"left": pl.UInt32, "right": pl.UInt32})
    unmerged = pairs.join(merged.select(_PAIR), on=_PAIR, how="anti").sort(_PAIR)
    everything = pl.repeat(True, unmerged.height, eager=True)
    inside = _score(comparisons, facts, unmerged, 1.0, everything).filter(pl.col("conflict").is_not_null())
    return inside.with_columns(
        pl.lit(PairDecision.NO_MATCH.value).alias("decision"), pl.col("conflict").alias("decided_by")
    )


def _add_pairs(decided: pl.DataFrame, inside: pl.DataFrame) -> pl.DataFrame:
    """A pair that was decided already stays as decided; its conflict is known there too."""
    return pl.concat([decided, inside.join(decided.select(_PAIR), on=_PAIR, how="anti")])


def _publish(scored: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    ordered = scored.sort(_PAIR)
    return ordered.with_columns(
        ids.gather(ordered["left"]).alias("contact_id_l"), ids.gather(ordered["right"]).alias("contact_id_r")
    ).select(list(polars_schema(MATCHING_SCORED_PAIRS)))
