"""Cluster: contacts joined by merges and reviews; what speaks against each other is kept apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_ALIASES, MATCHING_CLUSTERS
from schemas.vocabulary import DECIDED_BY_PEOPLE, PairDecision
from transforms.ids import hash_id
from transforms.matching.comparison import Numbers

__all__ = ["CLUSTER_SIZE_LIMIT", "alias_contacts", "cluster_pairs", "cut_chains", "find_components"]

#: A person is not in a table this often: a larger cluster is a chain, and left for a person to see.
CLUSTER_SIZE_LIMIT = 50
_REQUEST = "request"

Edge = tuple[int, int]


def find_components(nodes_count: int, left: Numbers, right: Numbers) -> Numbers:
    """Component of each node, as a number; nodes that an edge joins, directly or not, have the same."""
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(nodes_count, nodes_count))
    labels: Numbers = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def cut_chains(scored: pl.DataFrame, contacts_count: int) -> pl.DataFrame:
    """Merges that would bring two conflicting contacts into one cluster become reviews, the weakest first.

    Merges are taken from what people asked for, then from the most probable down; one that would join two groups with
    a conflict between them is not done. Clusters above the size limit are not merged at all. What a person asked for
    always is.

    Args:
        scored: left, right, probability, decision, decided_by, conflict and others.
        contacts_count: contacts are 0 to this.
    """
    merges = scored.with_row_index("row").filter(pl.col("decision") == PairDecision.MERGE)
    if merges.is_empty():
        return scored
    labels = find_components(contacts_count, merges["left"].to_numpy(), merges["right"].to_numpy())
    merges = merges.with_columns(pl.Series("component", labels[merges["left"].to_numpy()]))
    oversize = np.flatnonzero(np.bincount(labels) > CLUSTER_SIZE_LIMIT)
    too_large = merges.filter(pl.col("component").is_in(oversize) & (pl.col("decided_by") != _REQUEST))["row"]
    conflicts = _conflicts_within(scored, labels, oversize)
    in_conflict = merges.filter(
        pl.col("component").is_in(conflicts["component"].unique().implode())
    ).sort(pl.col("decided_by") != _REQUEST, -pl.col("probability"), "left", "right")  # fmt: skip
    refused = _refuse_merges(
        in_conflict.select("row", "left", "right", pl.col("decided_by") == _REQUEST).iter_rows(),
        conflicts.select("left", "right").iter_rows(),
    )
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    is_large, is_refused = row.is_in(too_large.implode()), row.is_in(pl.Series(refused, dtype=pl.UInt32).implode())
    return scored.with_columns(
        pl.when(is_large | is_refused).then(pl.lit(PairDecision.REVIEW)).otherwise("decision").alias("decision"),
        pl.when(is_large)
        .then(pl.lit("oversize_cluster"))
        .when(is_refused)
        .then(pl.lit("conflict_in_cluster"))
        .otherwise("decided_by")
        .alias("decided_by"),
    )


def cluster_pairs(scored: pl.DataFrame, merges: pl.DataFrame, auto_merge: bool) -> pl.DataFrame:
    """Clusters: merged ones, and those that wait for a person (SPEC A-D1, A-D4).

    A review cluster lists the contacts that uncertain pairs join, directly or by way of a merged cluster; a contact
    may be in one cluster of either status.

    Args:
        scored: columns of matching.ScoredPair.
        merges: parent_id, contact_id: what people asked for, resolved.
        auto_merge: whether certain pairs are merged without a person.

    Returns:
        Columns of matching.ClusterMember, sorted.
    """
    is_asked = pl.col("decided_by").is_in(DECIDED_BY_PEOPLE)
    is_merged = (pl.col("decision") == PairDecision.MERGE) & (pl.lit(auto_merge) | is_asked)
    is_review = pl.col("decision").is_in([PairDecision.MERGE, PairDecision.REVIEW]) & ~is_merged
    merged = _components(scored.filter(is_merged))
    parents = _choose_parents(merged, merges)
    merged = merged.join(parents, on="component", maintain_order="left").with_columns(pl.lit("merged").alias("status"))
    canonical = dict(merged.select("contact_id", "suggested_parent").iter_rows())
    review = _review_components(scored.filter(is_review), canonical)
    clusters = pl.concat([_name_clusters(merged), _name_clusters(review)])
    return clusters.sort("status", "cluster_id", "contact_id")


def alias_contacts(contact_ids: pl.Series, clusters: pl.DataFrame) -> pl.DataFrame:
    """Which contact every contact is now (SPEC ME1): columns of matching.Alias.

    Args:
        contact_ids: every contact ever created, also deleted ones.
        clusters: columns of matching.ClusterMember.
    """
    merged = clusters.filter(pl.col("status") == "merged").select("contact_id", "suggested_parent", "cluster_id")
    every = contact_ids.unique().sort().to_frame("contact_id")
    aliases = every.join(merged, on="contact_id", how="left", maintain_order="left").with_columns(
        pl.coalesce("suggested_parent", "contact_id").alias("canonical_id")
    )
    return aliases.select(list(polars_schema(MATCHING_ALIASES)))


def _conflicts_within(scored: pl.DataFrame, labels: Numbers, oversize: Numbers) -> pl.DataFrame:
    """Pairs that speak against each other although merges join them."""
    left, right = scored["left"].to_numpy(), scored["right"].to_numpy()
    conflicting = scored.select("left", "right", "decided_by", "conflict", component=pl.Series(labels[left]))
    return conflicting.filter(
        pl.Series(labels[left] == labels[right])
        & pl.col("conflict").is_not_null()
        & (pl.col("decided_by") != _REQUEST)
        & ~pl.col("component").is_in(oversize)
    )


def _refuse_merges(merges: Iterable[tuple[int, int, int, bool]], conflicts: Iterable[Edge]) -> list[int]:
    """Rows of merges not to be done, when those that come first are: groups with a conflict are never joined."""
    group: dict[int, int] = {}
    members: defaultdict[int, set[int]] = defaultdict(set)
    against: defaultdict[int, set[int]] = defaultdict(set)
    for left, right in conflicts:
        against[left].add(right)
        against[right].add(left)
    refused = []
    for row, left, right, is_asked in merges:
        first, second = (group.setdefault(contact, contact) for contact in (left, right))
        for contact, own in ((left, first), (right, second)):
            members[own].add(contact)
        if first == second:
            continue
        if not is_asked and any(against[contact] & members[second] for contact in members[first]):
            refused.append(row)
            continue
        for contact in members[second]:
            group[contact] = first
        members[first] |= members.pop(second)
    return refused


def _components(pairs: pl.DataFrame) -> pl.DataFrame:
    """contact_id, component of every contact in a pair; a component is known by its lowest contact id."""
    ids = pl.concat([pairs["contact_id_l"], pairs["contact_id_r"].alias("contact_id_l")]).unique().sort()
    numbers = pl.DataFrame({"contact_id": ids}).with_row_index("n")
    left, right = (
        pairs.select(pl.col(name).alias("contact_id")).join(numbers, on="contact_id", maintain_order="left")["n"]
        for name in ("contact_id_l", "contact_id_r")
    )
    labels = find_components(len(ids), left.to_numpy(), right.to_numpy())
    found = pl.DataFrame({"contact_id": ids, "label": labels}, schema={"contact_id": pl.String, "label": pl.Int64})
    return found.select("contact_id", pl.col("contact_id").min().over("label").alias("component"))


def _choose_parents(merged: pl.DataFrame, merges: pl.DataFrame) -> pl.DataFrame:
    """component, suggested_parent: the parent a person named, else the lowest id (SPEC DU3)."""
    roots = merges.join(merges.select(pl.col("contact_id").alias("parent_id")), on="parent_id", how="anti")
    named = (
        roots.select(pl.col("parent_id").alias("contact_id"))
        .join(merged, on="contact_id")
        .group_by("component")
        .agg(pl.col("contact_id").min().alias("named"))
    )
    return (
        merged.select("component")
        .unique()
        .join(named, on="component", how="left")
        .select("component", pl.coalesce("named", "component").alias("suggested_parent"))
    )


def _review_components(pairs: pl.DataFrame, canonical: dict[str, str]) -> pl.DataFrame:
    """Members of each review cluster: the contacts of its pairs, joined also where they are merged."""
    sides = [pl.col(name).replace(canonical) for name in ("contact_id_l", "contact_id_r")]
    apart = pairs.filter(sides[0] != sides[1])
    joined = _components(apart.with_columns(sides)).rename({"contact_id": "canonical_id"})
    members = pl.concat([apart.select(contact_id=name) for name in ("contact_id_l", "contact_id_r")]).unique()
    listed = members.with_columns(pl.col("contact_id").replace(canonical).alias("canonical_id")).join(
        joined, on="canonical_id"
    )
    return listed.select(
        "contact_id",
        "component",
        pl.col("canonical_id").min().over("component").alias("suggested_parent"),
        pl.lit("review").alias("status"),
    )


def _name_clusters(members: pl.DataFrame) -> pl.DataFrame:
    """Add the cluster's id: a hash of its lowest contact id, and of review, as a contact may be in one of each."""
    lowest = members.with_columns(pl.col("contact_id").min().over("component").alias("lowest"))
    ids = [
        hash_id(low) if status == "merged" else hash_id(status, low)
        for low, status in lowest.select("lowest", "status").iter_rows()
    ]
    return lowest.with_columns(pl.Series("cluster_id", ids, dtype=pl.String)).select(
        list(polars_schema(MATCHING_CLUSTERS))
    )
