"""What a log asks of contacts, step by step, and what steps are judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.vocabulary import ProblemCode
from transforms.requests.contact_state import Definition, Held
from transforms.requests.criteria import Criteria

__all__ = [
    "FIRST", "NO_NUMBER", "Asked", "Key", "Knowledge", "Late", "Order", "Refusal", "judge_definition", "refuse",
]  # fmt: skip

#: In an order, what stands for the number of a request id that is none; and what comes after every request.
NO_NUMBER = 1 << 62
_LAST = NO_NUMBER + 1
FIRST = (-(1 << 62), 0, "", 0)

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
        void: requests that are refused as a whole, because something that they name cannot be changed.
    """

    users: frozenset[str]
    agenda: Mapping[Key, Sequence[Order]]
    steps: Mapping[Order, Asked]
    void: frozenset[str] = frozenset()


def refuse(step: Asked, code: str, reason: str, value: str | None) -> Refusal:
    """The refusal of a step."""
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
