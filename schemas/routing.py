"""routing: rulebook versions, the decision ledger, assignments, offers and claims."""

import pandera.polars as pa

from schemas.dtypes import Instant, Texts

__all__ = ["Assignment", "Channel", "Claim", "Condition", "Decision", "Group", "GroupMember", "Offer", "Reassignment",
    "Rule",
]  # fmt: skip


class Channel(pa.DataFrameModel):
    """Grain: one row per channel and stretch of validity (SPEC CH1, A-O9)."""

    channel_id: str = pa.Field(description="id")
    brand_id: str = pa.Field(nullable=True, description="brand")
    name: str = pa.Field(nullable=True, description="name")
    title: str = pa.Field(nullable=True, description="title")
    mls: Texts = pa.Field(nullable=True, description="MLSs searched for listings; null for all")
    is_default: bool = pa.Field(description="default channel of its brand (SPEC CH2)")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    valid_from: Instant = pa.Field(nullable=True, description="in force from; null since ever")
    valid_to: Instant = pa.Field(nullable=True, description="in force until, exclusive; null until further notice")
    rulebook_version: str = pa.Field(description="file_id of the rulebook file")


class Rule(pa.DataFrameModel):
    """Grain: one row per rule and stretch of validity (SPEC RU1-RU7)."""

    rule_id: str = pa.Field(description="id")
    channel_id: str = pa.Field(description="channel")
    kind: str = pa.Field(isin=["AND", "OR"], description="how conditions are joined")
    order: int = pa.Field(description="lower first (SPEC RU2)")
    is_default: bool = pa.Field(description="default rule: matches always, always last (SPEC RU3, A-O2)")
    target: str = pa.Field(isin=["User", "Group", "Brand"], description="what it gives the lead to")
    user_id: str = pa.Field(nullable=True, description="user, for target User")
    group_id: str = pa.Field(nullable=True, description="group, for target Group")
    brand_id: str = pa.Field(nullable=True, description="brand, for target Brand or User")
    flow_id: str = pa.Field(nullable=True, description="flow that enrols the contact (SPEC RU6)")
    created_by: str = pa.Field(nullable=True, description="user who made it")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    invalid_reason: str = pa.Field(nullable=True, description="why the rule is off; null when it is on (SPEC A-C10)")
    valid_from: Instant = pa.Field(nullable=True, description="in force from; null since ever")
    valid_to: Instant = pa.Field(nullable=True, description="in force until, exclusive; null until further notice")
    rulebook_version: str = pa.Field(description="file_id of the rulebook file")


class Condition(pa.DataFrameModel):
    """Grain: one row per condition of a rule in a rulebook version (SPEC CO1)."""

    condition_id: str = pa.Field(description="id")
    rule_id: str = pa.Field(description="rule")
    rulebook_version: str = pa.Field(description="rulebook version")
    order: int = pa.Field(description="for explanation only (SPEC CO3)")
    field: str = pa.Field(description="field asked")
    operator: str = pa.Field(description="eq, any, all, gte or lte")
    value: str = pa.Field(description="JSON text of the value")
    negated: bool = pa.Field(description="flips the outcome")


class Group(pa.DataFrameModel):
    """Grain: one row per group and stretch of validity (SPEC GR1, GR3)."""

    group_id: str = pa.Field(description="id")
    brand_id: str = pa.Field(nullable=True, description="brand")
    name: str = pa.Field(nullable=True, description="name")
    description: str = pa.Field(nullable=True, description="description")
    distribution: str = pa.Field(isin=["RoundRobin", "FirstToClaim"], description="how it shares leads")
    when_nobody: str = pa.Field(nullable=True, description="queue or fallback while no member may be given a lead")
    claim_minutes: int = pa.Field(nullable=True, description="how long its offers stand; null for the setting")
    fallback_target: str = pa.Field(nullable=True, description="User, Group or Brand that gets what nobody takes")
    fallback_id: str = pa.Field(nullable=True, description="which user, group or brand")
    created_by: str = pa.Field(nullable=True, description="user who made it")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    valid_from: Instant = pa.Field(nullable=True, description="in force from; null since ever")
    valid_to: Instant = pa.Field(nullable=True, description="in force until, exclusive; null until further notice")
    rulebook_version: str = pa.Field(description="file_id of the rulebook file")


class GroupMember(pa.DataFrameModel):
    """Grain: one row per group, rulebook version and member (SPEC GR2)."""

    group_id: str = pa.Field(description="group")
    rulebook_version: str = pa.Field(description="rulebook version of the group row it belongs to")
    user_id: str = pa.Field(description="member")
    order: int = pa.Field(description="place in the turn (SPEC A-G4)")
    brand_id: str = pa.Field(nullable=True, description="brand the member serves")
    weight: int = pa.Field(nullable=True, description="share of the turns, 1 unless given (SPEC A-G9)")
    cap_per_day: int = pa.Field(nullable=True, description="leads the group gives the member a day of its zone at most")
    paused: str = pa.Field(nullable=True, description="JSON list of {from, to}: when the member gets none (SPEC A-G7)")
    hours: str = pa.Field(nullable=True, description="JSON list of {days, from, to}: the only times it gets some")


class Decision(pa.DataFrameModel):
    """Grain: one row per lead: the ledger of what was decided and why (SPEC A-G1)."""

    lead_id: str = pa.Field(description="lead")
    channel_id: str = pa.Field(nullable=True, description="channel")
    captured_at: Instant = pa.Field(description="capture of the lead")
    outcome: str = pa.Field(description="step that decided: assignee, owner, rule, default_rule, brand or repeat")
    status: str = pa.Field(isin=["assigned", "offered", "queued", "unassigned"], description="where the lead stands")
    target: str = pa.Field(nullable=True, description="User, Group or Brand")
    user_id: str = pa.Field(nullable=True, description="user who got it; null for a brand's pond or an offer")
    group_id: str = pa.Field(nullable=True, description="group that gave or offers it")
    brand_id: str = pa.Field(nullable=True, description="brand")
    rule_id: str = pa.Field(nullable=True, description="first matching rule, stored whatever decided (counterfactual)")
    rule_order: int = pa.Field(nullable=True, description="its order")
    rulebook_version: str = pa.Field(nullable=True, description="rulebook version it was evaluated in")
    matched_count: int = pa.Field(ge=0, description="rules of the channel that match, the default included")
    next_rule_id: str = pa.Field(nullable=True, description="rule that would have won without the first")
    group_turn: int = pa.Field(nullable=True, ge=1, description="how many leads the group has given, this one included")
    owner_id: str = pa.Field(
        nullable=True, description="contact's usable owner just before, kept or not (counterfactual)"
    )
    rules_target: str = pa.Field(nullable=True, description="what the rules would give it to, whatever decided")
    rules_target_id: str = pa.Field(nullable=True, description="which user, group or brand that is")
    fallback_chain: Texts = pa.Field(nullable=True, description="targets tried and refused before, with the reason")
    flow_id: str = pa.Field(nullable=True, description="flow of the winning rule")
    decided_at: Instant = pa.Field(nullable=True, description="when it came to that: capture, claim, end of an offer")
    due_at: Instant = pa.Field(nullable=True, description="when it changes by itself: an offer ends, a queue moves on")
    reason: str = pa.Field(description="the decision in a sentence")


class Assignment(pa.DataFrameModel):
    """Grain: one row per lead and current assignee; a lead nobody holds has one row without user."""

    lead_id: str = pa.Field(description="lead")
    position: int = pa.Field(ge=1, description="1 is the owner (SPEC A-P2)")
    target: str = pa.Field(nullable=True, description="User, Group or Brand")
    user_id: str = pa.Field(nullable=True, description="assignee")
    group_id: str = pa.Field(nullable=True, description="group it came through")
    brand_id: str = pa.Field(nullable=True, description="brand")
    status: str = pa.Field(isin=["assigned", "offered", "queued", "unassigned"], description="where the lead stands")
    decided_by: str = pa.Field(description="assignee, owner, rule, default_rule, brand or repeat")


class Offer(pa.DataFrameModel):
    """Grain: one row per lead, group and member it is offered to (SPEC A-F1)."""

    lead_id: str = pa.Field(description="lead")
    group_id: str = pa.Field(description="FirstToClaim group")
    user_id: str = pa.Field(description="member")
    offered_at: Instant = pa.Field(description="capture of the lead, or when the group's turn came")
    expires_at: Instant = pa.Field(description="end of the window, exclusive")
    outcome: str = pa.Field(isin=["open", "claimed", "taken", "expired"], description="claimed by it, taken by another")


class Claim(pa.DataFrameModel):
    """Grain: one row per claim received (SPEC A-F1)."""

    claim_id: str = pa.Field(description="given id, else hash of lead, user and time")
    lead_id: str = pa.Field(description="lead claimed")
    user_id: str = pa.Field(description="who claimed")
    claimed_at: Instant = pa.Field(description="when")
    outcome: str = pa.Field(isin=["accepted", "rejected"], description="what became of it")
    reason: str = pa.Field(nullable=True, description="why it was rejected")


class Reassignment(pa.DataFrameModel):
    """Grain: one row per assignee of a request that reassigned a lead (SPEC A-P2): the history."""

    lead_id: str = pa.Field(description="lead")
    request_id: str = pa.Field(description="request that asked for it")
    position: int = pa.Field(ge=1, description="1 is the owner")
    assignee: str = pa.Field(description="user who was given the lead")
    asked_by: str = pa.Field(nullable=True, description="user who asked")
    requested_at: Instant = pa.Field(description="when")
