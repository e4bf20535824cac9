"""Judgements applied to scored pairs: what people said is done, and what they keep apart never meets (law 5)."""

from __future__ import annotations

from collections import defaultdict

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS
from schemas.vocabulary import DECIDED_BY_PEOPLE, Judgement, PairDecision
from transforms.matching.clustering import find_lowest
from transforms.matching.outcomes import PAIR_IDS

__all__ = ["JUDGED", "JUDGEMENT", "apply_judgements", "list_negatives", "list_positives"]

#: decided_by of what a person settled, other than by request; in review: nobody can tell, and nobody is asked again.
JUDGEMENT = "judgement"
_APART = "judged_apart"
#: decided_by of all pairs that what people said decides.
JUDGED = [*DECIDED_BY_PEOPLE, JUDGEMENT, _APART]


def list_positives(judgements: pl.DataFrame) -> pl.DataFrame:
    """parent_id, contact_id of the pairs that people say are one.

    Args:
        judgements: columns of matching.Judgement.
    """
    same = _in_force(judgements, Judgement.SAME)
    return same.select(
        parent_id=pl.coalesce("parent_id", "contact_id_l"),
        contact_id=pl.when(pl.col("parent_id") == pl.col("contact_id_r"))
        .then("contact_id_l")
        .otherwise("contact_id_r"),
    )


def list_negatives(judgements: pl.DataFrame) -> pl.DataFrame:
    """contact_id_l, contact_id_r of the pairs that people say are two.

    Args:
        judgements: columns of matching.Judgement.
    """
    return _in_force(judgements, Judgement.DIFFERENT).select(PAIR_IDS)


def apply_judgements(scored: pl.DataFrame, judgements: pl.DataFrame, contact_ids: pl.Series) -> pl.DataFrame:
    """Scored pairs after what people said of them.

    A pair judged different is no match, and merges that would bring its two contacts into one cluster are left for
    review, the least probable first; reviews between two groups that are kept apart are settled with it. A pair that
    nobody can tell is not merged without a person.

    Args:
        scored: columns of matching.ScoredPair; the pairs of `list_positives` are merged by request there.
        judgements: columns of matching.Judgement.
        contact_ids: contacts that are matched.

    Returns:
        The same columns, sorted by pair.
    """
    said = pl.concat(
        [
            _in_force(judgements, kind)
            .join(contact_ids.to_frame("contact_id_l"), on="contact_id_l", how="semi")
            .join(contact_ids.to_frame("contact_id_r"), on="contact_id_r", how="semi")
            .select(*PAIR_IDS, said=pl.lit(kind.value), by_request=pl.col("source") == "request")
            for kind in (Judgement.SAME, Judgement.DIFFERENT, Judgement.UNSURE)
        ]
    )
    if said.is_empty():
        return scored
    known = scored.join(said, on=PAIR_IDS, how="left", maintain_order="left").select(
        *scored.columns, "said", "by_request"
    )
    decided = _settle_pairs(pl.concat([known, _pairs_without_evidence(said, scored)]))
    return _keep_apart(decided, said.filter(pl.col("said") == Judgement.DIFFERENT)).sort(PAIR_IDS)


def _in_force(judgements: pl.DataFrame, kind: Judgement) -> pl.DataFrame:
    return judgements.filter((pl.col("status") == "in_force") & (pl.col("judgement") == kind.value))


def _pairs_without_evidence(said: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Judged pairs that no comparison kept: only what was said is known of them."""
    missing = said.join(scored.select(PAIR_IDS), on=PAIR_IDS, how="anti")
    values = {"probability": 0.0, "decision": PairDecision.NO_MATCH.value, "decided_by": JUDGEMENT, "evidence": "[]"}
    filled = missing.with_columns(pl.lit(value).alias(name) for name, value in values.items())
    return filled.select(*polars_schema(MATCHING_SCORED_PAIRS), "said", "by_request")


def _settle_pairs(scored: pl.DataFrame) -> pl.DataFrame:
    decision = (
        pl.when(pl.col("said") == Judgement.SAME)
        .then(pl.lit(PairDecision.MERGE.value))
        .when(pl.col("said") == Judgement.DIFFERENT)
        .then(pl.lit(PairDecision.NO_MATCH.value))
        .when((pl.col("said") == Judgement.UNSURE) & (pl.col("decision") == PairDecision.MERGE))
        .then(pl.lit(PairDecision.REVIEW.value))
        .otherwise("decision")
    )
    is_judged = pl.col("said").is_not_null() & ~pl.col("by_request").fill_null(False)
    decided_by = pl.when(is_judged).then(pl.lit(JUDGEMENT)).otherwise("decided_by")
    return scored.with_columns(decision.alias("decision"), decided_by.alias("decided_by")).drop("said", "by_request")


def _keep_apart(scored: pl.DataFrame, different: pl.DataFrame) -> pl.DataFrame:
    """No chain of merges joins two contacts judged different."""
    ids = pl.concat([scored[name].alias("id") for name in PAIR_IDS]).unique().sort()
    numbers = pl.DataFrame({"id": ids}).with_row_index("n")
    pairs, apart = (_number(frame, numbers) for frame in (scored, different))
    refused = _refuse_merges(pairs, apart, len(ids))
    is_refused = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(pl.Series(refused, dtype=pl.UInt32).implode())
    kept = pairs.filter((pl.col("decision") == PairDecision.MERGE) & ~is_refused)
    groups = pl.Series(find_lowest(len(ids), kept["left"].to_numpy(), kept["right"].to_numpy()))
    never = {frozenset(pair) for pair in _by_group(apart, groups).iter_rows()}
    between = _by_group(pairs, groups).with_row_index("row").join(_both_ways(never), on=["left", "right"], how="semi")
    is_apart = pl.int_range(pl.len(), dtype=pl.UInt32).is_in(between["row"].implode())
    is_apart &= pl.col("decision") == PairDecision.REVIEW
    return pairs.with_columns(
        pl.when(is_refused).then(pl.lit(PairDecision.REVIEW.value))
        .when(is_apart).then(pl.lit(PairDecision.NO_MATCH.value))
        .otherwise("decision").alias("decision"),
        pl.when(is_refused | is_apart).then(pl.lit(_APART)).otherwise("decided_by").alias("decided_by"),
    ).drop("left", "right")  # fmt: skip


def _number(pairs: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    for name, side in zip(PAIR_IDS, ("left", "right"), strict=True):
        names = numbers.rename({"id": name, "n": side})
        pairs = pairs.join(names, on=name, how="left", maintain_order="left")
    return pairs


def _by_group(pairs: pl.DataFrame, groups: pl.Series) -> pl.DataFrame:
    return pairs.select(groups.gather(pairs[side]).alias(side) for side in ("left", "right"))


def _both_ways(pairs: set[frozenset[int]]) -> pl.DataFrame:
    rows = [order for pair in pairs for left, right in [sorted(pair)] for order in ((left, right), (right, left))]
    return pl.DataFrame(rows, schema={"left": pl.Int64, "right": pl.Int64}, orient="row")


def _refuse_merges(pairs: pl.DataFrame, apart: pl.DataFrame, count: int) -> list[int]:
    """Rows of merges not to be done: from what people said, then the most probable down, groups apart never join."""
    merges = pairs.with_row_index("row").filter(pl.col("decision") == PairDecision.MERGE)
    groups = pl.Series(find_lowest(count, merges["left"].to_numpy(), merges["right"].to_numpy()))
    joined = _by_group(apart, groups).filter(pl.col("left") == pl.col("right"))["left"].unique()
    in_doubt = merges.filter(groups.gather(merges["left"]).is_in(joined.implode())).sort(
        ~pl.col("decided_by").is_in(DECIDED_BY_PEOPLE), -pl.col("probability"), "left", "right"
    )
    against: defaultdict[int, set[int]] = defaultdict(set)
    for left, right in apart.select("left", "right").iter_rows():
        against[left].add(right)
        against[right].add(left)
    group_of: dict[int, set[int]] = {}
    refused = []
    for row, left, right in in_doubt.select("row", "left", "right").iter_rows():
        first, second = (group_of.setdefault(contact, {contact}) for contact in (left, right))
        if first is second:
            continue
        if any(against[contact] & second for contact in first):
            refused.append(row)
            continue
        first |= second
        group_of |= dict.fromkeys(second, first)
    return refused
