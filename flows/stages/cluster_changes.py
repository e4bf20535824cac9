"""Clusters and aliases by a kept model: of the contacts that a change touches, and of those that these meet."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

import polars as pl

from flows.runs import Run
from flows.store import Store
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    MATCHING_JUDGEMENTS,
    MATCHING_SCORED_PAIRS,
    MATCHING_TOUCHED_CONTACTS,
)
from transforms.matching.clustering import cluster_pairs
from transforms.matching.incremental.clusters import reach_clusters
from transforms.matching.judged_pairs import list_positives

__all__ = ["cluster_changes"]

_IS_GIVEN = "contact_id IN (SELECT contact_id FROM given)"
_IS_INSIDE = "contact_id_l IN (SELECT contact_id FROM given) AND contact_id_r IN (SELECT contact_id FROM given)"
_IS_CONCERNED = (
    f"contact_id IN (SELECT contact_id FROM given UNION SELECT contact_id FROM {CORE_CONTACT_UPDATES.full_name}"
    f" UNION SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name})"
)
#: Aliases that are otherwise than stored, of contacts that satisfy a condition; canonical_id is null where none is.
_OTHER_ALIASES = f"""
    WITH own AS (
        SELECT c.contact_id, coalesce(m.suggested_parent, c.contact_id) AS canonical_id, m.cluster_id
        FROM (FROM {CORE_CONTACTS.full_name} WHERE {{0}}) c
        LEFT JOIN (FROM {MATCHING_CLUSTERS.full_name} WHERE status = 'merged') m USING (contact_id)),
    now AS (
        FROM own UNION ALL SELECT u.row_contact_id, own.canonical_id, own.cluster_id
        FROM {CORE_CONTACT_UPDATES.full_name} u JOIN own USING (contact_id))
    SELECT coalesce(now.contact_id, a.contact_id) AS contact_id, now.canonical_id, now.cluster_id
    FROM now FULL JOIN (FROM {MATCHING_ALIASES.full_name} WHERE {{0}}) a ON a.contact_id = now.contact_id
    WHERE now.canonical_id IS DISTINCT FROM a.canonical_id OR now.cluster_id IS DISTINCT FROM a.cluster_id
"""
#: Of the ids that have an alias, and of those that are to have one: two rows, the same when these are the same.
_NAMED = f"""
    SELECT concat_ws('|', count(*), sum(hash(contact_id))) AS digest FROM {MATCHING_ALIASES.full_name}
    UNION ALL SELECT concat_ws('|', count(*), sum(hash(contact_id))) FROM (
        SELECT contact_id FROM {CORE_CONTACTS.full_name}
        UNION ALL SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name}
        JOIN {CORE_CONTACTS.full_name} USING (contact_id))
"""


def cluster_changes(run: Run, store: Store) -> None:
    """Clusters that touched contacts are or were in, and the aliases of their members."""
    touched = store.read(MATCHING_TOUCHED_CONTACTS, ["contact_id"])["contact_id"]
    reached = reach_clusters(touched, store.read(MATCHING_CLUSTERS, ["cluster_id", "contact_id"]))
    asked = store.read(MATCHING_JUDGEMENTS, where="status = 'in_force' AND parent_id IS NOT NULL")
    with store.lend(given=reached.to_frame()):
        columns = ["contact_id_l", "contact_id_r", "decision", "decided_by"]
        scored = store.read(MATCHING_SCORED_PAIRS, columns, _IS_INSIDE)
        clusters = cluster_pairs(scored, list_positives(asked), run.settings.matching.auto_merge)
        store.delete(MATCHING_CLUSTERS, _IS_GIVEN)
    store.append(MATCHING_CLUSTERS, clusters)
    _change_aliases(store, reached)
    store.delete(MATCHING_TOUCHED_CONTACTS)


def _change_aliases(store: Store, concerned: pl.Series) -> None:
    """Aliases of contacts in other clusters than before, of new ones, and of those that are no contacts any more.

    Contacts that were deleted before they were ever matched have aliases, too: whether all have is asked at the end.
    """
    with store.lend(given=concerned.rename("contact_id").to_frame()):
        changed = store.query(_OTHER_ALIASES.format(_IS_CONCERNED))
    _write_aliases(store, changed)
    if store.query(_NAMED)["digest"].n_unique() > 1:
        _write_aliases(store, store.query(_OTHER_ALIASES.format("true")))


def _write_aliases(store: Store, changed: pl.DataFrame) -> None:
    with store.lend(given=changed):
        store.delete(MATCHING_ALIASES, _IS_GIVEN)
    store.append(MATCHING_ALIASES, changed.filter(pl.col("canonical_id").is_not_null()))
