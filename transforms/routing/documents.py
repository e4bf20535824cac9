"""Rulebook documents: one JSON file's channels, rules and groups, read strictly, object by object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.ids import hash_id
from transforms.instants import read_instant
from transforms.quarantine import Problem
from transforms.routing.objects import read_channel, read_condition, read_group, read_rule
from transforms.routing.references import read_id

__all__ = ["Document", "read_documents"]

_SECTIONS = ("channels", "rules", "groups")


@dataclass
class Document:
    """What one rulebook document says; rows are still without validity.

    Attributes:
        file_id: the file.
        place: where it stands among documents without `valid_from`: receipt, run, file name, record.
        valid_from: as given; None when the document does not say.
        received_at: clock of the run that took the file.
        channels: channel id -> row.
        rules: channel id -> rows of its whole rule list.
        conditions: rows of all its rules.
        groups: group id -> row.
        members: group id -> rows; a group that lists no members is not in it and keeps those it has (SPEC GR2).
        problems: what could not be used.
    """

    file_id: str
    place: tuple[datetime, int, str, int]
    valid_from: datetime | None
    received_at: datetime
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    conditions: list[dict[str, Any]] = field(default_factory=list)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def version(self) -> str:
        """The rulebook version: the file; a second record in one file is a version of its own."""
        return self.file_id if self.place[3] == 1 else f"{self.file_id}#{self.place[3]}"

    def says(self, rule_id: str) -> bool:
        """Whether it is the document itself that says what this rule of its list is."""
        return True

    def refuse(self, code: ProblemCode, path: str, reason: str, todo: str, value: object = None) -> None:
        """Put one object of the document in quarantine."""
        text = None if value is None else msgspec.json.encode(value).decode()
        self.problems.append(
            Problem(self.file_id, Folder.ROUTING, code, reason, todo, row_number=self.place[3], column_name=path,
                    value=text)
        )  # fmt: skip


def read_documents(records: pl.DataFrame) -> list[Document]:
    """Read rulebook documents, each on its own (DESIGN 6).

    Args:
        records: file_id, file_name, run_sequence, received_at, record_number and payload of raw rulebook records.

    Returns:
        One document per record, in the order received. A document that is no JSON object, whose `valid_from` is
        no time or whose `shadow` is neither true nor false, holds a problem and nothing else.
    """
    ordered = records.sort("received_at", "run_sequence", "file_name", "file_id", "record_number")
    return [_read_document(row) for row in ordered.iter_rows(named=True)]


def _read_document(record: dict[str, Any]) -> Document:
    place = (record["received_at"], record["run_sequence"], record["file_name"], record["record_number"])
    document = Document(record["file_id"], place, None, record["received_at"])
    try:
        given = msgspec.json.decode(record["payload"])
    except msgspec.DecodeError:
        given = None
    if not isinstance(given, dict):
        document.refuse(
            ProblemCode.UNKNOWN_SHAPE, "", "the document is not a JSON object", "send an object with channels and rules"
        )
        return document
    if not any(name in given for name in (*_SECTIONS, "shadow")):  # an empty shadow ends the one before
        document.refuse(
            ProblemCode.UNKNOWN_SHAPE, "", f"the document has none of the lists {', '.join(_SECTIONS)}",
            "put a rulebook there, and other files into their own folder",
        )  # fmt: skip
        return document
    wrong = [name for name in _SECTIONS if not isinstance(given.get(name), list | None)]
    valid_from = given.get("valid_from")
    document.valid_from = read_instant(valid_from)
    is_shadow = given.get("shadow")
    if not isinstance(is_shadow, bool | None):  # a trial in other words must not decide about leads
        document.refuse(
            ProblemCode.UNKNOWN_SHAPE, "shadow", "shadow is neither true nor false: the whole document is left out",
            "give true for a rulebook that is only tried, false or nothing for one that decides", is_shadow,
        )  # fmt: skip
        return document
    if wrong or (valid_from is not None and document.valid_from is None):
        path = wrong[0] if wrong else "valid_from"
        expected = "a list" if wrong else "an ISO time or seconds since 1970"
        document.refuse(
            ProblemCode.UNKNOWN_SHAPE, path, f"{path} is not {expected}: the whole document is left out",
            f"give {expected}", given.get(path),
        )  # fmt: skip
        return document
    _read_channels(document, given.get("channels") or [])
    if given.get("rules") is not None:
        _read_rules(document, given["rules"])
    _read_groups(document, given.get("groups") or [])
    return document


def _objects(document: Document, section: str, given: Iterable[object]) -> Iterable[tuple[str, dict[str, Any], str]]:
    """Each object of a section with its path and id; what has none, or another's, goes to quarantine."""
    seen: set[str] = set()
    for position, item in enumerate(given):
        path = f"{section}[{position}]"
        if not isinstance(item, dict):
            document.refuse(ProblemCode.UNKNOWN_SHAPE, path, "not a JSON object", "give a documented object", item)
            continue
        identity = read_id(item.get("id"))
        if identity is None:
            document.refuse(ProblemCode.MISSING_FIELD, f"{path}.id", "the object has no id", "give it an id", item)
        elif identity in seen:
            document.refuse(
                ProblemCode.DUPLICATE_ID, f"{path}.id", "the id stands twice in this document; the first one counts",
                "remove one of the two", item,
            )  # fmt: skip
        else:
            seen.add(identity)
            yield path, item, identity


def _read_channels(document: Document, given: list[object]) -> None:
    for _, item, identity in _objects(document, "channels", given):
        document.channels[identity] = read_channel(item, identity)


def _read_rules(document: Document, given: list[object]) -> None:
    document.rules = {channel_id: [] for channel_id in document.channels}
    conditions_seen: set[str] = set()
    for path, item, identity in _objects(document, "rules", given):
        channel_id = read_id(item.get("channel"))
        if channel_id is None:
            document.refuse(
                ProblemCode.MISSING_FIELD, f"{path}.channel", "the rule names no channel", "give its channel's id", item
            )
            continue
        rule, reasons = read_rule(item, identity, channel_id)
        conditions: list[dict[str, Any]] = []
        listed = item.get("conditions")
        if not isinstance(listed, list | None):
            reasons.append("conditions is not a list")
            listed = None
        for position, entry in enumerate(listed or []):
            condition, reason = read_condition(entry, identity, position)
            if reason:
                reasons.append(f"condition {position + 1}: {reason}")
            if condition:
                if condition["condition_id"] in conditions_seen:  # ids given twice stay apart
                    condition["condition_id"] = hash_id(identity, position)
                conditions_seen.add(condition["condition_id"])
                conditions.append(condition)
        rule["path"], rule["invalid_reason"] = path, "; ".join(reasons) or None
        document.rules.setdefault(channel_id, []).append(rule)
        document.conditions += conditions


def _read_groups(document: Document, given: list[object]) -> None:
    for path, item, identity in _objects(document, "groups", given):
        group, members, problems = read_group(item, identity)
        for place, reason, todo, value in problems:
            document.refuse(ProblemCode.INVALID_RULE, f"{path}{place}", reason, todo, value)
        if group:
            document.groups[identity] = group
        if group and members is not None:
            document.members[identity] = members
