"""Lint a rulebook: all checks, channel by channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.routing.candidate import Candidate, put_in_force
from transforms.routing.conditions import Term, channel_regions, read_terms
from transforms.routing.directory import index_directory
from transforms.routing.lint.conditions import check_conditions, check_invalid, check_rule_alone
from transforms.routing.lint.evidence import Evidence, check_evidence, gather_evidence
from transforms.routing.lint.findings import Finding
from transforms.routing.lint.order import check_order
from transforms.routing.lint.questions import Channel, read_channel
from transforms.routing.lint.reach import check_reach
from transforms.routing.lint.targets import check_groups, check_targets
from transforms.routing.rulebook import Rulebook, compile_rulebook
from transforms.routing.versions import RulebookTables

__all__ = ["Scope", "Surroundings", "lint_candidate", "lint_rulebook", "read_problems"]

#: Rules that are known not to win, so that the leads at hand tell nothing more of them.
_DEAD = frozenset({"contradiction", "never_matches", "dead_rule", "redundant_rule"})

_EVER = pl.lit(None, dtype=pl.Datetime("us", "UTC"))


@dataclass(frozen=True)
class Surroundings:
    """What a rulebook is looked at beside.

    Attributes:
        users: rows of core.users; none where there is no directory, and then no user is refused.
        brands: rows of core.brands.
        regions: brand id -> country its phone numbers are read in.
        default_region: country of every other brand.
        leads: lead_id, channel_id and captured_at of the leads at hand; None without leads.
        lead_fields: core.lead_fields of the same leads, in the same order.
    """

    users: pl.DataFrame
    brands: pl.DataFrame
    regions: Mapping[str, str]
    default_region: str
    leads: pl.DataFrame | None = None
    lead_fields: pl.DataFrame | None = None


@dataclass(frozen=True)
class Scope:
    """Channels and groups to look at; the others are there for what these name."""

    channels: frozenset[str]
    groups: frozenset[str]


def read_problems(problems: pl.DataFrame) -> list[Finding]:
    """Findings on parts of a document that could not be used, but for rules, which lint looks at itself.

    Args:
        problems: of `RulebookTables`.
    """
    of_rules = (pl.col("code") == ProblemCode.INVALID_RULE.value) & pl.col("column_name").str.starts_with("rules")
    columns = ("reason", "column_name", "todo")
    return [
        Finding("invalid_document", f"{path}: {reason}; {todo}" if path else f"{reason}; {todo}", value=path)
        for reason, path, todo in problems.filter(~of_rules).select(columns).iter_rows()
    ]


def lint_candidate(live: RulebookTables | None, candidate: Candidate, beside: Surroundings) -> list[Finding]:
    """What is wrong with a document, were it put in force.

    Args:
        live: the rulebook with all its versions; None where there is none beside the document.
        candidate: the document.
        beside: the directory and the leads at hand.
    """
    tables = candidate.tables if live is None else put_in_force(live, candidate, None)
    scope = Scope(candidate.ruled, frozenset(candidate.tables.groups["group_id"]))
    return read_problems(candidate.tables.problems) + lint_rulebook(tables, beside, scope)


def lint_rulebook(tables: RulebookTables, beside: Surroundings, scope: Scope | None = None) -> list[Finding]:
    """What is wrong, doubtful or needless in the rules that are in force until further notice.

    Args:
        tables: a rulebook; rules and groups that have been replaced or deleted are passed over.
        beside: the directory and the leads at hand.
        scope: what to look at; everything by default.
    """
    in_force = pl.col("valid_to").is_null() & pl.col("deleted_at").is_null()
    everything, groups = tables.rules.filter(in_force), tables.groups.filter(in_force)
    rules = everything.filter(pl.col("channel_id").is_in(list(scope.channels))) if scope else everything
    asked = groups.filter(pl.col("group_id").is_in(list(scope.groups))) if scope else groups
    members = tables.group_members.join(groups, on=["group_id", "rulebook_version"], how="semi", maintain_order="left")
    regions = channel_regions(tables.channels.sort("valid_from"), beside.regions, beside.default_region)
    conditions = tables.conditions.join(rules, on=["rule_id", "rulebook_version"], how="semi", maintain_order="left")
    terms = _group_terms(read_terms(conditions, rules, regions))
    usable = rules.filter(pl.col("invalid_reason").is_null()).with_columns(valid_from=_EVER)
    rulebook = compile_rulebook(usable, (term for listed in terms.values() for term in listed))
    evidence = _gather(rulebook, beside)
    directory = index_directory(beside.users, beside.brands)
    findings = list(check_invalid(rules, terms))
    findings += check_targets(rules, groups, members, directory, is_alone=beside.leads is None)
    findings += check_groups(everything, asked, members, directory)
    channels = scope.channels if scope else rules["channel_id"].unique()
    findings += _check_channels(sorted(channels), rulebook, terms, evidence)
    dead = {str(finding.rule_id) for finding in findings if finding.code in _DEAD}
    return findings + (list(check_evidence(evidence, dead)) if evidence else [])


def _check_channels(
    channels: Sequence[str],
    rulebook: Rulebook,
    terms: Mapping[tuple[str, str], Sequence[Term]],
    evidence: Evidence | None,
) -> Iterator[Finding]:
    numbered = rulebook.rules.with_row_index("row")
    by_channel = numbered.partition_by("channel_id", as_dict=True, maintain_order=True)
    looked_at: list[Channel] = []
    rules: dict[str, list[dict[str, Any]]] = {}
    for channel_id in channels:
        rows = by_channel.get((channel_id,), numbered.clear())
        rules[channel_id] = rows.to_dicts()
        looked_at.append(read_channel(channel_id, rows, terms))
        yield from check_order(channel_id, rules[channel_id], evidence.wins if evidence else None)
        yield from _check_rules(looked_at[-1], [row["rule_id"] for row in rules[channel_id]])
    yield from check_reach(rulebook, looked_at, rules)


def _check_rules(channel: Channel, rule_ids: Sequence[str]) -> Iterator[Finding]:
    for rule, rule_id in zip(channel.rules, rule_ids, strict=True):
        if not rule.is_default:
            yield from check_conditions(channel, rule, rule_id)
            yield from check_rule_alone(channel, rule, rule_id)


def _gather(rulebook: Rulebook, beside: Surroundings) -> Evidence | None:
    if beside.leads is None or beside.lead_fields is None:
        return None
    return gather_evidence(rulebook, beside.leads, beside.lead_fields.select("lead_id", *rulebook.fields))


def _group_terms(terms: Sequence[Term]) -> dict[tuple[str, str], list[Term]]:
    by_rule: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in sorted(terms, key=lambda term: term.order):
        by_rule[term.rule].append(term)
    return by_rule
