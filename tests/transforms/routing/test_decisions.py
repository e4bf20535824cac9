"""Precedence, turns, offers and fallbacks against a simulation that takes one lead at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_LEAD_FIELDS, CORE_USERS
from transforms.routing.decisions import Organization, Policy, Routed, compile_rules, route_leads
from transforms.routing.versions import RulebookTables

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
LEAD = {
    "lead_id": pl.String, "contact_id": pl.String, "channel_id": pl.String, "brand_id": pl.String,
    "captured_at": pl.Datetime("us", "UTC"), "assignees": pl.String, "is_repeat": pl.Boolean,
    "contact_owner": pl.String, "file_id": pl.String, "record_number": pl.Int64, "payload_key": pl.String,
}  # fmt: skip

RulebookOf = Callable[..., RulebookTables]


def make_user(user_id: str, is_active: bool = True, **more: Any) -> dict[str, Any]:
    return {"user_id": user_id, "is_active": is_active, "first_name": "User", "last_name": user_id,
            "email": f"{user_id}@example.com", "brand_id": "b1", **more}  # fmt: skip


def make_lead(number: int, minutes: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "lead_id": f"l{number:04}",
        "contact_id": f"c{number}",
        "channel_id": "ch1",
        "brand_id": "b1",
        "captured_at": NOON + timedelta(minutes=minutes),
        "is_repeat": False,
        "file_id": "leads",
        "record_number": number + 1,
        "payload_key": f"k{number}",
        **more,
    }


def make_rule(
    rule_id: str, order: int, target: str, named: str, city: str | None = None, **more: Any
) -> dict[str, Any]:
    asked = [{"field": "city", "operator": "eq", "value": city}] if city else []
    return {"id": rule_id, "channel": "ch1", "kind": "AND", "order": order, "target": target,
            target.lower(): named, "conditions": asked, **more}  # fmt: skip


def make_group(group_id: str, users: list[str], distribution: str = "RoundRobin") -> dict[str, Any]:
    members = [{"user": user_id, "order": place} for place, user_id in enumerate(users, 1)]
    return {
        "id": group_id,
        "name": f"Group {group_id}",
        "brand": "b1",
        "distribution": distribution,
        "members": members,
    }


def route(
    tables: RulebookTables,
    users: list[dict[str, Any]],
    leads: list[dict[str, Any]],
    cities: Mapping[str, str | None] | None = None,
    sticky: bool = True,
) -> Routed:
    organization = Organization(
        users=pl.DataFrame(users, schema=polars_schema(CORE_USERS)),
        brands=pl.DataFrame([{"brand_id": "b1"}, {"brand_id": "b2"}], schema=polars_schema(CORE_BRANDS)),
        groups=tables.groups,
        members=tables.group_members,
        regions={},
        default_region="US",
    )
    compiled = compile_rules(tables.rules, tables.conditions, tables.channels, organization)
    cities = cities or {}
    rows = [{"lead_id": lead["lead_id"], "city": [city] if (city := cities.get(lead["lead_id"])) else None}
            for lead in leads]  # fmt: skip
    fields = pl.DataFrame(rows, schema=polars_schema(CORE_LEAD_FIELDS))
    policy = Policy(sticky, {"ch2": False}, 30)
    return route_leads(pl.DataFrame(leads, schema=LEAD), fields, compiled, organization, policy)


def outcomes(routed: Routed) -> dict[str, tuple[str, str | None]]:
    rows = routed.decisions.select("lead_id", "outcome", "user_id").iter_rows()
    return {lead_id: (outcome, user_id) for lead_id, outcome, user_id in rows}


# --- the oracle: one lead at a time -------------------------------------------------------------------------------


def simulate(
    leads: list[dict[str, Any]],
    cities: Mapping[str, str | None],
    rules: list[dict[str, Any]],
    groups: list[tuple[datetime, dict[str, dict[str, Any]]]],
    active: set[str],
) -> dict[str, tuple[str, str | None]]:
    decided: dict[str, tuple[str, str | None]] = {}
    owner_of: dict[str, str] = {}
    served: dict[str, tuple[int, str]] = {}
    last_of: dict[tuple[str, str], str] = {}
    for lead in sorted(leads, key=lambda lead: (lead["captured_at"], lead["lead_id"])):
        key = (lead["contact_id"], lead["payload_key"])
        if lead["is_repeat"] and key in last_of:
            decided[lead["lead_id"]] = ("repeat", decided[last_of[key]][1])
            continue
        if not lead["is_repeat"]:
            last_of[key] = lead["lead_id"]
        now = [version for start, version in groups if start <= lead["captured_at"]][-1]
        sticky = lead["channel_id"] != "ch2"
        named = [entry["email"].split("@")[0] for entry in json.loads(lead["assignees"] or "[]")]
        named = [user for user in named if user in active]
        owner = lead["contact_owner"] if lead["contact_owner"] in active else owner_of.get(lead["contact_id"])
        if named:
            outcome, user = "assignee", named[0]
        elif sticky and owner:
            outcome, user = "owner", owner
        else:
            outcome, user = apply_rules(lead, cities, rules, now, active, served)
        decided[lead["lead_id"]] = (outcome, user)
        if user:
            owner_of.setdefault(lead["contact_id"], user)
    return decided


def apply_rules(
    lead: dict[str, Any],
    cities: Mapping[str, str | None],
    rules: list[dict[str, Any]],
    groups: dict[str, dict[str, Any]],
    active: set[str],
    served: dict[str, tuple[int, str]],
) -> tuple[str, str | None]:
    mine = [rule for rule in rules if rule["channel"] == lead["channel_id"]]
    mine.sort(key=lambda rule: (rule.get("is_default", False), rule["order"], rule["id"]))
    asked = cities.get(lead["lead_id"])
    found = [rule for rule in mine if rule.get("is_default") or all(c["value"] == asked for c in rule["conditions"])]
    for rule in found[:1] + [rule for rule in found[1:] if rule.get("is_default")][:1]:
        outcome = "default_rule" if rule.get("is_default") else "rule"
        if rule["target"] == "Brand":
            return outcome, None
        if rule["target"] == "User" and rule["user"] in active:
            return outcome, rule["user"]
        group = groups.get(rule.get("group", ""), {"members": []})
        circle = sorted((entry["order"], entry["user"]) for entry in group["members"] if entry["user"] in active)
        if rule["target"] == "Group" and circle:
            if group["distribution"] == "FirstToClaim":
                return outcome, None
            last = served.get(group["id"])
            served[group["id"]] = next((seat for seat in circle if last and seat > last), circle[0])
            return outcome, served[group["id"]][1]
    return "brand", None


USERS = [f"u{number}" for number in range(6)]


@st.composite
def group_versions(draw: st.DrawFn) -> list[dict[str, dict[str, Any]]]:
    kinds = st.sampled_from(["RoundRobin", "RoundRobin", "FirstToClaim"])
    members = st.lists(st.tuples(st.sampled_from(USERS), st.integers(1, 3)), unique_by=lambda seat: seat[0], max_size=5)
    return [
        {
            name: {"id": name, "distribution": draw(kinds),
                   "members": [{"user": user, "order": order} for user, order in draw(members)]}
            for name in ("g1", "g2")
        }
        for _ in range(draw(st.integers(1, 3)))
    ]  # fmt: skip


@st.composite
def random_rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    rules = []
    for number in range(draw(st.integers(0, 6))):
        target = draw(st.sampled_from(["User", "Group", "Group", "Brand"]))
        named = {"User": st.sampled_from(USERS), "Group": st.sampled_from(["g1", "g2", "g3"]), "Brand": st.just("b1")}
        rule = make_rule(f"r{number}", draw(st.integers(1, 3)), target, draw(named[target]),
                         draw(st.sampled_from([None, "miami", "tampa"])))  # fmt: skip
        rules.append(rule | {"channel": draw(st.sampled_from(["ch1", "ch2"])), "is_default": draw(st.booleans())})
    return rules


@st.composite
def random_leads(draw: st.DrawFn) -> list[dict[str, Any]]:
    assignee = st.one_of(st.none(), st.none(), st.none(), st.lists(st.sampled_from([*USERS, "nobody"]), max_size=2))
    leads = []
    for number in range(draw(st.integers(1, 25))):
        named = draw(assignee)
        lead = make_lead(
            number,
            draw(st.integers(0, 200)),
            contact_id=draw(st.sampled_from(["c1", "c2", "c3", "c4"])),
            channel_id=draw(st.sampled_from(["ch1", "ch1", "ch2", "ch3", None])),
            payload_key=draw(st.sampled_from(["k1", "k2"])),
            is_repeat=draw(st.sampled_from([False, False, True])),
            contact_owner=draw(st.sampled_from([None, None, None, *USERS])),
            assignees=None if named is None else json.dumps([{"email": f"{user}@example.com"} for user in named]),
        )
        leads.append(lead)
    return leads


@settings(max_examples=int(__import__("os").environ.get("ROUTING_EXAMPLES", "60")), deadline=None)
@given(data=st.data())
def test_a_g1_a_g6_routing_equals_a_simulation_lead_by_lead(rulebook_of: RulebookOf, data: st.DataObject) -> None:
    versions, rules, leads = data.draw(group_versions()), data.draw(random_rules()), data.draw(random_leads())
    active = set(data.draw(st.lists(st.sampled_from(USERS))))
    cities = {lead["lead_id"]: data.draw(st.sampled_from([None, "miami", "tampa"])) for lead in leads}
    documents = [{"groups": list(version.values())} for version in versions]
    documents[0] |= {"channels": [{"id": "ch1", "brand": "b1"}, {"id": "ch2", "brand": "b1"}], "rules": rules}
    starts = [datetime.min.replace(tzinfo=UTC), *(NOON + timedelta(hours=hour) for hour in range(1, len(versions)))]
    users = [make_user(user_id, user_id in active) for user_id in USERS]
    routed = route(rulebook_of(*documents), users, leads, cities)
    assert outcomes(routed) == simulate(leads, cities, rules, list(zip(starts, versions, strict=True)), active)
    assert set(routed.assignments["lead_id"]) == {lead["lead_id"] for lead in leads}
    assert routed.decisions["reason"].null_count() == 0
