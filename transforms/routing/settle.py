"""Precedence: payload assignees, then the contact's owner, then the rules, then the brand (SPEC A-G1).

Nearly all leads are settled at once: which lead of a contact is the first that finds a user is known without knowing
the user, so there is no loop over leads. The others, whose outcome hangs on claims, clocks and caps, are cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas.vocabulary import DecidedBy, Distribution, LeadStatus, Target
from transforms.routing.cases import Case, Claim, Plan
from transforms.routing.dispatch import Dispatch
from transforms.routing.groups import Groups
from transforms.routing.targets import Plans
from transforms.routing.turns import take_turns
from transforms.routing.verdicts import list_offers, list_verdicts

__all__ = ["Settled", "find_repeats", "settle_leads"]

_BY_RULE = [DecidedBy.RULE.value, DecidedBy.DEFAULT_RULE.value]


@dataclass(frozen=True)
class Settled:
    """Where every lead stands.

    Attributes:
        leads: the leads given, with outcome, status, target, user_id, group_id, brand_id, by_rule, group_turn,
            previous_user_id, owner_from, owner_id, decided_at, due_at, is_claimed and steps.
        offers: rows of routing.offers.
        answers: claim id -> why it was rejected; None where it was accepted.
    """

    leads: pl.DataFrame
    offers: pl.DataFrame
    answers: dict[str, str | None]


def find_repeats(leads: pl.DataFrame) -> pl.Series:
    """The place of the lead that each repeat repeats: the first of the series of the same person and payload.

    Args:
        leads: contact, payload_key and is_repeat, in order of (captured_at, lead_id) (SPEC A-P6).

    Returns:
        Null where there is none, and then the lead is decided as any other.
    """
    if not leads["is_repeat"].any():
        return pl.Series("repeat_place", [None] * leads.height, dtype=pl.UInt32)
    series = pl.when(~pl.col("is_repeat")).then("place").forward_fill().over("contact", "payload_key")
    placed = leads.select("contact", "payload_key", "is_repeat").with_row_index("place")
    return placed.select(pl.when("is_repeat").then(series).alias("repeat_place")).to_series()


def settle_leads(
    leads: pl.DataFrame, plans: Plans, groups: Groups, members: pl.DataFrame, dispatch: Dispatch, claims: list[Claim]
) -> Settled:
    """Settle who gets each lead, turns and claims of groups included.

    A contact's owner is the one its file names; without a usable one, the user whom its first lead with a user went
    to.

    Args:
        leads: lead_id, contact (a number), captured_at, brand_id, repeat_place, is_sticky (policy of the channel),
            assignee (user found for the first usable payload assignee) and owner (usable owner of the contact, from
            its file); in order of (captured_at, lead_id).
        plans: from `plan_targets`, of these leads.
        groups: from `index_groups`.
        members: from `eligible_members`.
        dispatch: settles the cases.
        claims: every claim received.
    """
    versions = plans.table.select("plan_group", "group_version").iter_rows()
    plain = {(version.group_id, version.version) for version in groups if version.is_plain}
    hangs = pl.Series([group is not None and (group, version) not in plain for group, version in versions])
    frame = leads.with_row_index("place").with_columns(
        *(plans.take(name) for name in ("by_rule", "by_default", "gives", "plan_user", "plan_group", "group_version")),
        plans.take("plan_brand"),
        hangs.gather(plans.of_lead).alias("hangs"),
    )
    decided = _decide(frame)
    cases = _find_cases(decided, plans, dispatch)
    repeats = decided.filter(pl.col("repeat_place").is_not_null())
    repeated = decided["lead_id"].gather(repeats["repeat_place"])
    answers = dispatch.run(cases, claims, dict(zip(repeats["lead_id"], repeated, strict=True)))
    named = _name_users(decided, _give_turns(decided, members, cases))
    state = _state(named)
    return Settled(_copy_repeats(_overrule(state, cases) if cases else state), list_offers(cases), answers)


def _decide(frame: pl.DataFrame) -> pl.DataFrame:
    """The step that decides each lead, right for all but the cases; `first_place` is what made the owner."""
    is_repeat = pl.col("repeat_place").is_not_null()
    by_owner = pl.col("is_sticky") & pl.col("owner").is_not_null()
    gives_user = pl.col("gives").is_in([Target.USER.value, Distribution.ROUND_ROBIN.value]).fill_null(False)
    finds_user = ~is_repeat & (pl.col("assignee").is_not_null() | by_owner | gives_user)
    first = pl.when(finds_user).then("place").min().over("contact")
    inherits = pl.col("is_sticky") & (pl.col("place") > pl.col("first_place")).fill_null(False)
    to_rules = ~is_repeat & pl.col("assignee").is_null() & ~by_owner
    outcome = (
        pl.when(is_repeat)
        .then(pl.lit(DecidedBy.REPEAT.value))
        .when(pl.col("assignee").is_not_null())
        .then(pl.lit(DecidedBy.ASSIGNEE.value))
        .when(by_owner | inherits)
        .then(pl.lit(DecidedBy.OWNER.value))
        .when(pl.col("gives").is_null())
        .then(pl.lit(DecidedBy.BRAND.value))
        .when("by_default")
        .then(pl.lit(DecidedBy.DEFAULT_RULE.value))
        .otherwise(pl.lit(DecidedBy.RULE.value))
    )
    return frame.with_columns(first.alias("first_place"), (to_rules & pl.col("hangs")).alias("hangs")).with_columns(
        outcome.alias("outcome")
    )


def _find_cases(decided: pl.DataFrame, plans: Plans, dispatch: Dispatch) -> list[Case]:
    """The leads that have to be settled one by one, in their order."""
    if not decided["hangs"].any():
        return []
    contacts = decided.filter("hangs")["contact"].unique()
    is_case = pl.col("repeat_place").is_null() & pl.col("contact").is_in(contacts.implode())
    marked = decided.with_columns(is_case.alias("is_case"), pl.Series("plan", plans.of_lead))
    known = [
        Plan(row["by_rule"], row["default_rule"], bool(row["by_default"]), row["gives"], row["plan_user"],
             row["plan_group"], row["plan_brand"])
        for row in plans.table.iter_rows(named=True)
    ]  # fmt: skip
    touched = dispatch.reach(known[code] for code in marked.filter("is_case")["plan"].unique())
    takes_turn = pl.col("outcome").is_in(_BY_RULE) & (pl.col("gives") == Distribution.ROUND_ROBIN.value)
    turn_only = ~pl.col("is_case") & takes_turn & pl.col("plan_group").is_in(sorted(touched))
    rows = (
        marked.with_columns(turn_only.fill_null(False).alias("turn_only"))
        .filter(pl.col("is_case") | pl.col("turn_only"))
        .select("plan", "place", "lead_id", "contact", pl.col("captured_at").dt.epoch("us"), "assignee", "owner",
                "is_sticky", "turn_only")
    )  # fmt: skip
    return [
        Case(place, lead_id, contact, at, known[code], assignee, owner, is_sticky, only)
        for code, place, lead_id, contact, at, assignee, owner, is_sticky, only in rows.iter_rows()
    ]


def _give_turns(decided: pl.DataFrame, members: pl.DataFrame, cases: list[Case]) -> pl.DataFrame:
    """Turns of the groups that no case comes to, and those of cases that are nothing but turns."""
    by_group = pl.col("outcome").is_in(_BY_RULE) & (pl.col("gives") == Distribution.ROUND_ROBIN.value)
    given = decided.filter(by_group)
    if cases:
        given = given.filter(~pl.col("place").is_in([case.place for case in cases]))
    asked = given.select("lead_id", "place", "captured_at", pl.col("plan_group").alias("group_id"), "group_version")
    turns = take_turns(asked, members)
    given_apart = list_verdicts(case for case in cases if case.turn_only).select(turns.columns)
    return pl.concat([turns, given_apart]).rename({"user_id": "turn_user"})


def _name_users(decided: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Users of all outcomes but repeats, and each contact's owner just before the lead."""
    own_user = (
        pl.when(pl.col("outcome") == DecidedBy.ASSIGNEE.value)
        .then("assignee")
        .when((pl.col("outcome") == DecidedBy.OWNER.value) & pl.col("is_sticky"))
        .then("owner")
        .when(pl.col("outcome").is_in(_BY_RULE))
        .then(pl.coalesce("plan_user", "turn_user"))
    )
    named = decided.join(turns, on="place", how="left", maintain_order="left").with_columns(own_user.alias("user_id"))
    places = pl.when(pl.col("place") > pl.col("first_place")).then("first_place")
    made = named.select(places.alias("at")).to_series()
    inherits = (pl.col("outcome") == DecidedBy.OWNER.value) & pl.col("user_id").is_null()
    return named.with_columns(
        named["user_id"].gather(made).alias("made_owner"), named["lead_id"].gather(made).alias("made_by")
    ).with_columns(
        pl.when(inherits).then("made_owner").otherwise("user_id").alias("user_id"),
        pl.when(inherits).then("made_by").alias("owner_from"),
        pl.coalesce("owner", "made_owner").alias("owner_id"),
    )


def _state(named: pl.DataFrame) -> pl.DataFrame:
    """Where each lead stands, right for all but the cases and repeats."""
    by_rule = pl.col("outcome").is_in(_BY_RULE)
    to_group = by_rule & (pl.col("gives") == Distribution.ROUND_ROBIN.value)
    is_brand = pl.col("outcome") == DecidedBy.BRAND.value
    to_brand = is_brand | (by_rule & (pl.col("gives") == Target.BRAND.value))
    status = pl.when(is_brand).then(pl.lit(LeadStatus.UNASSIGNED.value)).otherwise(pl.lit(LeadStatus.ASSIGNED.value))
    target = (
        pl.when(to_group)
        .then(pl.lit(Target.GROUP.value))
        .when(to_brand)
        .then(pl.lit(Target.BRAND.value))
        .otherwise(pl.lit(Target.USER.value))
    )
    return named.with_columns(
        status.alias("status"),
        target.alias("target"),
        pl.when(to_group).then("plan_group").alias("group_id"),
        pl.when(by_rule).then(pl.coalesce("plan_brand", "brand_id")).otherwise("brand_id").alias("brand_id"),
        pl.col("brand_id").alias("lead_brand"),
        pl.when(by_rule).then("by_rule").alias("by_rule"),
        pl.col("captured_at").alias("decided_at"),
        pl.lit(None, pl.Datetime("us", "UTC")).alias("due_at"),
        pl.lit(False).alias("is_claimed"),
        pl.lit(None, pl.List(pl.String)).alias("steps"),
    ).drop("by_default", "gives", "plan_user", "plan_group", "plan_brand", "group_version", "hangs", "turn_user",
           "made_owner", "made_by", "first_place")  # fmt: skip


def _overrule(state: pl.DataFrame, cases: list[Case]) -> pl.DataFrame:
    """The cases' own verdicts in place of what was supposed of them."""
    verdicts = list_verdicts(cases)
    names = [name for name in verdicts.columns if name != "place"]
    joined = state.join(verdicts.with_columns(is_case=pl.lit(True)), on="place", how="left", suffix="_case",
                        maintain_order="left")  # fmt: skip
    is_case = pl.col("is_case").fill_null(False)
    verdict = {name: pl.col(f"{name}_case") for name in names}
    verdict["brand_id"] = pl.coalesce("brand_id_case", "lead_brand")
    return joined.with_columns(
        pl.when(is_case).then(value).otherwise(name).alias(name) for name, value in verdict.items()
    ).drop("is_case", *(f"{name}_case" for name in names))


def _copy_repeats(state: pl.DataFrame) -> pl.DataFrame:
    """Give repeats what the lead they repeat has (SPEC A-P6)."""
    repeated = state["repeat_place"]
    if repeated.null_count() == state.height:
        return state
    is_repeat = pl.col("repeat_place").is_not_null()
    names = ["status", "target", "user_id", "group_id", "brand_id", "decided_at", "due_at"]
    kept = state.select(pl.col(name).gather(repeated).alias(f"{name}_kept") for name in names)
    return (
        state.hstack(kept)
        .with_columns(pl.when(is_repeat).then(f"{name}_kept").otherwise(name).alias(name) for name in names)
        .drop(f"{name}_kept" for name in names)
    )
