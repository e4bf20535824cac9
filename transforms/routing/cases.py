"""Leads whose outcome hangs on what happens later or to others: one by one, as things happened (SPEC A-F1, A-G7).

Only these are: leads that a FirstToClaim group offers, leads of groups whose members pause, keep hours or have a cap,
the further leads of the same contacts, and leads that share a group with one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.vocabulary import DecidedBy, LeadStatus, OfferOutcome, Target

__all__ = ["Case", "Claim", "Offer", "Plan", "RuleTarget", "Terms", "Verdict"]


@dataclass(frozen=True)
class Terms:
    """What holds where a group says nothing: minutes an offer stands, what is done when nobody is there; the clock.

    Offers end and queues move on up to the clock, microseconds since 1970; None is before everything.
    """

    claim_minutes: int
    when_nobody: str
    clock: int | None


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """What a rule gives leads to."""

    target: str
    target_id: str | None
    brand_id: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the rules would do with a lead at its capture; see `targets.PLAN_SCHEMA`."""

    by_rule: int | None
    default_rule: int | None
    by_default: bool
    gives: str | None
    user_id: str | None
    group_id: str | None
    brand_id: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A member's claim; `at` is microseconds since 1970."""

    claim_id: str
    lead_id: str
    user_id: str
    at: int


@dataclass(slots=True)
class Offer:
    """One lead offered to members of one group."""

    group_id: str
    version: str
    users: tuple[str, ...]
    offered_at: int
    expires_at: int
    claimed_by: str | None = None
    claimed_at: int = 0
    is_over: bool = False

    def outcome_for(self, user_id: str) -> OfferOutcome:
        """What became of it, for one of the members."""
        if self.claimed_by is not None:
            return OfferOutcome.CLAIMED if self.claimed_by == user_id else OfferOutcome.TAKEN
        return OfferOutcome.EXPIRED if self.is_over else OfferOutcome.OPEN


@dataclass(slots=True)
class Verdict:
    """Where a lead stands.

    Attributes:
        outcome: step of the precedence that decided.
        status: assigned, offered, queued or unassigned.
        target: what has it.
        at: when it came to that, microseconds since 1970.
    """

    outcome: DecidedBy
    status: LeadStatus
    target: Target
    at: int
    by_rule: int | None = None
    user_id: str | None = None
    group_id: str | None = None
    brand_id: str | None = None
    group_turn: int | None = None
    previous_user_id: str | None = None
    owner_from: str | None = None
    due_at: int | None = None
    claimed: bool = False


@dataclass(slots=True)
class Case:
    """One lead on its way.

    Attributes:
        place: its place in the order of (captured_at, lead_id).
        at: its capture, microseconds since 1970.
        assignee: user named by the payload.
        owner: usable owner of the contact, from its file.
        is_sticky: the contact's owner keeps its leads.
        turn_only: everything about it is settled but whose turn it is.
        tried: groups that it has been with.
        steps: what was tried and did not come to anything, in words.
    """

    place: int
    lead_id: str
    contact: int
    at: int
    plan: Plan
    assignee: str | None
    owner: str | None
    is_sticky: bool
    turn_only: bool
    verdict: Verdict | None = None
    falls: int = 0
    is_default: bool = False
    known_owner: str | None = None
    offers: list[Offer] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
