"""Why a lead went where it went: the decision, what would have been decided else, and every rule with its answer."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flows.explain import Row, name_of, resolve_id, show_moment, show_text
from flows.homes import database_of, warehouse_of
from flows.settings import load_settings
from flows.stages.routing_inputs import read_attribute_values
from flows.store import Store, open_published
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    CORE_LEAD_FIELDS,
    MARTS_ASSIGNMENTS,
    MARTS_CLAIMS,
    MARTS_LEADS,
    MARTS_OFFERS,
    MARTS_ROUTING_DECISIONS,
    MARTS_ROUTING_HISTORY,
    ROUTING_CHANNELS,
    ROUTING_CONDITIONS,
    ROUTING_RULES,
)
from transforms.leads.attribute_fields import ATTRIBUTE_PREFIX, list_attribute_fields
from transforms.routing.explain import RuleOutcome
from transforms.routing.explain import explain_lead as explain_rules

__all__ = ["explain_lead"]


def explain_lead(home: Path, lead_id: str) -> list[str]:
    """The decision on a lead, and every rule in force then, in order, with yes or its first failing condition.

    Raises:
        NotFoundError: no lead has this id, or several begin with it.
    """
    with open_published(database_of(home)) as store:
        found = resolve_id(store, MARTS_LEADS, "id", lead_id)
        lead = store.read(MARTS_LEADS, where="id = ?", parameters=[found]).row(0, named=True)
        decisions = store.read(MARTS_ROUTING_DECISIONS, where="lead_id = ?", parameters=[found]).to_dicts()
        assignments = store.read(MARTS_ASSIGNMENTS, where="lead_id = ?", parameters=[found]).sort("position").to_dicts()
        origin = f"{lead['file']} record {lead['row_number']}"
        lines = [
            f"lead {found}, captured {show_moment(lead['captured_at'])}, from {origin}",
            f"contact  {lead['contact_id']}  {name_of(store, lead['contact_id'])}",
        ]
        events = list(_event_lines(store, found))
    for decision in decisions:
        lines += _decision_lines(decision)
    lines += events
    lines += [f"held by  {row['user_name'] or row['user_id'] or 'nobody'} ({row['status']})" for row in assignments]
    outcomes = _read_outcomes(home, lead) if lead["lead_channel"] else []
    return (
        [*lines, "", f"Rules of channel {lead['lead_channel']}:", *map(_outcome_line, outcomes)] if outcomes else lines
    )


def _decision_lines(decision: Row) -> Iterator[str]:
    shown = {
        "decided by": f"{decision['outcome']} ({decision['status']})",
        "reason": decision["reason"],
        "rule": decision["rule_id"],
        "else rule": decision["next_rule_id"],
        "group": f"{decision['group_id']}, turn {decision['group_turn']}" if decision["group_turn"] else None,
        "by rules": _unless_by_rules(decision),
        "owner": decision["owner_id"],
        "changes": show_moment(decision["due_at"]),
        "refused": decision["fallback_chain"],
        "rulebook": decision["rulebook_version"],
    }
    for name, value in shown.items():
        if value:
            yield f"  {name:<12}{show_text(value)}"


def _unless_by_rules(decision: Row) -> str | None:
    """What the rules would have done where something else decided (SPEC A-G1)."""
    if decision["outcome"] in ("rule", "default_rule") or not decision["rules_target"]:
        return None
    return f"would have given it to {decision['rules_target']} {decision['rules_target_id']}"


def _event_lines(store: Store, lead_id: str) -> Iterator[str]:
    """Offers, claims and earlier decisions."""
    offers = store.read(MARTS_OFFERS, where="lead_id = ?", parameters=[lead_id]).sort("offered_at", "user_id")
    for row in offers.iter_rows(named=True):
        until = show_moment(row["expires_at"])
        yield f"offered  to {row['user_id']} of {row['group_id']} until {until}: {row['outcome']}"
    claims = store.read(MARTS_CLAIMS, where="lead_id = ?", parameters=[lead_id]).sort("claimed_at", "claim_id")
    for row in claims.iter_rows(named=True):
        why = f" ({row['reason']})" if row["reason"] else ""
        yield f"claimed  by {row['user_id']} at {show_moment(row['claimed_at'])}: {row['outcome']}{why}"
    before = store.read(MARTS_ROUTING_HISTORY, where="lead_id = ?", parameters=[lead_id]).sort("run_sequence")
    for row in before.iter_rows(named=True):
        yield f"before   {row['reason']} (until run {row['run_sequence']}: {row['cause']})"


def _read_outcomes(home: Path, lead: Row) -> list[RuleOutcome]:
    """The lead against each rule that was in force on its channel when it was captured."""
    settings = load_settings(home)
    at = lead["captured_at"]
    with open_published(warehouse_of(home)) as store:
        fields = store.read(CORE_LEAD_FIELDS, where="lead_id = ?", parameters=[lead["id"]]).to_dicts()
        rules = store.read(
            ROUTING_RULES,
            where="channel_id = ? AND (valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to > ?)"
            " AND (deleted_at IS NULL OR deleted_at > ?)",
            parameters=[lead["lead_channel"], at, at, at],
        )
        conditions = store.read(
            ROUTING_CONDITIONS, where="list_contains(?, rule_id)", parameters=[rules["rule_id"].to_list()]
        )
        asked = {name for name in conditions["field"] if name.startswith(ATTRIBUTE_PREFIX)}
        values = read_attribute_values(store, sorted(asked), [lead["id"]])
        if values is not None:
            found = values.filter(lead_id=lead["id"])
            fields[0] |= found.drop("lead_id").row(0, named=True) if found.height else {}
        attributes = list_attribute_fields(store.read(CORE_ATTRIBUTE_DEFS))
        regions = store.query(
            f"""SELECT brand_id, region FROM {ROUTING_CHANNELS.full_name} c
                LEFT JOIN {CORE_BRANDS.full_name} USING (brand_id) WHERE channel_id = ?""",
            [lead["lead_channel"]],
        ).rows()
    brand, region = regions[0] if regions else (None, None)
    country = settings.regions.get(brand) or region or settings.region
    return explain_rules(fields[0], rules, conditions, country, attributes)


def _outcome_line(outcome: RuleOutcome) -> str:
    head = f"  {outcome.order:>6}  {outcome.rule_id}  "
    if outcome.matched:
        return f"{head}yes"
    if outcome.failed_condition is None:
        return f"{head}no: {outcome.condition_value}"
    have = outcome.lead_value or "no value"
    asked = f", asked is {outcome.condition_value}" if outcome.condition_value else ""
    return f"{head}no: {outcome.failed_condition} fails, the lead has {have}{asked}"
