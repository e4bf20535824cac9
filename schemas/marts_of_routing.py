"""marts of routing: what is proved and measured about rules, groups and the shadow rulebook on every run."""

import pandera.polars as pa

from schemas.dtypes import Instant, Texts

__all__ = ["RoutingCoverage", "RuleFinding", "ShadowDecision", "ShadowRate", "TurnFairness", "UnaskedValue"]


class RuleFinding(pa.DataFrameModel):
    """Grain: one row per finding about the rulebook in force or its shadow, as `leadpipe lint` makes them."""

    is_shadow: bool = pa.Field(description="about the shadow rulebook")
    severity: str = pa.Field(isin=["error", "warning", "note"], description="how much it matters")
    code: str = pa.Field(description="kind of finding, such as dead_rule")
    channel_id: str = pa.Field(nullable=True, description="channel")
    rule_id: str = pa.Field(nullable=True, description="the rule it is about")
    other_rule_ids: Texts = pa.Field(nullable=True, description="rules that have a part in it, such as take its leads")
    group_id: str = pa.Field(nullable=True, description="the group it is about")
    field: str = pa.Field(nullable=True, description="the field of a condition")
    value: str = pa.Field(nullable=True, description="the value of a condition, or the part of a document")
    leads_count: int = pa.Field(nullable=True, description="leads at hand that it touches")
    finding: str = pa.Field(description="what is so, in a sentence")
    what_to_do: str = pa.Field(description="how to mend it")


class RoutingCoverage(pa.DataFrameModel):
    """Grain: one row per channel that has leads: what its rules say of them, whatever decided in the end."""

    channel_id: str = pa.Field(description="channel")
    channel_name: str = pa.Field(nullable=True, description="its name")
    leads_count: int = pa.Field(ge=1, description="leads captured")
    by_rule_count: int = pa.Field(ge=0, description="leads that a rule takes")
    by_default_count: int = pa.Field(ge=0, description="leads that only the default rule takes")
    by_none_count: int = pa.Field(ge=0, description="leads that no rule takes")
    default_share: float = pa.Field(ge=0, le=1, description="share of the leads that only the default rule takes")


class UnaskedValue(pa.DataFrameModel):
    """Grain: one row per channel, field that its rules in force ask, and value of its leads that none of them names.

    The 100 most frequent values of each field.
    """

    channel_id: str = pa.Field(description="channel")
    field: str = pa.Field(description="field asked")
    value: str = pa.Field(description="value in normal form")
    leads_count: int = pa.Field(ge=1, description="leads that have it")
    by_default_count: int = pa.Field(ge=0, description="of these, leads that only the default rule took")
    values_count: int = pa.Field(ge=1, description="how many values of the field no rule names, shown or not")


class TurnFairness(pa.DataFrameModel):
    """Grain: one row per RoundRobin group and stretch of its turns with the same members (SPEC A-G4, A-G9)."""

    group_id: str = pa.Field(description="group")
    stretch: int = pa.Field(ge=1, description="1, 2, 3 … in the order of the turns")
    first_turn: int = pa.Field(ge=1, description="first turn of the stretch")
    last_turn: int = pa.Field(ge=1, description="last turn of the stretch")
    began_at: Instant = pa.Field(description="time of the first turn")
    ended_at: Instant = pa.Field(description="time of the last turn so far")
    members_count: int = pa.Field(ge=0, description="members in turn")
    served_least: int = pa.Field(ge=0, description="leads of the member served least")
    served_most: int = pa.Field(ge=0, description="leads of the member served most")
    worst_gap: float = pa.Field(ge=0, description="greatest distance of a member's leads from its share of the turns")
    outsider_turns: int = pa.Field(ge=0, description="turns given to users who are no members")
    bound: str = pa.Field(description="what is checked: most - least <= 1, or gap < 1 where members have weights")
    is_fair: bool = pa.Field(description="whether the bound is kept")


class ShadowDecision(pa.DataFrameModel):
    """Grain: one row per lead that the shadow rulebook decides otherwise than the one in force."""

    lead_id: str = pa.Field(description="lead")
    channel_id: str = pa.Field(nullable=True, description="channel")
    captured_at: Instant = pa.Field(description="captured")
    change: str = pa.Field(isin=["rule", "holder", "both"], description="what differs")
    old_rule_id: str = pa.Field(nullable=True, description="first matching rule of the rulebook in force")
    new_rule_id: str = pa.Field(nullable=True, description="first matching rule of the shadow")
    old_outcome: str = pa.Field(description="step that decided in force")
    new_outcome: str = pa.Field(description="step that would decide under the shadow")
    old_holder_type: str = pa.Field(nullable=True, description="User, Group or Brand that holds it in force")
    old_holder: str = pa.Field(nullable=True, description="which")
    new_holder_type: str = pa.Field(nullable=True, description="User, Group or Brand that would hold it")
    new_holder: str = pa.Field(nullable=True, description="which")
    old_reason: str = pa.Field(description="the decision in force, in a sentence")
    new_reason: str = pa.Field(description="the shadow's decision, in a sentence")


class ShadowRate(pa.DataFrameModel):
    """Grain: one row per channel whose leads the shadow rulebook was put to."""

    channel_id: str = pa.Field(nullable=True, description="channel")
    shadow_file: str = pa.Field(description="file of the shadow rulebook")
    leads_count: int = pa.Field(ge=1, description="leads decided both ways")
    rule_changes: int = pa.Field(ge=0, description="leads that another rule takes")
    holder_changes: int = pa.Field(ge=0, description="leads that another user, group or brand would hold")
    disagreement_rate: float = pa.Field(ge=0, le=1, description="share of the leads on which either differs")
