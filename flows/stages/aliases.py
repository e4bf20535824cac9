"""core contacts and clusters -> matching.aliases: which contact every id that was ever given stands for now."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

from typing import Final

import polars as pl

from flows.store import Store
from schemas.tables import CORE_CONTACT_UPDATES, CORE_CONTACTS, MATCHING_ALIASES, MATCHING_CLUSTERS, MATCHING_CONTACTS

__all__ = ["change_aliases", "write_aliases"]

_DELETED: Final = f"SELECT contact_id FROM {CORE_CONTACTS.full_name} WHERE deleted_at IS NOT NULL"
_IS_CONCERNED: Final = (
    f"contact_id IN (SELECT contact_id FROM given UNION SELECT contact_id FROM {CORE_CONTACT_UPDATES.full_name}"
    f" UNION SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name} UNION {_DELETED})"
)


def _aliases_of(condition: str) -> str:
    """Columns of matching.Alias, of contacts that satisfy a condition, and of the rows that update them.

    Under other settings the ids of such rows may have been published.
    """
    return f"""(
    WITH own AS (
        SELECT c.contact_id, coalesce(m.suggested_parent, c.contact_id) AS canonical_id, m.cluster_id
        FROM (FROM {CORE_CONTACTS.full_name} WHERE {condition}) c
        LEFT JOIN (FROM {MATCHING_CLUSTERS.full_name} WHERE status = 'merged') m USING (contact_id))
    FROM own UNION ALL SELECT u.row_contact_id, own.canonical_id, own.cluster_id
    FROM {CORE_CONTACT_UPDATES.full_name} u JOIN own USING (contact_id)
)"""


#: Aliases that are otherwise than stored; canonical_id is null where none is left.
_OTHERS: Final = f"""
    SELECT coalesce(now.contact_id, a.contact_id) AS contact_id, now.canonical_id, now.cluster_id
    FROM {{}} now FULL JOIN (FROM {MATCHING_ALIASES.full_name} WHERE {{}}) a ON a.contact_id = now.contact_id
    WHERE now.canonical_id IS DISTINCT FROM a.canonical_id OR now.cluster_id IS DISTINCT FROM a.cluster_id
"""
_KNOWN: Final = f"(SELECT contact_id FROM {MATCHING_CONTACTS.full_name} UNION ALL {_DELETED})"
#: How many ids have an alias, and how many are to have one, where all that are not deleted are matched.
_COUNTS: Final = f"""
    SELECT (SELECT count(*) FROM {MATCHING_ALIASES.full_name}) AS had, (SELECT count(*) FROM {_KNOWN})
        + (SELECT count(*) FROM {CORE_CONTACT_UPDATES.full_name} SEMI JOIN {_KNOWN} USING (contact_id)) AS wanted
"""


def write_aliases(store: Store) -> None:
    """Aliases of all contacts, deleted ones too."""
    store.delete(MATCHING_ALIASES)
    store.copy(_aliases_of("true"), MATCHING_ALIASES, {})


def change_aliases(store: Store, concerned: pl.Series) -> None:
    """Aliases of contacts in other clusters than before, of new ones, and of those that are no contacts any more.

    Deleted contacts have aliases, too, though they were perhaps never matched. So none is missing in the end; if there
    are too many, contacts that had been deleted are no contacts any more.

    Args:
        store: the warehouse, with the clusters as they are now.
        concerned: ids of the contacts that may have others.
    """
    with store.lend(given=concerned.rename("contact_id").to_frame()):
        changed = store.query(_OTHERS.format(_aliases_of(_IS_CONCERNED), _IS_CONCERNED))
    _write(store, changed)
    had, wanted = store.query(_COUNTS).row(0)
    if had != wanted:
        _write(store, store.query(_OTHERS.format(_aliases_of("true"), "true")))


def _write(store: Store, changed: pl.DataFrame) -> None:
    with store.lend(given=changed):
        store.delete(MATCHING_ALIASES, "contact_id IN (SELECT contact_id FROM given)")
    store.append(MATCHING_ALIASES, changed.filter(pl.col("canonical_id").is_not_null()))
