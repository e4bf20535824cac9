"""The request log applied to one contact, in the order of the log (SPEC 1.7 to 1.10).

What a request asks of one contact is applied whole or not at all, and hangs on nothing but that contact and what came
before: so contacts may be folded in any number at a time, and again alone when a late request comes. A request that is
refused as a whole (`Knowledge.void`) is judged by every contact that it names, and changes none.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from schemas.vocabulary import ProblemCode, Step
from transforms.ids import hash_id
from transforms.requests.asked import FIRST, Asked, Key, Knowledge, Late, Order, Refusal, judge_definition, refuse
from transforms.requests.contact_state import ContactState, Held

__all__ = ["ContactFold"]


class ContactFold:
    """One contact on its way through the log; `state`, `refusals`, `touches` and `owners` hold the outcome."""

    def __init__(self, state: ContactState, knowledge: Knowledge):
        self.state = state
        self.refusals: list[Refusal] = []
        self.touches: list[tuple[int, int | None]] = []
        self.owners: list[tuple[int, str | None]] = []
        self._knowledge = knowledge
        self._queue: list[tuple[Order, int, Sequence[Asked] | Late | Key]] = []
        self._now: Order = FIRST
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
            refuse(first, ProblemCode.UNKNOWN_ID, absence, self.state.contact_id)
            if absence
            else next(filter(None, map(self._judge_step, steps)), None)
        )
        if refusal:
            self.refusals.append(refusal)
            return
        if first.request_id in self._knowledge.void:
            return
        for step in steps:
            self._apply_step(step)
        if self.state.changes != changes or first.kind != Step.ADD_WHERE:
            self._note(steps[-1])

    def _find_absence(self, at: int) -> str | None:
        """Why the contact is not there at some time, if so."""
        if self.state.deleted_at is not None:
            return "the contact was deleted before"
        if self.state.born_at is not None and at < self.state.born_at:
            return "the contact was created later"
        return None

    def _judge_step(self, step: Asked) -> Refusal | None:
        if step.fault:
            return refuse(step, *step.fault)
        if step.kind == Step.OWNER and self._knowledge.users and step.detail not in self._knowledge.users:
            return refuse(step, ProblemCode.UNKNOWN_ID, "the directory knows no such user", step.detail)
        for value in step.values:
            fault = judge_definition(value.definition, step.at, self.state.brand_id)
            if fault:
                return refuse(step, *fault)
        if step.kind in (Step.SET, Step.REMOVE):
            return self._judge_target(step)
        return None

    def _judge_target(self, step: Asked) -> Refusal | None:
        held = self.state.find(step.attribute_id)
        if held is None:
            reason = "the contact has no attribute with this id at that time"
            return refuse(step, ProblemCode.UNKNOWN_ID, reason, step.attribute_id)
        if not held.definition.is_editable:
            return refuse(step, ProblemCode.NOT_EDITABLE, "the attribute is not editable", step.attribute_id)
        if step.values and step.values[0].definition is not held.definition:
            reason = "the attribute is of another definition than the request says"
            return refuse(step, ProblemCode.INVALID_REQUEST, reason, step.attribute_id)
        return None

    def _apply_step(self, step: Asked) -> None:
        state = self.state
        if step.kind == Step.ADD:
            for value in step.values:
                state.add(value, step.at)
        elif step.kind == Step.UNTAG:
            for value in step.values:
                state.take_away(value, step.at)
        elif step.kind == Step.REPLACE:
            state.replace(step.detail or "", step.values, step.at)
        elif step.kind in (Step.SET, Step.REMOVE):
            self._change(step)
        elif step.kind == Step.ADD_WHERE:
            if step.criteria is not None and step.criteria.hold(state):
                self._add_copies(step)
        else:
            self._change_contact(step)

    def _change_contact(self, step: Asked) -> None:
        if step.kind == Step.DELETE:
            self.state.deleted_at = step.at
        elif step.kind == Step.OWNER:
            self.state.user_id = step.detail
            self.owners.append((step.at, step.detail))
        else:
            self.touches.append((step.at, int(step.detail) if step.detail else None))

    def _change(self, step: Asked) -> None:
        held = self.state.find(step.attribute_id)
        if held is None:  # an earlier step of the same request ended it
            return
        if step.kind == Step.REMOVE:
            self.state.end(held, step.at)
        else:
            self._set(step, held)

    def _set(self, step: Asked, held: Held) -> None:
        state, keys = self.state, step.keys
        if "is_partner" in keys:
            state.give_to_partner(held, keys["is_partner"] is True, step.at)
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
        state.update(held, step.at, step.request_id)

    def _add_copies(self, step: Asked) -> None:
        """What is added to many contacts is each one's own."""
        for place, value in enumerate(step.values):
            attribute_id = hash_id(step.request_id, self.state.contact_id, place)
            self.state.add(replace(value, attribute_id=attribute_id), step.at)

    def _apply_by_value(self, key: Key) -> None:
        """A step that concerns this contact because it holds some value."""
        if self._done.get(key, FIRST) >= self._now:
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
        self._note(step)

    def _note(self, step: Asked) -> None:
        self.state.updated_at, self.state.changed_by = step.at, step.request_id

    def _take_late(self, late: Late) -> None:
        self.state.arrived_at = late.at
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


def _has_key(held: Held, key: Key) -> bool:
    return held.definition.attribute_def == key[0] and key[1] in (None, held.key)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
