"""Clusters and aliases by a kept model: of the contacts that a change touches, and of those that these meet."""

from __future__ import annotations

import polars as pl

from flows.runs import Run
from flows.stages.aliases import change_aliases
from flows.stages.changed_values import BETWEEN_GIVEN
from flows.store import Store
from schemas.tables import (
    MATCHING_CLUSTERS,
    MATCHING_JUDGEMENTS,
    MATCHING_SCORED_PAIRS,
    MATCHING_TOUCHED_CONTACTS,
)
from transforms.matching.clustering import cluster_pairs
from transforms.matching.incremental.clusters import reach_clusters
from transforms.matching.judged_pairs import list_positives

__all__ = ["cluster_changes", "find_clusters"]

_IS_GIVEN = "contact_id IN (SELECT contact_id FROM given)"


def find_clusters(run: Run, store: Store, where: str = "true") -> pl.DataFrame:
    """Rows of matching.clusters that scored pairs and judgements make.

    Args:
        run: the run.
        store: the warehouse.
        where: an SQL condition on the pairs, written in code.
    """
    scored = store.read(MATCHING_SCORED_PAIRS, ["contact_id_l", "contact_id_r", "decision", "decided_by"], where)
    asked = store.read(MATCHING_JUDGEMENTS, where="status = 'in_force' AND parent_id IS NOT NULL")
    return cluster_pairs(scored, list_positives(asked), run.settings.matching.auto_merge)


def cluster_changes(run: Run, store: Store) -> None:
    """Clusters that touched contacts are or were in, and the aliases of their members."""
    touched = store.read(MATCHING_TOUCHED_CONTACTS, ["contact_id"])["contact_id"]
    reached = reach_clusters(touched, store.read(MATCHING_CLUSTERS, ["cluster_id", "contact_id"]))
    with store.lend(given=reached.to_frame()):
        clusters = find_clusters(run, store, BETWEEN_GIVEN)
        store.delete(MATCHING_CLUSTERS, _IS_GIVEN)
    store.append(MATCHING_CLUSTERS, clusters)
    change_aliases(store, reached)
    store.delete(MATCHING_TOUCHED_CONTACTS)
