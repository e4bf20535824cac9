"""Rulebook versions: what each document says, in force from when until when (SPEC A-O9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import (
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_GROUP_MEMBERS,
    ROUTING_GROUPS,
    ROUTING_RULES,
    Table,
)
from schemas.vocabulary import Folder, ProblemCode
from transforms.leads.catalogue import Form
from transforms.quarantine import Problem, problems_frame
from transforms.routing.conditions import channel_regions, read_terms
from transforms.routing.documents import Document

__all__ = ["RulebookTables", "build_versions"]


@dataclass(frozen=True)
class RulebookTables:
    """Rows of the tables of the same names in the routing layer, and what went to quarantine."""

    channels: pl.DataFrame
    rules: pl.DataFrame
    conditions: pl.DataFrame
    groups: pl.DataFrame
    group_members: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True)
class _Span:
    """A document, and from when until when its word on one object counts."""

    document: Document
    valid_from: datetime | None
    valid_to: datetime | None

    @property
    def stamps(self) -> dict[str, Any]:
        return {"valid_from": self.valid_from, "valid_to": self.valid_to, "rulebook_version": self.document.version}


def build_versions(
    documents: Sequence[Document],
    brand_regions: Mapping[str, str],
    default_region: str,
    attributes: Mapping[str, Form] | None = None,
) -> RulebookTables:
    """Lay the documents' objects out in time.

    A document replaces the channels it holds; where it has a list of rules, the whole rule list of each channel
    it names; and the groups it holds. What it does not name stays in force. Its word counts from its `valid_from`;
    without one since ever where it is the first to name the object, else from when it was received.

    Args:
        documents: from `read_documents`.
        brand_regions: brand id -> country its phone numbers are read in, which conditions' values are too.
        default_region: country of every other brand.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields`.
    """
    channels = _lay_out(documents, "channels")
    rows = {channel_id: [{**span.document.channels[channel_id], **span.stamps} for span in spans]
            for channel_id, spans in channels.items()}  # fmt: skip
    rules = [
        {**rule, **span.stamps}
        for channel_id, spans in _lay_out(documents, "rules").items()
        for span in spans
        for rule in span.document.rules[channel_id]
    ]
    groups, members = _build_groups(documents)
    problems = [problem for document in documents for problem in document.problems]
    channel_rows = _frame(ROUTING_CHANNELS, [row for versions in rows.values() for row in versions])
    regions = channel_regions(channel_rows, brand_regions, default_region)
    checked, conditions, refused = _check_rules(documents, rules, regions, attributes)
    return RulebookTables(channel_rows, checked, conditions, groups, members, problems_frame([*problems, *refused]))


def _lay_out(documents: Sequence[Document], section: str) -> dict[str, list[_Span]]:
    """Object id -> the documents that name it, each with its validity; what never counts is left out."""
    naming: dict[str, list[Document]] = {}
    for document in documents:
        for identity in getattr(document, section):
            naming.setdefault(identity, []).append(document)
    return {identity: list(_lay_spans(named)) for identity, named in naming.items()}


def _lay_spans(documents: Iterable[Document]) -> Iterable[_Span]:
    ordered = sorted(documents, key=lambda document: (document.valid_from or document.received_at, document.place))
    starts = [document.valid_from or document.received_at for document in ordered[1:]]
    froms = [ordered[0].valid_from, *starts]
    for document, valid_from, valid_to in zip(ordered, froms, [*starts, None], strict=True):
        if valid_from is None or valid_to is None or valid_from < valid_to:
            yield _Span(document, valid_from, valid_to)


def _build_groups(documents: Sequence[Document]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Groups and their members; a version that lists no members has those of the version before it (SPEC GR2)."""
    groups: list[dict[str, Any]] = []
    members: list[dict[str, Any]] = []
    for group_id, spans in _lay_out(documents, "groups").items():
        current: list[dict[str, Any]] = []
        for span in spans:
            current = span.document.members.get(group_id, current)
            groups.append({**span.document.groups[group_id], **span.stamps})
            members += [{**member, "rulebook_version": span.document.version} for member in current]
    return _frame(ROUTING_GROUPS, groups), _frame(ROUTING_GROUP_MEMBERS, members)


def _check_rules(
    documents: Sequence[Document],
    rules: list[dict[str, Any]],
    regions: Mapping[str, str],
    attributes: Mapping[str, Form] | None,
) -> tuple[pl.DataFrame, pl.DataFrame, list[Problem]]:
    """Rules with why they are off, their conditions, and one problem per rule that is (SPEC A-C10)."""
    in_force = {(rule["rule_id"], rule["rulebook_version"]) for rule in rules}
    conditions = _frame(
        ROUTING_CONDITIONS,
        [
            {**condition, "rulebook_version": document.version}
            for document in documents
            for condition in document.conditions
            if (condition["rule_id"], document.version) in in_force
        ],
    )
    wrong: dict[tuple[str, str], list[str]] = {}
    frame = _frame(ROUTING_RULES, rules)
    for term in read_terms(conditions, frame, regions, attributes):
        if term.problem:
            wrong.setdefault(term.rule, []).append(f"{term.field}: {term.problem}")
    sources = {document.version: document for document in documents}
    checked, problems = [], []
    for rule in rules:
        key = (rule["rule_id"], rule["rulebook_version"])
        reasons = [rule["invalid_reason"]] if rule["invalid_reason"] else []
        reasons += [] if rule["is_default"] else wrong.get(key, [])
        reason = "; ".join(reasons) or None
        checked.append({**rule, "invalid_reason": reason})
        if reason and sources[key[1]].says(rule["rule_id"]):
            problems.append(
                Problem(
                    sources[key[1]].file_id, Folder.ROUTING, ProblemCode.INVALID_RULE,
                    f"rule {rule['rule_id']} is off: {reason}",
                    "mend the rule and send the rulebook again; the other rules go on without it",
                    row_number=sources[key[1]].place[3], column_name=rule["path"], value=rule["rule_id"],
                )
            )  # fmt: skip
    return _frame(ROUTING_RULES, checked), conditions, problems


def _frame(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=polars_schema(table))
