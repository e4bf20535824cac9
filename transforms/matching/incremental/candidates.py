"""Candidate pairs after a change: pairs that come, that go, and whose rules are others."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_CANDIDATE_PAIRS
from transforms.matching.blocking import LAST_BIT
from transforms.matching.incremental.blocks import PAIR, KeyChanges

__all__ = ["Candidates", "change_candidates"]


@dataclass(frozen=True)
class Candidates:
    """What is to be stored.

    Attributes:
        pairs: columns of matching.CandidatePair: new ones, and those whose rules changed.
        replaced: contact_l, contact_r of pairs that are stored otherwise or no more.
        fresh: numbers of unchanged contacts that have a pair which they had not.
        gone: contact_l, contact_r of pairs of unchanged contacts that are none any more.
    """

    pairs: pl.DataFrame
    replaced: pl.DataFrame
    fresh: pl.Series
    gone: pl.DataFrame


def change_candidates(
    found: KeyChanges, known: pl.DataFrame, kinds: pl.DataFrame, email_rule: int | None
) -> Candidates:
    """Pairs of like kind, with the rules that bring them.

    Args:
        found: pairs that rules bring, or bring no more.
        known: columns of matching.CandidatePair of the pairs gained and lost, as they were.
        kinds: contact, kind.
        email_rule: number of the rule that brings people and companies together, too.
    """
    fresh = _unite_rules(_keep_like_kinds(found.found, kinds, email_rule), "bits")
    gained = _unite_rules(_keep_like_kinds(found.gained, kinds, email_rule), "gained")
    lost = _unite_rules(found.lost, "lost")
    changed = (
        pl.concat([frame.select(PAIR) for frame in (gained, lost)])
        .unique()
        .join(known.cast(dict.fromkeys(PAIR, pl.Int64)), on=PAIR, how="left")
        .join(gained, on=PAIR, how="left")
        .join(lost, on=PAIR, how="left")
        .with_columns(pl.col("blocking_rules", "gained", "lost").fill_null(0))
        .with_columns(bits=(pl.col("blocking_rules") & ~pl.col("lost")) | pl.col("gained"))
    )
    come = changed.filter((pl.col("bits") != 0) & (pl.col("blocking_rules") == 0))
    gone = changed.filter((pl.col("bits") == 0) & (pl.col("blocking_rules") != 0))
    pairs = pl.concat([fresh, changed.filter(pl.col("bits") != 0).select(fresh.columns)])
    schema = polars_schema(MATCHING_CANDIDATE_PAIRS)
    return Candidates(
        pairs.rename({"bits": "blocking_rules"}).cast({name: schema[name] for name in PAIR}),
        changed.select(PAIR),
        pl.concat([come[name].alias("contact") for name in PAIR]).unique().cast(pl.UInt32),
        gone.select(PAIR),
    )


def _keep_like_kinds(pairs: pl.DataFrame, kinds: pl.DataFrame, email_rule: int | None) -> pl.DataFrame:
    """People and companies are never compared as one kind; that both use one mailbox is kept, as a conflict."""
    for side in PAIR:
        named = kinds.select(pl.col("contact").cast(pl.Int64).alias(side), pl.col("kind").alias(f"kind_{side}"))
        pairs = pairs.join(named, on=side, how="left", maintain_order="left")
    met = [pl.any_horizontal(pl.col(f"kind_{side}") == kind for side in PAIR) for kind in ("person", "company")]
    is_unlike = met[0] & met[1]
    by_email = (pl.col("rule") == pl.lit(email_rule, pl.Int64)).fill_null(False)
    return pairs.filter(by_email | ~is_unlike).select("rule", *PAIR)


def _unite_rules(pairs: pl.DataFrame, name: str) -> pl.DataFrame:
    """contact_l, contact_r, and the bits of the rules."""
    bit = pl.lit(1, pl.Int64) * pl.lit(2, pl.Int64).pow(pl.min_horizontal("rule", pl.lit(LAST_BIT, pl.Int64)))
    return pairs.with_columns(bit.cast(pl.Int64).alias(name)).group_by(PAIR).agg(pl.col(name).bitwise_or())
