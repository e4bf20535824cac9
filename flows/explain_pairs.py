"""Why contacts are one or not: the pairs that hold a cluster together, and how the evidence of a pair adds up."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.homes import warehouse_of
from flows.settings import load_settings
from flows.store import Store, open_published
from schemas.tables import (
    MARTS_CONTACT_ALIASES,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_DUPLICATE_PAIRS,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_JUDGEMENTS,
)
from transforms.matching.evidence_text import read_waterfall, tell_waterfall
from transforms.matching.judged_pairs import list_positives
from transforms.matching.spanning import Edge, find_weakest

__all__ = ["compare_pair", "tell_clusters", "tell_pair"]

Row = Mapping[str, Any]


def tell_clusters(store: Store, canonical: str) -> Iterator[str]:
    """The duplicate clusters it stands for or waits in, and the pairs that hold them together."""
    members = store.query(
        f"""SELECT c.cluster_id, c.status, c.contact_id, c.display_name
            FROM {MARTS_DUPLICATE_CLUSTERS.full_name} c
            WHERE c.cluster_id IN (
              SELECT d.cluster_id FROM {MARTS_DUPLICATE_CLUSTERS.full_name} d JOIN {MARTS_CONTACT_ALIASES.full_name} a
              USING (contact_id) WHERE a.canonical_id = ?)
            ORDER BY c.status, c.cluster_id, c.contact_id""",
        [canonical],
    )
    for (cluster_id,), group in members.group_by("cluster_id", maintain_order=True):
        merged = group["status"][0] == "merged"
        yield ""
        yield f"{'Merged from' if merged else 'May be the same as'} (cluster {cluster_id}):"
        for row in group.iter_rows(named=True):
            yield f"  {row['contact_id']}  {row['display_name'] or ''}"
        ids = group["contact_id"].to_list()
        pairs = store.read(
            MARTS_DUPLICATE_PAIRS,
            where="list_contains(?, contact_id_l) AND list_contains(?, contact_id_r) AND decision = ?",
            parameters=[ids, ids, "merge" if merged else "review"],
        )
        yield from _weakest_line(pairs)
        for pair in pairs.sort("probability", "contact_id_l", "contact_id_r", descending=True).iter_rows(named=True):
            yield f"  {pair['contact_id_l'][:8]} and {pair['contact_id_r'][:8]}:"
            yield from (f"    {line}" for line in tell_pair(pair))


def tell_pair(pair: Row) -> Iterator[str]:
    """What was decided of a pair, and how its evidence adds up."""
    yield f"{pair['decision']}, probability {pair['probability']:.3f}, by {pair['decided_by']}"
    waterfall = read_waterfall(pair["probability"], pair["decided_by"], pair["evidence"])
    yield from (f"  {line}" for line in tell_waterfall(waterfall))


def compare_pair(home: Path, contact_id_l: str, contact_id_r: str) -> Iterator[str]:
    """Lines on a pair that was not worth keeping, compared anew by the model of the last run."""
    # these take a second, which most explanations do without
    from flows.stages.kept_models import read_kept
    from flows.stages.matched_copies import find_compared
    from flows.stages.matched_values import read_compared_values, read_reference
    from transforms.matching.explaining import explain_pair

    matching = load_settings(home).matching
    with open_published(warehouse_of(home)) as store:
        values = read_compared_values(store, matching.scope)
        pair = find_compared(store, contact_id_l, contact_id_r)
        candidates = store.read(MATCHING_CANDIDATE_PAIRS, ["contact_l", "contact_r"])
        asked = list_positives(store.read(MATCHING_JUDGEMENTS))
        kept = read_kept(store)
    found = explain_pair(
        values, candidates, asked, read_reference(), pair, matching.shared_value_limit, kept.model if kept else None
    )
    if found is None:
        yield "  one of them is deleted, or a row that updates another contact: it is not matched"
        return
    against = f", {found.conflict.replace('_', ' ')}" if found.conflict else ""
    yield f"  probability {found.probability:.3g}{against}; from {matching.review_threshold} on it would be for review"
    waterfall = read_waterfall(found.probability, "fuzzy", found.evidence)
    yield from (f"    {line}" for line in tell_waterfall(waterfall))


def _weakest_line(pairs: pl.DataFrame) -> Iterator[str]:
    """Of a cluster of more than two, the pair without which it would fall apart first."""
    edges = {
        (left, right): Edge(probability, left, right)
        for left, right, probability in pairs.select("contact_id_l", "contact_id_r", "probability").iter_rows()
    }
    weakest = find_weakest(edges)
    if weakest and len(edges) > 1:
        yield f"  weakest link: {weakest.left[:8]} and {weakest.right[:8]}, probability {weakest.probability:.3f}"
