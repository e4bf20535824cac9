"""Judgements: what people said of pairs of contacts, and which of it is in force (DESIGN 4, law 5).

A merge that was asked for by request is the judgement that two contacts are one. Of one pair the latest judgement
counts; of different pairs that contradict each other the earlier one: a pair judged different is never in one cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_JUDGEMENTS
from schemas.vocabulary import Folder, Judgement, ProblemCode
from transforms.ids import hash_id
from transforms.matching.merge_events import resolve_merges
from transforms.quarantine import Problem, problems_frame

__all__ = ["PeopleSaid", "Settled", "settle_judgements"]

_REQUEST = "request"
_EVENT_KEY = {"request_id": pl.String(), "contact_id": pl.String()}
_IN_FORCE, _REPLACED, _WITHDRAWN, _REFUSED, _WAITING = "in_force", "replaced", "withdrawn", "refused", "waiting"

Pair = tuple[str, str]


@dataclass(frozen=True)
class PeopleSaid:
    """Everything that people said of pairs of contacts, ids of rows that update a contact resolved.

    Attributes:
        judgements: columns of raw.judgements.
        events: columns of core.merge_events.
        withdrawals: columns of raw.merge_withdrawals.
        requests: request_id, user_id, file_id, record_number of the requests that asked for merges.
    """

    judgements: pl.DataFrame
    events: pl.DataFrame
    withdrawals: pl.DataFrame
    requests: pl.DataFrame


@dataclass(frozen=True)
class Settled:
    """What is in force.

    Attributes:
        judgements: columns of matching.Judgement, sorted by id.
        merges: columns of MERGE_SCHEMA: the merges by request that are in force.
        problems: requests that were refused.
    """

    judgements: pl.DataFrame
    merges: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class _Statement:
    """One thing said of one pair."""

    judgement_id: str
    pair: Pair
    judgement: str
    judged_at: datetime
    judged_by: str | None
    source: str
    reference: str | None
    parent_id: str | None = None
    named: tuple[Pair, ...] = ()  # request and sub-contact, as named, of a merge by request
    run_sequence: int = 0
    status: str = _IN_FORCE
    deleted_at: datetime | None = None

    @property
    def place(self) -> tuple[object, ...]:
        """Order in time; at one time a request comes first, so that a person can answer it."""
        return self.judged_at, self.source != _REQUEST, self.run_sequence, self.judgement_id


def settle_judgements(said: PeopleSaid, contacts: pl.DataFrame) -> Settled:
    """Which judgements count.

    Args:
        said: what people said.
        contacts: contact_id, deleted_at of every contact ever created.
    """
    live = set(contacts.filter(pl.col("deleted_at").is_null())["contact_id"])
    askers = dict(said.requests.select("request_id", "user_id").iter_rows())
    given = [_read(row) for row in said.judgements.iter_rows(named=True)]
    events = said.events.join(said.withdrawals, on=["request_id", "contact_id"], how="anti")
    dropped: dict[Pair, _Statement] = {}
    while True:
        left_out = pl.DataFrame(list(dropped), schema=_EVENT_KEY, orient="row")
        kept = events.join(left_out, on=list(_EVENT_KEY), how="anti")
        resolved = resolve_merges(kept, contacts, said.requests)
        merges = resolved.merges.filter(*(pl.col(name).is_in(live) for name in ("parent_id", "contact_id")))
        asked = [_of_merge(row, askers) for row in merges.iter_rows(named=True)]
        settled = _settle([*given, *asked], live)
        # what a later merge stood upon is gone with a merge that does not count: it is resolved anew
        gone = {name: item for item in settled if item.status != _IN_FORCE for name in item.named}
        if not gone:
            break
        dropped |= gone
    listed = [*settled, *dict.fromkeys(dropped.values()), *_withdrawn(said, askers)]
    problems = [resolved.problems, _refused_requests(dropped.values(), said.requests)]
    return Settled(_to_frame(listed), merges, pl.concat(problems))


def _settle(statements: list[_Statement], live: set[str]) -> list[_Statement]:
    """Statements with their status; withdrawals themselves are left out."""
    of_pair: defaultdict[Pair, list[_Statement]] = defaultdict(list)
    for item in sorted(statements, key=lambda item: item.place):
        of_pair[item.pair].append(item)
    settled, standing = [], []
    for items in of_pair.values():
        for item, following in pairwise(items):
            status = _WITHDRAWN if following.judgement == Judgement.WITHDRAWN else _REPLACED
            settled.append(replace(item, status=status, deleted_at=following.judged_at))
        standing += [items[-1]] if items[-1].judgement != Judgement.WITHDRAWN else []
    groups = _Groups()
    for item in sorted(standing, key=lambda item: item.place):
        status = _IN_FORCE if live.issuperset(item.pair) else _WAITING
        if status == _IN_FORCE and not groups.take(item):
            status = _REFUSED
        settled.append(replace(item, status=status))
    return [item for item in settled if item.judgement != Judgement.WITHDRAWN]


class _Groups:
    """Contacts that people said are one, and which of them are apart."""

    def __init__(self) -> None:
        self._group: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._apart: defaultdict[str, set[str]] = defaultdict(set)

    def take(self, item: _Statement) -> bool:
        """Let a statement count; false when it contradicts what counts already."""
        left, right = map(self._find, item.pair)
        if item.judgement == Judgement.UNSURE:
            return True
        if item.judgement == Judgement.DIFFERENT:
            if left != right:
                self._apart[item.pair[0]].add(item.pair[1])
                self._apart[item.pair[1]].add(item.pair[0])
            return left != right
        if left == right:
            return True
        few, many = sorted((left, right), key=lambda group: len(self._members[group]))
        if any(self._apart[name] & self._members[many] for name in self._members[few]):
            return False
        self._group |= dict.fromkeys(self._members[few], many)
        self._members[many] |= self._members.pop(few)
        return True

    def _find(self, contact_id: str) -> str:
        group = self._group.setdefault(contact_id, contact_id)
        self._members.setdefault(group, {contact_id})
        return group


def _read(row: dict[str, Any]) -> _Statement:
    left, right = sorted((row["contact_id_l"], row["contact_id_r"]))
    names = ("judgement_id", "judgement", "judged_at", "judged_by", "source", "reference", "run_sequence")
    return _Statement(pair=(left, right), **{name: row[name] for name in names})


def _of_merge(row: dict[str, Any], askers: dict[str, str | None]) -> _Statement:
    left, right = sorted((row["parent_id"], row["contact_id"]))
    return _Statement(
        judgement_id=hash_id(row["request_id"], *row["named_ids"]),
        pair=(left, right),
        judgement=Judgement.SAME,
        judged_at=row["requested_at"],
        judged_by=askers.get(row["request_id"]),
        source=_REQUEST,
        reference=row["request_id"],
        parent_id=row["parent_id"],
        named=tuple((row["request_id"], name) for name in row["named_ids"]),
    )


def _withdrawn(said: PeopleSaid, askers: dict[str, str | None]) -> Iterator[_Statement]:
    """Merges by request that were taken back, as they were asked for."""
    taken_back = said.events.join(
        said.withdrawals.group_by("request_id", "contact_id").agg(pl.col("withdrawn_at").min()),
        on=["request_id", "contact_id"],
    )
    for row in taken_back.filter(pl.col("parent_id") != pl.col("contact_id")).iter_rows(named=True):
        merge = _of_merge({**row, "named_ids": [row["contact_id"]]}, askers)
        yield replace(merge, status=_WITHDRAWN, deleted_at=row["withdrawn_at"])


def _refused_requests(dropped: Iterable[_Statement], requests: pl.DataFrame) -> pl.DataFrame:
    """Problems for merges that contradict what a person judged before."""
    lines = {row[0]: row[1:] for row in requests.select("request_id", "file_id", "record_number").iter_rows()}
    refused = sorted(
        {name for item in dropped if item.status == _REFUSED for name in item.named},
    )
    return problems_frame(
        Problem(
            lines[request_id][0],
            Folder.REQUESTS,
            ProblemCode.INVALID_REQUEST,
            "a person judged two of the contacts that this would make one to be different",
            "leave it, or judge them anew with `leadpipe review apply`",
            row_number=lines[request_id][1],
            column_name="sub_contacts",
            value=contact_id,
        )
        for request_id, contact_id in refused
    )


def _to_frame(statements: Iterable[_Statement]) -> pl.DataFrame:
    schema = polars_schema(MATCHING_JUDGEMENTS)
    rows = [{"contact_id_l": item.pair[0], "contact_id_r": item.pair[1], **vars(item)} for item in statements]
    return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema).sort("judgement_id")
