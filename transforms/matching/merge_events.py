"""Merges that people asked for: ids resolved, contradictions refused (SPEC A-M6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import Problem, problems_frame

__all__ = ["MERGE_SCHEMA", "ResolvedMerges", "resolve_merges"]

MERGE_SCHEMA = {
    "parent_id": pl.String(), "contact_id": pl.String(), "request_id": pl.String(),
    "requested_at": pl.Datetime("us", "UTC"), "named_ids": pl.List(pl.String()),
}  # fmt: skip


@dataclass(frozen=True)
class ResolvedMerges:
    """Merges to do, and problems.

    Attributes:
        merges: columns of MERGE_SCHEMA: each contact goes into one parent at most, without cycles; and the request
            that asked for it, with the sub-contacts as it named them. Contacts deleted since are among them.
        problems: clusters that were refused.
    """

    merges: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class _Cluster:
    """What one request asks to merge into one parent."""

    request_id: str
    requested_at: datetime
    parent_id: str
    contact_ids: tuple[str, ...]


def resolve_merges(events: pl.DataFrame, contacts: pl.DataFrame, requests: pl.DataFrame) -> ResolvedMerges:
    """Merges in the order they were asked for, each on what the earlier ones left.

    An id that was merged before stands for the contact it went into; the parent itself among its sub-contacts is
    passed over. A cluster that names a contact nobody created, or one deleted before, is refused whole, and so are
    clusters of one request that share a contact and name different parents.

    Args:
        events: columns of core.MergeEvent.
        contacts: contact_id, deleted_at of every contact ever created.
        requests: request_id, file_id, record_number of the requests that asked.
    """
    known = dict(contacts.select("contact_id", "deleted_at").iter_rows())
    lines = {row[0]: row[1:] for row in requests.select("request_id", "file_id", "record_number").iter_rows()}
    into: dict[str, str] = {}
    origins: dict[str, tuple[str, datetime, list[str]]] = {}
    problems: list[Problem] = []
    for clusters in _group_by_request(events):
        valid = [cluster for cluster in clusters if not _refuse_unknown(cluster, known, into, lines, problems)]
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        named_as: defaultdict[str, set[str]] = defaultdict(set)
        for cluster in valid:
            for name in cluster.contact_ids:
                named_as[_resolve(name, into)].add(name)
            wanted[_resolve(cluster.parent_id, into)] |= {_resolve(name, into) for name in cluster.contact_ids}
        named = Counter(name for parent, subs in wanted.items() for name in subs | {parent})
        for cluster in valid:
            parent = _resolve(cluster.parent_id, into)
            if any(named[name] > 1 for name in wanted.get(parent, set()) | {parent}):
                problems.append(_refuse(cluster, lines, ProblemCode.INVALID_REQUEST, cluster.parent_id))
        agreed = {
            parent: subs - {parent}
            for parent, subs in wanted.items()
            if all(named[name] == 1 for name in subs | {parent})
        }
        into |= {name: parent for parent, subs in agreed.items() for name in subs}
        asked = (clusters[0].request_id, clusters[0].requested_at)
        origins |= {name: (*asked, sorted(named_as[name])) for subs in agreed.values() for name in subs}
    rows = [(parent, name, *origins[name]) for name, parent in sorted(into.items())]
    return ResolvedMerges(pl.DataFrame(rows, schema=MERGE_SCHEMA, orient="row"), problems_frame(problems))


def _group_by_request(events: pl.DataFrame) -> Iterator[list[_Cluster]]:
    """The clusters of each request, requests in time order."""
    grouped = events.group_by("requested_at", "request_id", "parent_id").agg(pl.col("contact_id").unique().sort())
    clusters: defaultdict[tuple[datetime, str], list[_Cluster]] = defaultdict(list)
    for at, request_id, parent_id, contact_ids in grouped.sort("requested_at", "request_id", "parent_id").iter_rows():
        clusters[at, request_id].append(_Cluster(request_id, at, parent_id, tuple(contact_ids)))
    yield from clusters.values()


def _resolve(contact_id: str, into: dict[str, str]) -> str:
    while contact_id in into:
        contact_id = into[contact_id]
    return contact_id


def _refuse_unknown(
    cluster: _Cluster,
    known: dict[str, datetime | None],
    into: dict[str, str],
    lines: dict[str, tuple[str, int]],
    problems: list[Problem],
) -> bool:
    """Whether a cluster names a contact that is not there at its time; each such id is a problem."""
    gone = [
        name
        for name in dict.fromkeys((cluster.parent_id, *cluster.contact_ids))
        if name not in known or any(_is_deleted(known.get(one), cluster) for one in (name, _resolve(name, into)))
    ]
    problems += [_refuse(cluster, lines, ProblemCode.UNKNOWN_ID, name, is_deleted=name in known) for name in gone]
    return bool(gone)


def _is_deleted(deleted_at: datetime | None, cluster: _Cluster) -> bool:
    return deleted_at is not None and deleted_at < cluster.requested_at


def _refuse(
    cluster: _Cluster, lines: dict[str, tuple[str, int]], code: ProblemCode, value: str, *, is_deleted: bool = False
) -> Problem:
    file_id, record_number = lines[cluster.request_id]
    if code == ProblemCode.INVALID_REQUEST:
        reason = "clusters of one request share a contact and name different parents"
        todo = "send each contact in one cluster"
    elif is_deleted:
        reason, todo = "this contact is deleted", "leave it out"
    else:
        reason, todo = "no contact has this id", "check the id, or send the contact first"
    column = "parent" if value == cluster.parent_id else "sub_contacts"
    return Problem(
        file_id, Folder.REQUESTS, code, reason, todo, row_number=record_number, column_name=column, value=value
    )
