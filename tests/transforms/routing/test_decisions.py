"""Precedence, turns, offers and fallbacks against a simulation that takes one lead at a time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
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

EXAMPLES = int(os.environ.get("ROUTING_EXAMPLES", "150"))

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
    first_default = [rule for rule in found if rule.get("is_default")][:1]  # of two the second is never asked (A-O4)
    for rule in found[:1] + [rule for rule in first_default if rule is not found[0]]:
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


@settings(max_examples=EXAMPLES // 3, deadline=None, phases=[Phase.reuse, Phase.generate])
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


# --- the decisions of SPEC 2, case by case ------------------------------------------------------------------------


def test_a_g2_a_gone_user_falls_to_the_default_rule_and_then_to_the_brand(rulebook_of: RulebookOf) -> None:
    rules = [make_rule("r1", 1, "User", "gone"), make_rule("r9", 32767, "User", "u1", is_default=True)]
    tables = rulebook_of({"rules": rules})
    routed = route(tables, [make_user("u1")], [make_lead(1)])
    assert outcomes(routed) == {"l0001": ("default_rule", "u1")}
    assert routed.decisions["fallback_chain"].to_list() == [["rule r1 (order 1): user gone is not in the directory"]]
    assert routed.decisions["rule_id"].to_list() == ["r1"]
    routed = route(tables, [make_user("u1", is_active=False)], [make_lead(1)])
    row = routed.decisions.row(0, named=True)
    assert (row["outcome"], row["status"], row["target"], row["brand_id"]) == ("brand", "unassigned", "Brand", "b1")
    assert len(row["fallback_chain"]) == 2


def test_a_g2_a_user_of_another_brand_is_refused_and_without_directory_nobody_is(rulebook_of: RulebookOf) -> None:
    tables = rulebook_of({"rules": [make_rule("r1", 1, "User", "u1", brand="b1")]})
    assert outcomes(route(tables, [make_user("u1", brand_id="b2")], [make_lead(1)])) == {"l0001": ("brand", None)}
    assert outcomes(route(tables, [make_user("u1", brand_id="unknown")], [make_lead(1)])) == {"l0001": ("rule", "u1")}
    assert outcomes(route(tables, [], [make_lead(1)])) == {"l0001": ("rule", "u1")}


def test_a_g3_brand_target_is_a_pond_and_a_o4_without_default_rule_leads_stay_with_the_brand(
    rulebook_of: RulebookOf,
) -> None:
    tables = rulebook_of({"rules": [make_rule("r1", 1, "Brand", "b1", "miami")]})
    routed = route(tables, [], [make_lead(1), make_lead(2)], {"l0001": "miami", "l0002": "tampa"})
    rows = routed.assignments.select("lead_id", "target", "user_id", "brand_id", "status", "decided_by").rows()
    assert rows == [
        ("l0001", "Brand", None, "b1", "assigned", "rule"),
        ("l0002", "Brand", None, "b1", "unassigned", "brand"),
    ]
    assert routed.decisions["reason"].to_list() == [
        'rule r1 (order 1): city eq "miami"',
        "no rule matches and the channel has no default rule: left with the brand",
    ]


def test_a_g4_turns_go_round_and_say_who_was_before(rulebook_of: RulebookOf) -> None:
    document = {"rules": [make_rule("r1", 1, "Group", "g1")], "groups": [make_group("g1", ["u1", "u2"])]}
    leads = [make_lead(number, number) for number in (1, 2, 3)]
    routed = route(rulebook_of(document), [make_user("u1"), make_user("u2")], leads)
    assert [user for _, user in outcomes(routed).values()] == ["u1", "u2", "u1"]
    assert routed.decisions["group_turn"].to_list() == [1, 2, 3]
    assert routed.decisions["reason"].to_list()[1:] == [
        "rule r1 (order 1): no conditions; group Group g1, turn 2: next after User u1",
        "rule r1 (order 1): no conditions; group Group g1, turn 3: next after User u2",
    ]


def test_a_g6_a_new_member_waits_for_its_place(rulebook_of: RulebookOf) -> None:
    first = {"rules": [make_rule("r1", 1, "Group", "g1")], "groups": [make_group("g1", ["u1", "u3"])]}
    second = {"groups": [make_group("g1", ["u1", "u2", "u3"])]}
    second["groups"][0]["members"] = [{"user": u, "order": o} for u, o in (("u1", 1), ("u2", 1), ("u3", 2))]
    leads = [make_lead(number, minutes) for number, minutes in ((1, 1), (2, 61), (3, 62), (4, 63))]
    routed = route(rulebook_of(first, second), [make_user(u) for u in ("u1", "u2", "u3")], leads)
    assert [user for _, user in outcomes(routed).values()] == ["u1", "u2", "u3", "u1"]


def test_a_f1_first_to_claim_offers_the_lead_to_every_active_member(rulebook_of: RulebookOf) -> None:
    group = make_group("g1", ["u1", "u2", "u3"], "FirstToClaim")
    tables = rulebook_of({"rules": [make_rule("r1", 1, "Group", "g1")], "groups": [group]})
    repeat = make_lead(2, 5, contact_id="c1", payload_key="k1", is_repeat=True)
    users = [make_user("u1"), make_user("u2", is_active=False), make_user("u3")]
    routed = route(tables, users, [make_lead(1), repeat])
    assert routed.offers.select("lead_id", "user_id").rows() == [("l0001", "u1"), ("l0001", "u3")]
    assert set(routed.offers["expires_at"]) == {NOON + timedelta(minutes=30)}
    assert routed.assignments.select("status", "user_id", "decided_by").rows() == [
        ("offered", None, "rule"),
        ("offered", None, "repeat"),
    ]


def test_a_f3_a_flow_enrols_once_and_only_when_its_rule_decides(rulebook_of: RulebookOf) -> None:
    tables = rulebook_of({"rules": [make_rule("r1", 1, "Brand", "b1", flow="f9"), make_rule("r2", 2, "User", "u1")]})
    leads = [make_lead(1, 1, contact_id="c1"), make_lead(2, 2, contact_id="c1"), make_lead(3, 3, contact_owner="u1")]
    routed = route(tables, [make_user("u1")], leads)
    assert routed.enrolments.select("contact_id", "flow_id", "lead_id", "rule_id").rows() == [
        ("c1", "f9", "l0001", "r1")
    ]
    assert routed.decisions["rule_id"].to_list() == ["r1", "r1", "r1"]
    assert routed.decisions["next_rule_id"].to_list() == ["r2"] * 3


def test_a_p1_assignees_are_found_by_every_key_and_all_are_kept_in_order(rulebook_of: RulebookOf) -> None:
    users = [
        make_user("u1", mls_keys=["ntreis|a1"]),
        make_user("u2", phone="+14085551234"),
        make_user("u3", first_name="Zoë", last_name="Ray"),
        make_user("u4"),
    ]
    named = [
        {"mls": "NTREIS", "mls_id": "A1"},
        {"phone_number": "(408) 555-1234"},
        {"first_name": "zoë", "last_name": "RAY"},
        {"email": "U4@Example.com"},
        {"email": "nobody@example.com"},
    ]
    routed = route(rulebook_of({}), users, [make_lead(1, assignees=json.dumps(named))])
    assert routed.assignments.select("position", "user_id").rows() == [(1, "u1"), (2, "u2"), (3, "u3"), (4, "u4")]
    assert routed.decisions["fallback_chain"].to_list() == [["assignee 5: nobody in the directory fits"]]


@pytest.mark.parametrize(
    "named",
    [
        {"email": "u1@example.com", "phone_number": "408 555 1234"},  # two keys name two users
        {"email": "shared@example.com"},  # one key names two users
    ],
)
def test_a_p1_an_ambiguous_assignee_is_quarantined_and_rules_decide(
    rulebook_of: RulebookOf, named: dict[str, str]
) -> None:
    users = [make_user("u1"), make_user("u2", phone="+14085551234", email="shared@example.com"),
             make_user("u3", email="shared@example.com")]  # fmt: skip
    tables = rulebook_of({"rules": [make_rule("r1", 1, "User", "u3")]})
    routed = route(tables, users, [make_lead(1, assignees=json.dumps([named]))])
    assert outcomes(routed) == {"l0001": ("rule", "u3")}
    assert routed.problems.select("code", "file_id", "row_number", "column_name").rows() == [
        ("ambiguous_assignee", "leads", 2, "assignees[0]")
    ]
    assert "408" not in str(routed.decisions["fallback_chain"].to_list())


def test_a_p1_a_name_that_two_users_have_names_nobody(rulebook_of: RulebookOf) -> None:
    users = [make_user("u1", last_name="Same"), make_user("u2", last_name="Same")]
    named = json.dumps([{"first_name": "User", "last_name": "Same"}])
    routed = route(rulebook_of({}), users, [make_lead(1, assignees=named)])
    assert outcomes(routed) == {"l0001": ("brand", None)}
    assert routed.problems.is_empty()


def test_a_p6_a_repeat_takes_no_turn_and_keeps_all_assignees(rulebook_of: RulebookOf) -> None:
    named = json.dumps([{"email": "u1@example.com"}, {"email": "u2@example.com"}])
    lead = make_lead(1, assignees=named)
    repeat = make_lead(2, 5, contact_id="c1", payload_key="k1", is_repeat=True, assignees=named)
    routed = route(rulebook_of({}), [make_user("u1"), make_user("u2")], [lead, repeat])
    rows = routed.assignments.select("lead_id", "position", "user_id", "decided_by").rows()
    assert rows[2:] == [("l0002", 1, "u1", "repeat"), ("l0002", 2, "u2", "repeat")]


def test_no_leads_and_no_rulebook_make_empty_tables(rulebook_of: RulebookOf) -> None:
    routed = route(rulebook_of({}), [], [])
    assert [frame.height for frame in vars(routed).values()] == [0] * 6
    assert outcomes(route(rulebook_of({}), [], [make_lead(1)])) == {"l0001": ("brand", None)}
