"""What lint can find, how much it matters, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from schemas.vocabulary import Severity

__all__ = ["FINDING_SCHEMA", "KINDS", "Finding", "findings_frame"]


class Kind(NamedTuple):
    """A kind of finding: how much it matters, and how to mend it."""

    severity: Severity
    mend: str


_ERROR, _WARNING, _NOTE = Severity

KINDS: dict[str, Kind] = {
    # a rule that is off
    "invalid_document": Kind(_ERROR, "mend the part of the document that the finding names"),
    "invalid_rule": Kind(_ERROR, "give the rule what the finding misses; until then the rule is off"),
    "unknown_field": Kind(_ERROR, "ask a field of the catalogue; until then the rule is off"),
    "unknown_operator": Kind(_ERROR, "use eq, any, all, gte or lte; until then the rule is off"),
    "text_compared": Kind(_ERROR, "ask the text with eq, any or all; until then the rule is off"),
    "list_for_one": Kind(_ERROR, "give one value, or ask with any; until then the rule is off"),
    "null_value": Kind(_ERROR, "ask for a missing field with eq null; until then the rule is off"),
    "wrong_value": Kind(_ERROR, "give a value of the field's type; until then the rule is off"),
    # conditions
    "all_empty": Kind(_ERROR, "list the values that have to be there, or remove the condition"),
    "all_of_one": Kind(_ERROR, "ask with any: the field has one value at most"),
    "any_empty": Kind(_WARNING, "list the values, or remove the condition"),
    "impossible_value": Kind(_WARNING, "ask for a value that the field can have"),
    "idle_condition": Kind(_NOTE, "remove the condition: the rule stays the same without it"),
    # rules that never win
    "contradiction": Kind(_ERROR, "mend the conditions that exclude each other"),
    "never_matches": Kind(_ERROR, "give the rule conditions, or delete it"),
    "dead_rule": Kind(_ERROR, "move the rule before those that take its leads, narrow those, or delete it"),
    "redundant_rule": Kind(_WARNING, "delete the rule: the rules before it give the same leads to the same target"),
    "dead_condition": Kind(_WARNING, "remove the condition, or move the rule before those that take its leads"),
    "unreachable_value": Kind(_WARNING, "remove the value, or move the rule before those that take its leads"),
    "catch_all": Kind(_ERROR, "give the rule conditions, or make it the default rule"),
    "never_wins": Kind(_WARNING, "look at the rules that take its leads, and move or narrow one of them"),
    "unmatched_rule": Kind(_NOTE, "nothing, if such leads are still to come"),
    "unsettled": Kind(_NOTE, "make the rule simpler, if its proof matters"),
    # order and defaults
    "order_tie": Kind(_WARNING, "give each rule of the channel an order of its own"),
    "default_not_last": Kind(_ERROR, "give the default rule the highest order; it is tried last in any case"),
    "order_too_high": Kind(_ERROR, "give the rule an order below 32767, which is the default rule's"),
    "no_default": Kind(_ERROR, "add a default rule; without one, leads that no rule takes stay with the brand"),
    "two_defaults": Kind(_ERROR, "delete all default rules of the channel but one; the first one counts"),
    # targets
    "unknown_user": Kind(_ERROR, "name a user of the directory; until then the default rule gives its leads"),
    "inactive_user": Kind(_ERROR, "name an active user; until then the default rule gives its leads"),
    "foreign_user": Kind(_ERROR, "name a user of the brand; until then the default rule gives its leads"),
    "unknown_group": Kind(_ERROR, "name a group that is in force; until then the default rule gives its leads"),
    "group_elsewhere": Kind(_NOTE, "look for the group in the warehouse: leadpipe lint with --home"),
    "unknown_brand": Kind(_WARNING, "name a brand of the directory"),
    "empty_group": Kind(_ERROR, "add members; until then the default rule gives the group's leads"),
    "no_active_member": Kind(_ERROR, "add an active member; until then the default rule gives the group's leads"),
    "idle_member": Kind(_WARNING, "take the member out, or make it active"),
    "idle_group": Kind(_NOTE, "nothing, if a rule is still to name it"),
    # the ledger
    "unfair_turns": Kind(_ERROR, "look at the group's turns in the ledger: the members were not served in turn"),
}


@dataclass(frozen=True)
class Finding:
    """One thing about a rulebook.

    Attributes:
        code: its kind, of KINDS.
        message: what is so, in a sentence.
        channel_id: channel.
        rule_id: the rule that it is about.
        others: other rules that have a part in it.
        group_id: the group that it is about.
        field: the field of a condition.
        value: the value of a condition, or the part of the document.
        leads: how many of the leads at hand it touches; None without leads.
    """

    code: str
    message: str
    channel_id: str | None = None
    rule_id: str | None = None
    others: tuple[str, ...] = ()
    group_id: str | None = None
    field: str | None = None
    value: str | None = None
    leads: int | None = None

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return KINDS[self.code].severity

    @property
    def mend(self) -> str:
        """What to do about it."""
        return KINDS[self.code].mend


FINDING_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "severity": pl.String,
    "code": pl.String,
    "channel_id": pl.String,
    "rule_id": pl.String,
    "other_rule_ids": pl.List(pl.String),
    "group_id": pl.String,
    "field": pl.String,
    "value": pl.String,
    "leads_count": pl.Int64,
    "finding": pl.String,
    "what_to_do": pl.String,
}


def findings_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as FINDING_SCHEMA, the worst first, then as they came."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    rows = [
        (found.severity.value, found.code, found.channel_id, found.rule_id, list(found.others) or None, found.group_id,
         found.field, found.value, found.leads, found.message, found.mend)
        for found in sorted(findings, key=lambda found: ranks[found.severity])
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FINDING_SCHEMA, orient="row")
