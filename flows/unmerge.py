"""Merges as people name them to take them back, and what became of them."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.explain import resolve_id
from flows.homes import database_of
from flows.runs import Counts
from flows.store import Store, open_published
from schemas.errors import NotFoundError
from schemas.tables import (
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
)

__all__ = ["Merged", "describe_unmerge", "find_merged"]


@dataclass(frozen=True)
class Merged:
    """A contact of a merged cluster, and the members of the cluster."""

    contact_id: str
    members: tuple[str, ...]


def find_merged(home: Path, given: str) -> Merged:
    """The merged contact that an id, or a prefix of one, names; a cluster's id names the contact that stands for it.

    Raises:
        NotFoundError: nothing has this id, or it is merged with none.
    """
    with open_published(database_of(home)) as store:
        contact_id = _find_cluster(store, given) or resolve_id(store, MARTS_CONTACT_ALIASES, "contact_id", given)
        cluster = store.read(MARTS_CONTACT_ALIASES, ["cluster_id"], "contact_id = ?", [contact_id]).item()
        is_one = "status = 'merged' AND cluster_id = ?"
        members = store.read(MARTS_DUPLICATE_CLUSTERS, ["contact_id"], is_one, [cluster])
    if members.is_empty():
        raise NotFoundError("this contact is merged with no other", where=contact_id)
    return Merged(contact_id, tuple(members["contact_id"].sort()))


def describe_unmerge(home: Path, merged: Merged, counts: Counts) -> Iterator[str]:
    """Lines on what was done, and what each contact of the cluster is now."""
    told = {
        "merges by request taken back": counts["merges_withdrawn"],
        "judgements taken back": counts["judgements_withdrawn"],
        "pairs that the evidence would merge are judged different": counts["pairs_kept_apart"],
    }
    yield "; ".join(f"{count:,} {what}" for what, count in told.items() if count) or "nothing to take back"
    with open_published(database_of(home)) as store:
        now = store.query(
            f"""SELECT a.contact_id, a.canonical_id, c.display_name FROM {MARTS_CONTACT_ALIASES.full_name} a
                LEFT JOIN {MARTS_CONTACTS.full_name} c ON c.id = a.canonical_id
                WHERE list_contains(?, a.contact_id) ORDER BY a.canonical_id, a.contact_id""",
            [list(merged.members)],
        )
    for contact_id, canonical_id, name in now.iter_rows():
        stands = "stands by itself" if contact_id == canonical_id else f"is merged into {canonical_id}"
        yield f"  {contact_id}  {stands}: {name or ''}"


def _find_cluster(store: Store, given: str) -> str | None:
    found = store.query(
        f"""SELECT DISTINCT suggested_parent FROM {MARTS_DUPLICATE_CLUSTERS.full_name}
            WHERE status = 'merged' AND cluster_id = lower(?)""",
        [given],
    )["suggested_parent"]
    return str(found[0]) if len(found) else None
