"""Claims, queues, caps, calendars and weights against a clock that goes step by step over everything."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS, CORE_LEAD_FIELDS, CORE_USERS, STAGING_CLAIMS
from transforms.routing.decisions import Organization, Policy, Routed, compile_rules, route_leads
from transforms.routing.versions import RulebookTables

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
STEP = timedelta(minutes=30)
STEPS = 90  # nearly two days: caps begin anew at two midnights
USERS = ["u0", "u1", "u2", "u3"]
LEAD = {
    "lead_id": pl.String, "contact_id": pl.String, "channel_id": pl.String, "brand_id": pl.String,
    "captured_at": pl.Datetime("us", "UTC"), "assignees": pl.String, "is_repeat": pl.Boolean,
    "contact_owner": pl.String, "file_id": pl.String, "record_number": pl.Int64, "payload_key": pl.String,
}  # fmt: skip
EXAMPLES = int(os.environ.get("ROUTING_EXAMPLES", "80"))

RulebookOf = Callable[..., RulebookTables]


def moment(step: int) -> str:
    return (NOON + step * STEP).isoformat()


def route(tables: RulebookTables, leads: list[dict[str, Any]], claims: list[dict[str, Any]], clock: int) -> Routed:
    organization = Organization(
        users=pl.DataFrame([{"user_id": user, "is_active": True, "brand_id": "b1"} for user in USERS],
                           schema=polars_schema(CORE_USERS)),
        brands=pl.DataFrame([{"brand_id": "b1"}], schema=polars_schema(CORE_BRANDS)),
        groups=tables.groups,
        members=tables.group_members,
        regions={},
        default_region="US",
    )  # fmt: skip
    compiled = compile_rules(tables.rules, tables.conditions, tables.channels, organization)
    rows = [
        {"lead_id": lead["id"], "contact_id": lead["contact"], "channel_id": "ch1", "brand_id": "b1",
         "captured_at": NOON + lead["step"] * STEP, "is_repeat": False, "file_id": "f", "record_number": 1,
         "payload_key": lead["id"]}
        for lead in leads
    ]  # fmt: skip
    fields = [{"lead_id": lead["id"], "city": [lead["city"]]} for lead in leads]
    received = [
        {"claim_id": claim["id"], "lead_id": claim["lead"], "user_id": claim["user"], "run_sequence": 1,
         "claimed_at": NOON + claim["step"] * STEP, "file_id": "f", "record_number": 1}
        for claim in claims
    ]  # fmt: skip
    return route_leads(
        pl.DataFrame(rows, schema=LEAD), pl.DataFrame(fields, schema=polars_schema(CORE_LEAD_FIELDS)), compiled,
        organization, Policy(True, {}, 60, "queue", NOON + clock * STEP),
        pl.DataFrame(received, schema=polars_schema(STAGING_CLAIMS)),
    )  # fmt: skip


# --- the oracle: every half hour, everything is looked at ---------------------------------------------------------


class Office:
    """Groups and leads as somebody with a list and a watch would keep them."""

    def __init__(self, versions: list[tuple[int, dict[str, Any]]], rules: dict[str, dict[str, Any]], clock: int):
        self.versions, self.rules, self.clock = versions, rules, clock
        self.turns: dict[str, list[tuple[Any, tuple[int, str]]]] = {"f": [], "g": []}
        self.given: list[tuple[str, str, int]] = []
        self.queues: dict[str, list[dict[str, Any]]] = {"f": [], "g": []}
        self.owners: dict[str, str] = {}
        self.leads: dict[str, dict[str, Any]] = {}

    def run(self, leads: list[dict[str, Any]], claims: list[dict[str, Any]]) -> set[str]:
        accepted = set()
        for step in range(STEPS + 1):
            if step <= self.clock:
                for lead in sorted(self.leads.values(), key=lambda lead: lead["id"]):
                    if lead["offers"] and lead["status"] == "offered" and lead["offers"][-1]["until"] == step:
                        lead["offers"][-1]["over"] = True
                        self.fall(lead, lead["offers"][-1]["group"], lead["offers"][-1]["at"], step)
                for name in ("f", "g"):
                    self.drain(name, step)
            for lead in sorted((lead for lead in leads if lead["step"] == step), key=lambda lead: lead["id"]):
                self.capture({**lead, "offers": [], "tried": set(), "falls": 0, "user": None, "turn": None}, step)
            for claim in sorted((claim for claim in claims if claim["step"] == step), key=lambda claim: claim["id"]):
                if self.claim(claim, step):
                    accepted.add(claim["id"])
        return accepted

    def group(self, name: str, step: int) -> dict[str, Any] | None:
        return [groups for start, groups in self.versions if start <= step][-1].get(name)

    def capture(self, lead: dict[str, Any], step: int) -> None:
        self.leads[lead["id"]] = lead
        rule = self.rules[lead["city"]] if lead["city"] in self.rules else self.rules["default"]
        if self.is_empty(rule, step):  # nothing to ask: the default rule, as for a user who is gone (A-G2)
            rule = self.rules["default"]
        lead["default"] = rule is self.rules["default"]
        if lead["contact"] in self.owners:
            self.settle(lead, "owner", self.owners[lead["contact"]])
        elif self.is_empty(rule, step):
            lead.update(outcome="brand", status="unassigned", user=None, group=None)
        elif not self.aim(lead, rule["target"], rule["named"], step):
            self.fall(lead, rule["named"], step, step)

    def is_empty(self, rule: dict[str, Any], step: int) -> bool:
        group = self.group(rule["named"], step) or {}
        return rule["target"] == "Group" and not group.get("members") and "fallback" not in group

    def aim(self, lead: dict[str, Any], target: str, named: str, step: int) -> bool:
        outcome = "default_rule" if lead["default"] else "rule"
        if target == "User":
            self.settle(lead, outcome, named)
        elif target == "Brand":
            lead.update(outcome=outcome, status="assigned", user=None, group=None)
        else:
            return self.ask(lead, outcome, named, step)
        return True

    def ask(self, lead: dict[str, Any], outcome: str, name: str, step: int) -> bool:
        lead["tried"].add(name)
        group = self.group(name, step)
        if group is None or not group["members"]:
            return False
        ready = self.ready(name, step)
        if not ready and group.get("when_nobody") == "fallback":
            return False
        lead.update(outcome=outcome, group=name, user=None)
        if not ready:
            lead["status"] = "queued"
            self.queues[name].append(lead)
        elif group["distribution"] == "RoundRobin":
            seat = self.next_seat(name, step, ready)
            self.settle(lead, outcome, seat[1], name, step)
            lead["turn"] = len(self.turns[name])
        else:
            lead["status"] = "offered"
            until = step + group.get("claim_minutes", 60) // 30
            users = [member["user"] for member in ready]
            lead["offers"].append({"group": name, "users": users, "at": step, "until": until, "by": None, "over": 0})
        return True

    def next_seat(self, name: str, step: int, ready: list[dict[str, Any]]) -> tuple[int, str]:
        seats = sorted(((member["order"], member["user"]), member.get("weight", 1)) for member in ready)
        stretch = tuple(seats)
        before = self.turns[name]
        length = next((back for back, turn in enumerate(reversed(before)) if turn[0] != stretch), len(before))
        last = before[len(before) - length - 1][1] if len(before) > length else (-1, "")
        circle = [seat for seat in seats if seat[0] > last] + [seat for seat in seats if seat[0] <= last]
        served = [seat for _, seat in before[len(before) - length :]]
        total = sum(weight for _, weight in circle)
        due = []
        for place, (seat, weight) in enumerate(circle):
            share, had = Fraction(weight, total), served.count(seat)
            if had < share * (length + 1):
                due.append((ceil((had + 1) / share), place, seat))
        self.turns[name].append((stretch, min(due)[2]))
        return min(due)[2]

    def ready(self, name: str, step: int) -> list[dict[str, Any]]:
        group = self.group(name, step)
        return [member for member in group["members"] if self.works(member, step) and not self.full(member, name, step)]

    def works(self, member: dict[str, Any], step: int) -> bool:
        now = moment(step)
        at = now[11:16]
        paused = any(span.get("from", "") <= now < span.get("to", "9") for span in member.get("paused", []))
        return not paused and ("hours" not in member or any(h["from"] <= at < h["to"] for h in member["hours"]))

    def full(self, member: dict[str, Any], name: str, step: int) -> bool:
        today = (name, member["user"], (NOON + step * STEP).day)
        return "cap_per_day" in member and self.given.count(today) >= member["cap_per_day"]

    def settle(self, lead: dict[str, Any], outcome: str, user: str, group: str | None = None, step: int = 0) -> None:
        lead.update(outcome=outcome, status="assigned", user=user, group=group)
        self.owners.setdefault(lead["contact"], user)
        if group:
            self.given.append((group, user, (NOON + step * STEP).day))

    def fall(self, lead: dict[str, Any], name: str, asked: int, step: int) -> None:
        lead["falls"] += 1
        group = self.group(name, asked) or {}
        if lead["falls"] <= 2:
            fallback = group.get("fallback")
            if fallback:
                named = fallback[fallback["target"].lower()]
                is_new = fallback["target"] != "Group" or named not in lead["tried"]
                if is_new and self.aim(lead, fallback["target"], named, step):
                    return
            if not lead["default"]:
                lead["default"] = True
                rule = self.rules["default"]
                is_new = rule["target"] != "Group" or rule["named"] not in lead["tried"]
                if is_new and self.aim(lead, rule["target"], rule["named"], step):
                    return
        lead.update(outcome="brand", status="unassigned", user=None, group=None)

    def drain(self, name: str, step: int) -> None:
        queue = self.queues[name]
        while queue:
            group = self.group(name, step)
            if group and group["members"] and group.get("when_nobody") != "fallback" and not self.ready(name, step):
                return
            lead = queue.pop(0)
            outcome = "default_rule" if lead["default"] else "rule"
            if not self.ask(lead, outcome, name, step):
                self.fall(lead, name, step, step)

    def claim(self, claim: dict[str, Any], step: int) -> bool:
        lead = self.leads.get(claim["lead"])
        offer = lead["offers"][-1] if lead and lead["offers"] else None
        if not offer or offer["by"] or offer["over"] or step >= offer["until"] or claim["user"] not in offer["users"]:
            return False
        group = self.group(offer["group"], step) or {"members": []}
        for member in group["members"]:
            away = {key: value for key, value in member.items() if key != "hours"}
            if member["user"] == claim["user"] and not self.works(away, step):
                return False
            if member["user"] == claim["user"] and self.full(member, offer["group"], step):
                return False
        offer["by"] = claim["user"]
        self.settle(lead, lead["outcome"], claim["user"], offer["group"], step)
        return True


# --- random offices -------------------------------------------------------------------------------------------------

steps = st.integers(0, STEPS - 1)


@st.composite
def members(draw: st.DrawFn, is_plain: bool) -> list[dict[str, Any]]:
    found = []
    for user in draw(st.lists(st.sampled_from(USERS), unique=True, max_size=4)):
        member: dict[str, Any] = {"user": user, "order": draw(st.integers(1, 3))}
        if draw(st.booleans()):
            member["weight"] = draw(st.integers(1, 4))
        if is_plain:
            found.append(member)
            continue
        if draw(st.integers(0, 2)) == 0:
            member["cap_per_day"] = draw(st.integers(0, 3))
        if draw(st.integers(0, 3)) == 0:
            start = draw(steps)
            member["paused"] = [{"from": moment(start), "to": moment(start + draw(st.integers(1, 40)))}]
        if draw(st.integers(0, 3)) == 0:
            member["hours"] = [draw(st.sampled_from([{"from": "09:00", "to": "17:30"}, {"from": "13:00", "to": "14:00"},
                                                     {"from": "20:00", "to": "24:00"}]))]  # fmt: skip
        found.append(member)
    return found


@st.composite
def groups(draw: st.DrawFn, is_plain: bool) -> dict[str, Any]:
    """Two groups; plain ones are RoundRobin, their members may be given leads at any time."""
    found = {}
    for name, other in (("f", "g"), ("g", "f")):
        kinds = ["FirstToClaim", "RoundRobin"] if name == "f" else ["RoundRobin", "RoundRobin", "FirstToClaim"]
        kind = "RoundRobin" if is_plain else draw(st.sampled_from(kinds))
        group = {"id": name, "distribution": kind, "members": draw(members(is_plain))}
        targets = [
            {"target": "User", "user": "u3"},
            {"target": "Brand", "brand": "b1"},
            {"target": "Group", "group": other},
        ]
        fallback = draw(st.sampled_from([None, None, *targets]))
        group |= {"fallback": fallback} if fallback else {}
        group |= {"when_nobody": "fallback"} if draw(st.booleans()) else {}
        group |= {"claim_minutes": draw(st.integers(1, 4)) * 30} if draw(st.booleans()) else {}
        found[name] = group
    return found


@settings(max_examples=EXAMPLES // 2, deadline=None, phases=[Phase.reuse, Phase.generate])
@given(data=st.data(), is_plain=st.sampled_from([False, False, True]))
def test_a_f1_a_g7_a_g9_everything_equals_a_clock_that_looks_at_every_step(
    rulebook_of: RulebookOf, data: st.DataObject, is_plain: bool
) -> None:
    later = sorted(data.draw(st.sets(st.integers(1, STEPS - 1), max_size=2)))
    versions = [(start, data.draw(groups(is_plain))) for start in (0, *later)]
    default = data.draw(st.sampled_from([("User", "u2"), ("Brand", "b1"), ("Group", "f"), ("Group", "g")]))
    rules = {
        "miami": {"target": "Group", "named": "f"},
        "tampa": {"target": "Group", "named": "g"},
        "default": {"target": default[0], "named": default[1]},
    }
    leads = [
        {"id": f"l{number}", "step": data.draw(steps), "contact": f"c{data.draw(st.integers(0, 9))}",
         "city": data.draw(st.sampled_from(["miami", "tampa", "else"]))}
        for number in range(data.draw(st.integers(1, 14)))
    ]  # fmt: skip
    claims = [
        {"id": f"k{number}", "lead": f"l{data.draw(st.integers(0, 14))}", "step": data.draw(steps),
         "user": data.draw(st.sampled_from(USERS))}
        for number in range(data.draw(st.integers(0, 10)))
    ]  # fmt: skip
    for claim in claims:  # most claims are of their time, or nothing would ever be claimed
        lead = next((lead for lead in leads if lead["id"] == claim["lead"]), None)
        if lead and data.draw(st.integers(0, 3)):
            claim["step"] = min(STEPS - 1, lead["step"] + data.draw(st.integers(0, 3)))
    clock = data.draw(st.sampled_from([STEPS, STEPS, 40, 0]))
    documents = [{"valid_from": moment(start), "groups": list(found.values())} for start, found in versions]
    documents[0] |= {"channels": [{"id": "ch1", "brand": "b1"}], "rules": [
        {"id": name, "channel": "ch1", "kind": "AND", "order": 1, "is_default": name == "default",
         "target": rule["target"], rule["target"].lower(): rule["named"],
         "conditions": [{"field": "city", "operator": "eq", "value": name}] if name != "default" else []}
        for name, rule in rules.items()
    ]}  # fmt: skip
    office = Office(versions, rules, clock)
    accepted = office.run(leads, claims)
    routed = route(rulebook_of(*documents), leads, claims, clock)
    rows = routed.decisions.select("lead_id", "outcome", "status", "user_id", "group_id", "group_turn").sort("lead_id")
    expected = [(lead["id"], lead["outcome"], lead["status"], lead["user"], lead["group"], lead["turn"])
                for lead in office.leads.values()]  # fmt: skip
    assert rows.rows() == sorted(expected)
    assert set(routed.claims.filter(pl.col("outcome") == "accepted")["claim_id"]) == accepted
    offered = {(lead["id"], offer["group"], user) for lead in office.leads.values() for offer in lead["offers"]
               for user in offer["users"]}  # fmt: skip
    assert set(routed.offers.select("lead_id", "group_id", "user_id").iter_rows()) == offered
