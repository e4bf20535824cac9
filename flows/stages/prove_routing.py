"""Routing is proved: what is wrong with the rules, what they cover, whether turns are fair, what a shadow would do."""

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.stages.records import read_records
from flows.stages.rulebook_inputs import read_history, read_live
from flows.store import Store
from schemas.tables import (
    MARTS_ROUTING_COVERAGE,
    MARTS_RULE_FINDINGS,
    MARTS_SHADOW_DECISIONS,
    MARTS_SHADOW_RATES,
    MARTS_TURN_FAIRNESS,
    MARTS_UNASKED_VALUES,
    ROUTING_DECISIONS,
)
from schemas.vocabulary import Folder, Severity
from transforms.routing.backtest import History
from transforms.routing.candidate import read_candidate
from transforms.routing.coverage import find_unasked_values, list_asked_values, mark_defaults, measure_coverage
from transforms.routing.documents import Document
from transforms.routing.fairness import find_unfair, measure_fairness
from transforms.routing.lint.findings import Finding, findings_frame
from transforms.routing.lint.rulebook import Surroundings, lint_candidate, lint_rulebook
from transforms.routing.shadow import find_shadow, run_shadow
from transforms.routing.versions import RulebookTables

__all__ = ["prove_routing"]

#: What is asked of a decision; its texts, most of the ledger, only where a shadow is compared.
_DECIDED = (
    "lead_id", "channel_id", "captured_at", "decided_at", "rule_id", "rulebook_version", "group_id", "group_turn",
    "user_id",
)  # fmt: skip
_TOLD = ("brand_id", "outcome", "reason")


def prove_routing(run: Run) -> Counts:
    """Publish findings, coverage, fairness, and what the shadow rulebook would do; nothing is decided here."""
    with run.store() as store, store.transaction():
        live, shadow = read_live(store), find_shadow(read_records(store, Folder.ROUTING))
        asked = {*live.conditions["field"], *(item["field"] for item in (shadow.conditions if shadow else ()))}
        history = read_history(store, run.settings, asked)
        decisions = store.read(ROUTING_DECISIONS, (*_DECIDED, *(_TOLD if shadow else ())))
        _write_coverage(store, live, history, decisions)
        unfair = _write_fairness(store, history, decisions)
        findings = _write_findings(store, live, shadow, history, unfair)
        severities = [finding.severity for finding in findings]
        counts = {f"{severity}s": severities.count(severity) for severity in Severity}
        return {**counts, "unfair_stretches": len(unfair), **_write_shadow(store, live, shadow, history, decisions)}


def _write_coverage(store: Store, live: RulebookTables, history: History, decisions: pl.DataFrame) -> None:
    taken = mark_defaults(decisions, live.rules)
    store.replace(MARTS_ROUTING_COVERAGE, measure_coverage(taken, live.channels))
    asked = list_asked_values(live, history.organization, history.attributes)
    store.replace(MARTS_UNASKED_VALUES, find_unasked_values(taken, history.lead_fields, asked))


def _write_fairness(store: Store, history: History, decisions: pl.DataFrame) -> list[Finding]:
    fairness = measure_fairness(decisions, history.organization)
    store.replace(MARTS_TURN_FAIRNESS, fairness)
    return list(find_unfair(fairness))


def _write_findings(
    store: Store, live: RulebookTables, shadow: Document | None, history: History, unfair: list[Finding]
) -> list[Finding]:
    """Findings on the rulebook in force and on its shadow; returns the former."""
    known = history.organization
    where = (known.regions, known.default_region)
    keys = history.leads.select("lead_id", "channel_id", "captured_at")
    fields = keys.select("lead_id").join(history.lead_fields, on="lead_id", how="left", maintain_order="left")
    beside = Surroundings(known.users, known.brands, *where, keys, fields, history.attributes)
    findings = [*lint_rulebook(live, beside), *unfair]
    candidate = read_candidate(shadow, *where, history.attributes) if shadow else None
    of_shadow = lint_candidate(live, candidate, beside) if candidate else []
    frames = [
        findings_frame(found).select(pl.lit(is_shadow).alias("is_shadow"), pl.all())
        for found, is_shadow in ((findings, False), (of_shadow, True))
    ]
    store.replace(MARTS_RULE_FINDINGS, pl.concat(frames))
    return findings


def _write_shadow(
    store: Store, live: RulebookTables, shadow: Document | None, history: History, decisions: pl.DataFrame
) -> Counts:
    store.delete(MARTS_SHADOW_DECISIONS)
    store.delete(MARTS_SHADOW_RATES)
    if shadow is None:
        return {}
    differing, rates = run_shadow(live, shadow, history, decisions)
    store.append(MARTS_SHADOW_DECISIONS, differing)
    store.append(MARTS_SHADOW_RATES, rates)
    return {"shadow_leads": int(rates["leads_count"].sum()), "shadow_disagreements": differing.height}
