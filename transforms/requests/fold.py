"""The request log applied to one contact, in the order of the log (SPEC 1.7 to 1.10).

What a request asks of one contact is applied whole or not at all, and hangs on nothing but that contact and what came
before: so contacts may be folded in any number at a time, and again alone when a late request comes.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from schemas.vocabulary import ProblemCode, Step
from transforms.ids import hash_id
from transforms.requests.contact_state import ContactState, Definition, Held
from transforms.requests.criteria import Criteria

__all__ = ["NO_NUMBER", "Asked", "ContactFold", "Key", "Knowledge", "Late", "Order", "Refusal", "judge_definition"]

#: In an order, what stands for the number of a request id that is none; and what comes after every request.
NO_NUMBER = 1 << 62
_LAST = NO_NUMBER + 1
_FIRST = (-(1 << 62), 0, "", 0)

#: Where a step stands in the log: time, number of a request id that is one, request id, step.
Order = tuple[int, int, str, int]
#: A definition, and the match key of one of its values; None is any value.
Key = tuple[str, str | None]


@dataclass(slots=True)
class Asked:
    """One step, as staging.request_steps has it.

    Attributes:
        order: its place in the log; the time is in microseconds since 1970.
        kind: what is asked.
        brand_id: brand of the request.
        attribute_id: attribute asked of.
        detail: owner, frequency, or tag in match form.
        values: what it brings.
        keys: of a SET: which of label, index, is_primary, is_partner it says, and what.
        criteria: of an ADD_WHERE: which contacts it is for.
        fault: code, reason and value when it cannot be applied to any contact.
    """

    order: Order
    kind: str
    brand_id: str | None = None
    attribute_id: str | None = None
    detail: str | None = None
    values: list[Held] = field(default_factory=list)
    keys: Mapping[str, object] = field(default_factory=dict)
    criteria: Criteria | None = None
    fault: tuple[str, str, str | None] | None = None

    @property
    def at(self) -> int:
        """Its time."""
        return self.order[0]

    @property
    def request_id(self) -> str:
        """Its request."""
        return self.order[2]


class Refusal(NamedTuple):
    """Why a step could not be applied."""

    request_id: str
    step: int
    code: str
    reason: str
    value: str | None


class Late(NamedTuple):
    """A value of a file or lead that comes, or ends, after the contact came to be."""

    at: int
    held: Held
    is_end: bool

    @property
    def order(self) -> Order:
        """After the requests of the same time."""
        return (self.at, _LAST, "", 0)


class Knowledge(NamedTuple):
    """What steps are judged by, and those that concern contacts by what they hold.

    Attributes:
        users: known users; empty when no directory was given: then any is taken.
        agenda: key -> orders of the steps that concern every contact with such a value, ascending.
        steps: order -> step, of those.
    """

    users: frozenset[str]
    agenda: Mapping[Key, Sequence[Order]]
    steps: Mapping[Order, Asked]


class ContactFold:
    """One contact on its way through the log; `state`, `refusals` and `touches` hold the outcome."""

    def __init__(self, state: ContactState, knowledge: Knowledge):
        self.state = state
        self.refusals: list[Refusal] = []
        self.touches: list[tuple[int, int | None]] = []
        self._knowledge = knowledge
        self._queue: list[tuple[Order, int, Sequence[Asked] | Late | Key]] = []
        self._now: Order = _FIRST
        self._done: dict[Key, Order] = {}
        self._pushed = 0

    def run(self, asked: Sequence[Sequence[Asked]], late: Sequence[Late] = ()) -> None:
        """Apply all that is asked of it.

        Args:
            asked: the steps that name it, or every contact of its brand, grouped by request.
            late: what comes of files and leads in the meantime.
        """
        queue = self._queue
        queue += [(steps[0].order, number, steps) for number, steps in enumerate(asked)]
        queue += [(item.order, number, item) for number, item in enumerate(late, len(asked))]
        if self._knowledge.agenda:
            self.state.on_hold = self._watch
            for held in self.state.live():
                self._watch(held)
        heapq.heapify(queue)
        while queue:
            self._now, _, item = heapq.heappop(queue)
            if isinstance(item, Late):
                self._take_late(item)
            elif isinstance(item, tuple):
                self._apply_by_value(item)
            else:
                self._apply(item)

    def _apply(self, steps: Sequence[Asked]) -> None:
        first, changes = steps[0], self.state.changes
        absence = self._find_absence(first.at)
        if absence and first.kind == Step.ADD_WHERE:
            return
        refusal = (
            _refuse(first, ProblemCode.UNKNOWN_ID, absence, self.state.contact_id)
            if absence
            else next(filter(None, map(self._judge_step, steps)), None)
        )
        if refusal:
            self.refusals.append(refusal)
            return
        for step in steps:
            self._apply_step(step)
        if self.state.changes != changes or first.kind != Step.ADD_WHERE:
            self.state.updated_at = steps[-1].at

    def _find_absence(self, at: int) -> str | None:
        """Why the contact is not there at some time, if so."""
        if self.state.deleted_at is not None:
            return "the contact was deleted before"
        if self.state.born_at is not None and at < self.state.born_at:
            return "the contact was created later"
        return None

    def _judge_step(self, step: Asked) -> Refusal | None:
        if step.fault:
            return _refuse(step, *step.fault)
        if step.kind == Step.OWNER and self._knowledge.users and step.detail not in self._knowledge.users:
            return _refuse(step, ProblemCode.UNKNOWN_ID, "the directory knows no such user", step.detail)
        for value in step.values:
            fault = judge_definition(value.definition, step.at, self.state.brand_id)
            if fault:
                return _refuse(step, *fault)
        if step.kind in (Step.SET, Step.REMOVE):
            return self._judge_target(step)
        return None

    def _judge_target(self, step: Asked) -> Refusal | None:
        held = self.state.find(step.attribute_id)
        if held is None:
            reason = "the contact has no attribute with this id at that time"
            return _refuse(step, ProblemCode.UNKNOWN_ID, reason, step.attribute_id)
        if not held.definition.is_editable:
            return _refuse(step, ProblemCode.NOT_EDITABLE, "the attribute is not editable", step.attribute_id)
        if step.values and step.values[0].definition is not held.definition:
            reason = "the attribute is of another definition than the request says"
            return _refuse(step, ProblemCode.INVALID_REQUEST, reason, step.attribute_id)
        return None

    def _apply_step(self, step: Asked) -> None:
        state = self.state
        if step.kind == Step.ADD:
            for value in step.values:
                state.add(value, step.at)
        elif step.kind == Step.SET:
            self._set(step)
        elif step.kind == Step.REMOVE:
            held = state.find(step.attribute_id)
            if held is not None:
                state.end(held, step.at)
        elif step.kind == Step.DELETE:
            state.deleted_at = step.at
        elif step.kind == Step.OWNER:
            state.user_id = step.detail
        elif step.kind == Step.TOUCH:
            self.touches.append((step.at, int(step.detail) if step.detail else None))
        elif step.criteria is not None and step.criteria.hold(state):
            self._add_copies(step)

    def _set(self, step: Asked) -> None:
        state, held, keys = self.state, self.state.find(step.attribute_id), step.keys
        if held is None:  # an earlier step of the same request ended it
            return
        if "is_partner" in keys:
            held.is_partner = keys["is_partner"] is True
        if step.values:
            state.set_value(held, step.values[0], step.at)
        if held.deleted_at is not None:
            return
        if "label" in keys:
            held.label = _text(keys["label"])
        if "index" in keys:
            held.index = _integer(keys["index"])
        if "is_primary" in keys and (keys["is_primary"] is True) != held.is_primary:
            turn = state.unmark if held.is_primary else state.mark
            turn(held)
        state.update(held, step.at)

    def _add_copies(self, step: Asked) -> None:
        """What is added to many contacts is each one's own."""
        for place, value in enumerate(step.values):
            attribute_id = hash_id(step.request_id, self.state.contact_id, place)
            self.state.add(replace(value, attribute_id=attribute_id), step.at)

    def _apply_by_value(self, key: Key) -> None:
        """A step that concerns this contact because it holds some value."""
        if self._done.get(key, _FIRST) >= self._now:
            return
        self._done[key] = self._now
        step = self._knowledge.steps[self._now]
        holding = [held for held in self.state.live() if _has_key(held, key)]
        if not holding or self.state.deleted_at is not None:
            return
        is_concerned = step.kind == Step.DELETE_DEF or step.brand_id == self.state.brand_id
        if is_concerned and not self._find_absence(step.at):
            if step.kind == Step.ADD_WHERE:
                self._apply([step])
            else:
                self._apply_to_values(step, holding)
        self._enqueue(key)

    def _apply_to_values(self, step: Asked, holding: Sequence[Held]) -> None:
        for held in holding:
            if step.kind == Step.RENAME_TAG:
                self.state.set_value(held, step.values[0], step.at)
            else:
                self.state.end(held, step.at)
        self.state.updated_at = step.at

    def _take_late(self, late: Late) -> None:
        if not late.is_end:
            self.state.arrive(late.held, late.at)
        elif late.held.deleted_at is None:
            self.state.leave(late.held, late.at)

    def _watch(self, held: Held) -> None:
        definition = held.definition.attribute_def
        self._enqueue((definition, None))
        if held.key is not None:
            self._enqueue((definition, held.key))

    def _enqueue(self, key: Key) -> None:
        """The next step that concerns a contact with such a value."""
        orders = self._knowledge.agenda.get(key)
        if orders is None:
            return
        place = bisect_right(orders, self._now)
        if place < len(orders):
            self._pushed += 1
            heapq.heappush(self._queue, (orders[place], -self._pushed, key))


def _refuse(step: Asked, code: str, reason: str, value: str | None) -> Refusal:
    return Refusal(step.order[2], step.order[3], code, reason, value)


def judge_definition(definition: Definition, at: int, brand_id: str | None) -> tuple[str, str, str | None] | None:
    """Why a request of some time cannot bring values of a definition to contacts of a brand, if so."""
    is_there = (definition.created_at is None or definition.created_at <= at) and (
        definition.deleted_at is None or at < definition.deleted_at
    )
    name = definition.attribute_def
    if not is_there or definition.brand_id not in (None, brand_id):
        return ProblemCode.UNKNOWN_ATTRIBUTE, "the brand has no such attribute definition at that time", name
    if not definition.is_editable:
        return ProblemCode.NOT_EDITABLE, "attributes of this definition are not editable", name
    return None


def _has_key(held: Held, key: Key) -> bool:
    return held.definition.attribute_def == key[0] and key[1] in (None, held.key)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
