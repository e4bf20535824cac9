"""Leads go to people: by named assignee, by owner, by rule, else to the brand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.stages.ledger_changes import replace_decisions
from flows.stages.routing_inputs import read_clock, read_lead_fields, read_leads, read_organization, read_rules
from flows.store import Store
from schemas.errors import ContractError
from schemas.tables import (
    CORE_FLOW_ENROLMENTS,
    CORE_LEAD_FIELDS,
    OPS_QUARANTINE,
    ROUTING_ASSIGNMENTS,
    ROUTING_CLAIMS,
    ROUTING_DECISIONS,
    ROUTING_OFFERS,
    STAGING_CLAIMS,
)
from transforms.routing.decisions import (
    EVALUATED_SCHEMA,
    CompiledRules,
    Policy,
    Routing,
    evaluate_leads,
    settle_evaluated,
)

__all__ = ["is_due", "route"]

_STAGE = "route"
_PART_DECISIONS = 131_072  # decisions written at a time: their texts are large


def route(run: Run) -> Counts:
    """Decide every lead anew, each by the rulebook of its time, and write the ledger (SPEC A-G1)."""
    with run.store() as store, store.transaction():
        organization = read_organization(store, run.settings)
        compiled = read_rules(store, organization)
        leads = read_leads(store)
        evaluated = leads.hstack(_evaluate(store, leads, compiled))
        clock = read_clock(store, run)
        policy = _read_policy(run, clock)
        routing = settle_evaluated(evaluated, compiled, organization, policy, store.read(STAGING_CLAIMS))
        del leads, evaluated  # what is written is made of `routing` alone, part by part
        return _write(store, run, routing, clock)


def is_due(run: Run) -> bool:
    """Whether time alone changes a decision: an offer has ended, a queue may move on."""
    with run.store() as store:
        return store.count(ROUTING_DECISIONS, "due_at <= ?", [read_clock(store, run)]) > 0


def _read_policy(run: Run, clock: datetime) -> Policy:
    chosen = run.settings.routing
    return Policy(
        chosen.sticky_owner, chosen.sticky_owner_channels, chosen.claim_window_minutes, chosen.when_nobody, clock
    )


def _evaluate(store: Store, leads: pl.DataFrame, compiled: CompiledRules) -> pl.DataFrame:
    """`evaluate_leads` of all leads, as their fields are read."""
    keys = leads.select("lead_id", "channel_id", "captured_at").with_row_index("place")
    found = []
    start, is_sorted = 0, True
    for part in read_lead_fields(store, compiled.rulebook.fields):
        asked = keys.slice(start, part.height)
        if not asked["lead_id"].equals(part["lead_id"]):  # as a rule they are stored in the order of the leads
            asked = part.select("lead_id").join(keys, on="lead_id", maintain_order="left")
            is_sorted = False
        start += part.height
        found.append(evaluate_leads(asked, part, compiled).with_columns(asked["place"]))
    whole = pl.concat(found) if found else pl.DataFrame(schema=EVALUATED_SCHEMA)
    if whole.height != leads.height:
        raise ContractError("leads and their fields are not the same", where=CORE_LEAD_FIELDS.full_name)
    return (whole if is_sorted else whole.sort("place")).drop("place", strict=False)


def _write(store: Store, run: Run, routing: Routing, clock: datetime) -> Counts:
    store.replace(ROUTING_OFFERS, routing.settled.offers)
    store.replace(ROUTING_CLAIMS, routing.claims)
    store.delete(ROUTING_ASSIGNMENTS)
    changed = replace_decisions(store, run, _write_parts(store, routing), clock)
    store.replace(CORE_FLOW_ENROLMENTS, routing.enrolments)
    store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
    by_status = routing.settled.leads.group_by("status").len().sort("status").iter_rows()
    return {
        "leads": routing.height,
        **{f"leads_{status}": count for status, count in by_status},
        "offers": routing.settled.offers.height,
        "claims_accepted": int((routing.claims["outcome"] == "accepted").sum()),
        "claims_rejected": int((routing.claims["outcome"] == "rejected").sum()),
        "decisions_changed": changed,
        "enrolments": routing.enrolments.height,
        "quarantined": quarantine(store, _STAGE, routing.problems),
    }


def _write_parts(store: Store, routing: Routing) -> Iterator[pl.DataFrame]:
    """Decisions part by part; the assignments of each part are written beside."""
    for start in range(0, routing.height, _PART_DECISIONS):
        decisions, assignments = routing.write(start, _PART_DECISIONS)
        store.append(ROUTING_ASSIGNMENTS, assignments)
        yield decisions
