"""Events in their order: captures, claims, ends of offers, moments at which a queue moves on (SPEC A-F1, A-G7)."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from schemas.vocabulary import DecidedBy, Distribution, LeadStatus, Target
from transforms.routing.calendars import Member
from transforms.routing.cases import Case, Claim, Offer, Plan, RuleTarget, Terms, Verdict
from transforms.routing.directory import Directory
from transforms.routing.groups import Groups, GroupVersion
from transforms.routing.roster import Roster
from transforms.routing.wheel import Wheel

__all__ = ["FALLBACK_DEPTH", "NOT_OFFERED", "Dispatch"]

#: How often a lead that nobody takes goes on to something else, before it stays with the brand (SPEC A-F1).
FALLBACK_DEPTH = 2

#: Why a claim of a lead that no group offers is rejected.
NOT_OFFERED = "the lead was not offered"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = 60_000_000

# What happens at the same moment happens in this order: an offer ends before a claim can come, and who has waited
# goes before who has just come.
_EXPIRY, _DRAIN, _CAPTURE, _CLAIM = range(4)


class Dispatch:
    """The state of all groups, and the rules by which one event changes it."""

    def __init__(self, groups: Groups, directory: Directory, targets: Sequence[RuleTarget], terms: Terms):
        self._groups = groups
        self._directory = directory
        self._targets = targets
        self._terms = terms
        self._wheels: dict[str, Wheel] = defaultdict(Wheel)
        self._roster = Roster(terms.when_nobody)
        self._queues: dict[str, deque[Case]] = defaultdict(deque)
        self._wakes: dict[str, int] = {}
        self._owners: dict[int, tuple[str, str]] = {}
        self._events: list[tuple[int, int, str, int]] = []
        self._offers: list[tuple[Case, Offer]] = []

    def reach(self, plans: Iterable[Plan]) -> set[str]:
        """Every group that leads with one of these plans may come to."""
        waiting: set[str] = set()
        for plan in plans:
            default = None if plan.default_rule is None else self._targets[plan.default_rule]
            named = default.target_id if default and default.target == Target.GROUP else None
            waiting |= {group_id for group_id in (plan.group_id, named) if group_id}
        found: set[str] = set()
        while waiting:
            found.add(group_id := waiting.pop())
            fallbacks = [version.fallback for version in self._groups.versions_of(group_id)]
            waiting |= {named for target, named in filter(None, fallbacks) if target == Target.GROUP} - found
        return found

    def run(self, cases: Sequence[Case], claims: Iterable[Claim], repeats: Mapping[str, str]) -> dict[str, str | None]:
        """Let everything happen; every case has a verdict then.

        Args:
            cases: by (at, lead_id).
            claims: those of them that name other leads are rejected.
            repeats: lead id of a repeat -> lead it repeats, which a claim of either is a claim of.

        Returns:
            Claim id -> why it was rejected; None where it was accepted.
        """
        by_lead = {case.lead_id: case for case in cases}
        ordered = sorted(claims, key=lambda claim: (claim.at, claim.claim_id))
        self._events = [(case.at, _CAPTURE, case.lead_id, place) for place, case in enumerate(cases)]
        self._events += [(claim.at, _CLAIM, claim.claim_id, place) for place, claim in enumerate(ordered)]
        heapq.heapify(self._events)
        answers: dict[str, str | None] = {}
        while self._events:
            at, kind, key, number = heapq.heappop(self._events)
            if kind == _CAPTURE:
                self._capture(cases[number])
            elif kind == _CLAIM:
                claim = ordered[number]
                found = by_lead.get(repeats.get(claim.lead_id, claim.lead_id))
                answers[key] = self._claim(found, claim) if found else NOT_OFFERED
            elif self._terms.clock is not None and at <= self._terms.clock:
                if kind == _EXPIRY:
                    self._expire(number)
                else:
                    self._drain(key, at)
        for group_id, queue in self._queues.items():
            for case in queue:
                if case.verdict:
                    case.verdict.due_at = self._wakes.get(group_id)
        return answers

    # --- events ---------------------------------------------------------------------------------------------------

    def _capture(self, case: Case) -> None:
        owner, maker = (case.owner, None) if case.owner else self._owners.get(case.contact, (None, None))
        case.known_owner = owner
        if case.turn_only:
            case.is_default = case.plan.by_default
            self._try_group(case, case.plan.group_id or "", case.at)
        elif case.assignee:
            self._assign(case, DecidedBy.ASSIGNEE, case.assignee, case.at)
        elif case.is_sticky and owner:
            self._assign(case, DecidedBy.OWNER, owner, case.at)
            if case.verdict:
                case.verdict.owner_from = maker
        else:
            self._apply_plan(case)

    def _claim(self, case: Case, claim: Claim) -> str | None:
        """Settle an offer; why the claim is rejected, None where it is not."""
        verdict = case.verdict
        if not case.offers or verdict is None:
            return NOT_OFFERED if verdict else "the claim came before the lead"
        offer = case.offers[-1]
        if offer.claimed_by is not None:
            return f"{self._directory.name_of(offer.claimed_by)} had claimed the lead at {_show(offer.claimed_at)}"
        if offer.is_over or claim.at >= offer.expires_at:
            return f"too late: the offer ended at {_show(offer.expires_at)}"
        if claim.user_id not in offer.users:
            return "the lead was not offered to this user"
        version = self._groups.find(offer.group_id, claim.at)
        member = next((m for m in version.members if m.user_id == claim.user_id), None) if version else None
        if member and member.is_paused(claim.at):
            return "the user was paused"
        if member and self._roster.is_full(member, offer.group_id, claim.at):
            return "the user had as many leads of the day as its cap allows"
        offer.claimed_by, offer.claimed_at = claim.user_id, claim.at
        if member:
            self._roster.count(member, offer.group_id, claim.at)
        verdict.status, verdict.user_id, verdict.at, verdict.due_at = LeadStatus.ASSIGNED, claim.user_id, claim.at, None
        verdict.claimed = True
        self._own(case, claim.user_id)
        return None

    def _expire(self, number: int) -> None:
        case, offer = self._offers[number]
        if offer.claimed_by is None:
            offer.is_over = True
            version = self._groups.find(offer.group_id, offer.offered_at)
            name = version.name if version else offer.group_id
            case.steps.append(f"group {name}: nobody claimed it until {_show(offer.expires_at)}")
            self._fall(case, version, offer.expires_at)

    def _drain(self, group_id: str, at: int) -> None:
        """Give those who wait to whoever may be given leads now, the oldest first."""
        queue = self._queues[group_id]
        self._wakes.pop(group_id, None)
        while queue:
            version = self._groups.find(group_id, at)
            if version and version.members and self._roster.waits(version) and not self._roster.find_ready(version, at):
                self._wake_later(version, at)
                return
            case = queue.popleft()
            if not self._try_group(case, group_id, at):
                self._fall(case, version, at)

    # --- what a lead comes to ---------------------------------------------------------------------------------------

    def _apply_plan(self, case: Case) -> None:
        plan = case.plan
        case.is_default = plan.by_default
        if plan.gives is None:
            self._leave(case, case.at)
        elif plan.gives == Target.USER and plan.user_id:
            self._assign(case, self._outcome(case), plan.user_id, case.at)
        elif plan.gives == Target.BRAND:
            self._pond(case, plan.brand_id, case.at)
        elif plan.group_id and not self._try_group(case, plan.group_id, case.at):
            self._fall(case, self._groups.find(plan.group_id, case.at), case.at)

    def _try_group(self, case: Case, group_id: str, at: int) -> bool:
        """Give the lead to a group: a turn, an offer, a place in its queue; False where it can do none of these."""
        case.tried.append(group_id)
        version = self._groups.find(group_id, at)
        if version is None or not version.members:
            reason = "has no active member" if version else "is not in force"
            case.steps.append(f"group {version.name if version else group_id} {reason}")
            return False
        ready = self._roster.find_ready(version, at)
        if not ready and not self._roster.waits(version):
            case.steps.append(f"group {version.name}: no member may be given a lead at {_show(at)}")
            return False
        if not ready:
            case.verdict = self._with_group(case, version, LeadStatus.QUEUED, at)
            self._queues[group_id].append(case)
            if group_id not in self._wakes:
                self._wake_later(version, at)
        elif version.distribution == Distribution.ROUND_ROBIN:
            self._give_turn(case, version, ready, at)
        else:
            self._offer(case, version, ready, at)
        return True

    def _give_turn(self, case: Case, version: GroupVersion, ready: Sequence[Member], at: int) -> None:
        wheel = self._wheels[version.group_id]
        before = wheel.last
        seats = [(member.seat, member.weight) for member in ready]
        seat = wheel.serve(seats)
        verdict = self._with_group(case, version, LeadStatus.ASSIGNED, at)
        verdict.user_id, verdict.group_turn = seat[1], wheel.turns
        verdict.previous_user_id = before[1] if before else None
        case.verdict = verdict
        self._roster.count(next(member for member in ready if member.seat == seat), version.group_id, at)
        self._own(case, seat[1])

    def _offer(self, case: Case, version: GroupVersion, ready: Sequence[Member], at: int) -> None:
        minutes = version.claim_minutes or self._terms.claim_minutes
        users = tuple(member.user_id for member in ready)
        offer = Offer(version.group_id, version.version, users, at, at + minutes * _MINUTE)
        case.offers.append(offer)
        case.verdict = self._with_group(case, version, LeadStatus.OFFERED, at)
        case.verdict.due_at = offer.expires_at
        heapq.heappush(self._events, (offer.expires_at, _EXPIRY, case.lead_id, len(self._offers)))
        self._offers.append((case, offer))

    def _fall(self, case: Case, version: GroupVersion | None, at: int) -> None:
        """What nobody takes goes on: the group's fallback, the channel's default rule, the brand (SPEC A-F1)."""
        case.falls += 1
        if case.falls <= FALLBACK_DEPTH:
            if version and version.fallback and self._try_target(case, *version.fallback, None, at):
                return
            default = case.plan.default_rule
            if default is not None and not case.is_default:
                case.is_default = True
                rule = self._targets[default]
                if rule.target_id and self._try_target(case, rule.target, rule.target_id, rule.brand_id, at):
                    return
        self._leave(case, at)

    def _try_target(self, case: Case, target: str, target_id: str, brand_id: str | None, at: int) -> bool:
        if target == Target.BRAND:
            self._pond(case, target_id, at)
            return True
        if target == Target.GROUP:
            return target_id not in case.tried and self._try_group(case, target_id, at)
        refusal = self._directory.refuse(target_id, brand_id)
        if refusal:
            case.steps.append(refusal)
            return False
        self._assign(case, self._outcome(case), target_id, at)
        return True

    def _assign(self, case: Case, outcome: DecidedBy, user_id: str, at: int) -> None:
        by_rules = outcome in (DecidedBy.RULE, DecidedBy.DEFAULT_RULE)
        case.verdict = Verdict(outcome, LeadStatus.ASSIGNED, Target.USER, at, self._by_rule(case) if by_rules else None,
                               user_id, brand_id=self._brand(case) if by_rules else None)  # fmt: skip
        self._own(case, user_id)

    def _pond(self, case: Case, brand_id: str | None, at: int) -> None:
        case.verdict = Verdict(self._outcome(case), LeadStatus.ASSIGNED, Target.BRAND, at, self._by_rule(case),
                               brand_id=brand_id)  # fmt: skip

    def _leave(self, case: Case, at: int) -> None:
        case.verdict = Verdict(DecidedBy.BRAND, LeadStatus.UNASSIGNED, Target.BRAND, at)

    def _with_group(self, case: Case, version: GroupVersion, status: LeadStatus, at: int) -> Verdict:
        return Verdict(self._outcome(case), status, Target.GROUP, at, self._by_rule(case), group_id=version.group_id,
                       brand_id=self._brand(case))  # fmt: skip

    def _outcome(self, case: Case) -> DecidedBy:
        return DecidedBy.DEFAULT_RULE if case.is_default else DecidedBy.RULE

    def _by_rule(self, case: Case) -> int | None:
        return case.plan.default_rule if case.is_default else case.plan.by_rule

    def _brand(self, case: Case) -> str | None:
        if case.is_default and case.plan.default_rule is not None:
            return self._targets[case.plan.default_rule].brand_id
        return case.plan.brand_id

    def _wake_later(self, version: GroupVersion, at: int) -> None:
        """Look at a queue again at the next moment at which somebody may be given leads, or the group changes."""
        moment = self._roster.next_moment(version, at)
        if moment is not None:
            self._wakes[version.group_id] = moment
            heapq.heappush(self._events, (moment, _DRAIN, version.group_id, 0))

    def _own(self, case: Case, user_id: str) -> None:
        """The first user whom a contact's lead goes to is its owner from then on."""
        self._owners.setdefault(case.contact, (user_id, case.lead_id))


def _show(at: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=at):%Y-%m-%d %H:%M} UTC"
