"""marts: what analysts read. Replaced as a whole by every run; published as they stand."""

import pandera.polars as pa

from schemas.dtypes import Instant, Texts

__all__ = [
    "Activity", "Assignment", "AttributeDef", "Channel", "Claim", "FlowEnrolment", "Group", "Lead", "LeadSummary",
    "Offer", "Quarantine", "RoutingDecision", "Rule", "Run", "Tag",
]  # fmt: skip


class Lead(pa.DataFrameModel):
    """Grain: one row per lead (SPEC LC2)."""

    id: str = pa.Field(description="lead id; never the contact's")
    contact_id: str = pa.Field(description="canonical contact")
    origin_contact_id: str = pa.Field(description="contact it was attached to")
    lead_channel: str = pa.Field(nullable=True, description="channel")
    brand_id: str = pa.Field(nullable=True, description="brand")
    source_type: str = pa.Field(nullable=True, description="such as Website")
    captured_at: Instant = pa.Field(description="captured")
    is_repeat: bool = pa.Field(description="same person and payload within 24 hours (SPEC A-P6)")
    raw_payload: str = pa.Field(description="JSON as received")
    parsed_payload: str = pa.Field(description="JSON as parsed")
    file: str = pa.Field(nullable=True, description="lineage: file name")
    row_number: int = pa.Field(ge=1, description="lineage: record, 1 is the first")


class Assignment(pa.DataFrameModel):
    """Grain: one row per lead and current assignee; a lead nobody holds has one row without user."""

    lead_id: str = pa.Field(description="lead")
    position: int = pa.Field(ge=1, description="1 is the owner")
    target: str = pa.Field(nullable=True, description="User, Group or Brand")
    user_id: str = pa.Field(nullable=True, description="assignee")
    user_name: str = pa.Field(nullable=True, description="assignee's name")
    group_id: str = pa.Field(nullable=True, description="group it came through")
    brand_id: str = pa.Field(nullable=True, description="brand")
    status: str = pa.Field(description="assigned, offered, queued or unassigned")
    decided_by: str = pa.Field(description="assignee, owner, rule, default_rule, brand or repeat")
    reason: str = pa.Field(description="the decision in a sentence")


class RoutingDecision(pa.DataFrameModel):
    """Grain: one row per lead: the ledger."""

    lead_id: str = pa.Field(description="lead")
    channel_id: str = pa.Field(nullable=True, description="channel")
    captured_at: Instant = pa.Field(description="captured")
    outcome: str = pa.Field(description="step that decided (SPEC A-G1)")
    status: str = pa.Field(description="assigned, offered, queued or unassigned")
    target: str = pa.Field(nullable=True, description="User, Group or Brand")
    user_id: str = pa.Field(nullable=True, description="user who got it")
    group_id: str = pa.Field(nullable=True, description="group")
    brand_id: str = pa.Field(nullable=True, description="brand")
    rule_id: str = pa.Field(nullable=True, description="first matching rule, whatever decided")
    rule_order: int = pa.Field(nullable=True, description="its order")
    rulebook_version: str = pa.Field(nullable=True, description="rulebook version")
    matched_count: int = pa.Field(ge=0, description="rules that match")
    next_rule_id: str = pa.Field(nullable=True, description="rule that would have won without the first")
    group_turn: int = pa.Field(nullable=True, description="turn number of the group")
    owner_id: str = pa.Field(nullable=True, description="contact's usable owner just before, kept or not")
    rules_target: str = pa.Field(nullable=True, description="what the rules would give it to, whatever decided")
    rules_target_id: str = pa.Field(nullable=True, description="which user, group or brand that is")
    fallback_chain: Texts = pa.Field(nullable=True, description="targets refused before, with the reason")
    flow_id: str = pa.Field(nullable=True, description="flow of the winning rule")
    decided_at: Instant = pa.Field(nullable=True, description="when it came to that: capture, claim, end of an offer")
    due_at: Instant = pa.Field(nullable=True, description="when it changes by itself: an offer ends, a queue moves on")
    reason: str = pa.Field(description="the decision in a sentence")


class Offer(pa.DataFrameModel):
    """Grain: one row per lead, group and member it is offered to."""

    lead_id: str = pa.Field(description="lead")
    group_id: str = pa.Field(description="group")
    user_id: str = pa.Field(description="member")
    offered_at: Instant = pa.Field(description="offered")
    expires_at: Instant = pa.Field(description="end of the window")
    outcome: str = pa.Field(description="open, claimed (by this member), taken (by another) or expired")


class Claim(pa.DataFrameModel):
    """Grain: one row per claim received."""

    claim_id: str = pa.Field(description="id")
    lead_id: str = pa.Field(description="lead")
    user_id: str = pa.Field(description="who claimed")
    claimed_at: Instant = pa.Field(description="when")
    outcome: str = pa.Field(description="accepted or rejected")
    reason: str = pa.Field(nullable=True, description="why it was rejected")


class Channel(pa.DataFrameModel):
    """Grain: one row per channel as in force (SPEC CH1)."""

    id: str = pa.Field(description="id")
    name: str = pa.Field(nullable=True, description="name")
    title: str = pa.Field(nullable=True, description="title")
    brand: str = pa.Field(nullable=True, description="brand")
    mls: Texts = pa.Field(nullable=True, description="MLSs searched")
    is_default: bool = pa.Field(description="default channel of its brand")
    capture_number: int = pa.Field(ge=0, description="leads captured so far (SPEC CH5)")
    last_capture_date: Instant = pa.Field(nullable=True, description="latest capture; null when none")
    rules_count: str = pa.Field(description="live rules, the default included; text, as documented (SPEC CH4)")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    rulebook_version: str = pa.Field(description="file it comes from")


class Rule(pa.DataFrameModel):
    """Grain: one row per rule as in force, in the order it is tried."""

    id: str = pa.Field(description="id")
    channel: str = pa.Field(description="channel")
    position: int = pa.Field(ge=1, description="place in the order of evaluation (SPEC A-O1, A-O2)")
    kind: str = pa.Field(description="AND or OR")
    order: int = pa.Field(description="order as given")
    is_default: bool = pa.Field(description="default rule")
    target: str = pa.Field(description="User, Group or Brand")
    user: str = pa.Field(nullable=True, description="user")
    group: str = pa.Field(nullable=True, description="group")
    brand: str = pa.Field(nullable=True, description="brand")
    flow: str = pa.Field(nullable=True, description="flow")
    conditions: str = pa.Field(description="JSON list of {id, field, operator, value, negated, order}")
    invalid_reason: str = pa.Field(nullable=True, description="why the rule is off; null when it is on")
    wins_count: int = pa.Field(ge=0, description="leads whose first matching rule it is")
    created_by: str = pa.Field(nullable=True, description="user who made it")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    rulebook_version: str = pa.Field(description="file it comes from")


class Group(pa.DataFrameModel):
    """Grain: one row per group as in force."""

    id: str = pa.Field(description="id")
    name: str = pa.Field(nullable=True, description="name")
    description: str = pa.Field(nullable=True, description="description")
    brand: str = pa.Field(nullable=True, description="brand")
    distribution: str = pa.Field(description="RoundRobin or FirstToClaim")
    when_nobody: str = pa.Field(nullable=True, description="queue or fallback while no member may be given a lead")
    claim_minutes: int = pa.Field(nullable=True, description="how long its offers stand; null for the setting")
    fallback_target: str = pa.Field(nullable=True, description="User, Group or Brand that gets what nobody takes")
    fallback_id: str = pa.Field(nullable=True, description="which user, group or brand")
    members: Texts = pa.Field(nullable=True, description="user ids in the order of the turn")
    turns_count: int = pa.Field(ge=0, description="leads given by the group so far")
    last_served: str = pa.Field(nullable=True, description="member served last (SPEC A-G5)")
    created_by: str = pa.Field(nullable=True, description="user who made it")
    created_at: Instant = pa.Field(nullable=True, description="created")
    updated_at: Instant = pa.Field(nullable=True, description="updated")
    deleted_at: Instant = pa.Field(nullable=True, description="deleted")
    rulebook_version: str = pa.Field(description="file it comes from")


class Tag(pa.DataFrameModel):
    """Grain: one row per brand and tag (SPEC TG1-TG3)."""

    id: str = pa.Field(description="hash of brand and tag in match form")
    brand: str = pa.Field(nullable=True, description="brand")
    tag: str = pa.Field(description="tag, first spelling seen")
    text: str = pa.Field(description="equal to tag, as documented")
    touch_freq: int = pa.Field(nullable=True, description="days between touches")
    auto_enroll_in_super_campaigns: bool = pa.Field(description="as documented")
    created_at: Instant = pa.Field(nullable=True, description="first used or added; null: its brand was born with it")
    updated_at: Instant = pa.Field(nullable=True, description="its frequency was last set; else as created_at")
    contacts_count: int = pa.Field(ge=0, description="live contacts that carry it")


class AttributeDef(pa.DataFrameModel):
    """Grain: one row per attribute definition."""

    id: str = pa.Field(description="id")
    name: str = pa.Field(description="attribute type")
    data_type: str = pa.Field(description="text, number, date or address")
    label: str = pa.Field(nullable=True, description="form label")
    section: str = pa.Field(nullable=True, description="form section")
    is_global: bool = pa.Field(description="a system definition")
    is_singular: bool = pa.Field(description="one value per contact and partner flag")
    is_editable: bool = pa.Field(description="may be changed by users")
    is_searchable: bool = pa.Field(description="part of full-text search")
    has_label: bool = pa.Field(description="its values carry a label")
    is_required: bool = pa.Field(description="clients must ask for it")
    is_shown: bool = pa.Field(description="clients must show it")
    is_filterable: bool = pa.Field(description="contacts may be filtered by it")
    labels: Texts = pa.Field(nullable=True, description="labels offered")
    enum_values: Texts = pa.Field(nullable=True, description="values offered")
    brand: str = pa.Field(nullable=True, description="brand of a custom definition")
    created_at: Instant = pa.Field(nullable=True, description="created; one of the system is there since ever")
    created_by: str = pa.Field(nullable=True, description="user whose request created it")


class Activity(pa.DataFrameModel):
    """Grain: one row per thing that happened on a contact's timeline."""

    activity_id: str = pa.Field(description="id")
    contact_id: str = pa.Field(description="canonical contact")
    lead_id: str = pa.Field(nullable=True, description="lead it belongs to")
    action: str = pa.Field(description="LeadCaptured, a documented timeline action (SPEC LC7), or an entry of a chat")
    notes: str = pa.Field(nullable=True, description="notes, or what was said")
    occurred_at: Instant = pa.Field(description="when")
    author_id: str = pa.Field(nullable=True, description="who said it, in a chat; null for the system")
    visibility: str = pa.Field(nullable=True, description="who sees it, in a chat: all or agents (SPEC LS3)")


class FlowEnrolment(pa.DataFrameModel):
    """Grain: one row per contact and flow."""

    contact_id: str = pa.Field(description="canonical contact")
    flow_id: str = pa.Field(description="flow")
    lead_id: str = pa.Field(description="lead that enrolled it")
    rule_id: str = pa.Field(description="rule that won")
    rulebook_version: str = pa.Field(description="its rulebook version")
    enrolled_at: Instant = pa.Field(description="when")


class LeadSummary(pa.DataFrameModel):
    """Grain: one row per lead, in the documented summary shape (SPEC LS1, LS2: numbers and flags are texts).

    What a lead summary that was taken in said stands as it came, but for whom the lead was given to here.
    """

    id: str = pa.Field(description="lead id")
    name: str = pa.Field(nullable=True, description="contact's display name")
    title: str = pa.Field(nullable=True, description="contact's title; as it came")
    company: str = pa.Field(nullable=True, description="contact's company")
    phonenumber: str = pa.Field(nullable=True, description="contact's first phone number; as it came where unusable")
    email: str = pa.Field(nullable=True, description="contact's first e-mail; as it came where unusable")
    status: str = pa.Field(description="assigned, offered or unassigned; such as New, as it came")
    status_count: int = pa.Field(ge=1, description="leads with the same status: the counts by status")
    date: str = pa.Field(description="capture, as 2026-05-15 14:07:36 UTC without zone; as it came")
    chat_id: str = pa.Field(nullable=True, description="chat, as it came")
    assigned: str = pa.Field(description="1 or 0")
    assigned_to: str = pa.Field(nullable=True, description="user id; null when unassigned")
    is_public: str = pa.Field(description="1 or 0, as it came; 0 for any other lead")
    chat: str = pa.Field(nullable=True, description="JSON, as it came")
    chat_date: str = pa.Field(nullable=True, description="as it came")
    lead_type: str = pa.Field(nullable=True, description="source type; such as Sales, as it came")
    color: str = pa.Field(nullable=True, description="color of the status, as it came")
    analytics: str = pa.Field(description="JSON object, as it came: source, place, browser and chat of the visit")
    notes_count: int = pa.Field(ge=0, description="notes of the lead")
    attachment_count: int = pa.Field(ge=0, description="attachments, as they came")
    message: str = pa.Field(nullable=True, description="note of the lead")


class Quarantine(pa.DataFrameModel):
    """Grain: one row per file, row or cell that could not be used; everything else went on."""

    file: str = pa.Field(description="file name, below its inbox folder")
    folder: str = pa.Field(description="inbox folder")
    sheet: str = pa.Field(nullable=True, description="sheet of a workbook")
    row: int = pa.Field(nullable=True, description="row or record, 1 is the first; null for a whole file")
    column: str = pa.Field(nullable=True, description="column, or path in a payload")
    value: str = pa.Field(nullable=True, description="what stood there, as received")
    code: str = pa.Field(description="kind of problem")
    reason: str = pa.Field(description="what is wrong, in a sentence")
    what_to_do: str = pa.Field(description="what to do about it")


class Run(pa.DataFrameModel):
    """Grain: one row per run."""

    run_id: str = pa.Field(description="id")
    run_sequence: int = pa.Field(description="1, 2, 3 …")
    command: str = pa.Field(description="run, leads, backfill, import, undo, review, unmerge or rebuild")
    clock: Instant = pa.Field(description="the run's clock (--now)")
    started: Instant = pa.Field(description="wall clock at the start")
    finished: Instant = pa.Field(nullable=True, description="wall clock at the end; null for the publishing run itself")
    status: str = pa.Field(description="running, done or failed")
    counts: str = pa.Field(nullable=True, description="JSON: stage -> counts")
    versions: str = pa.Field(description="JSON: versions")
