"""One contact while requests are applied to it: what it holds, and the rules of its attributes (SPEC 1.7, A-EA1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from transforms.requests.flat_bodies import FLAT_TYPES

__all__ = ["ContactState", "Definition", "Held"]


@dataclass(frozen=True, slots=True)
class Definition:
    """What the rules need to know of an attribute definition; times are microseconds since 1970, None is ever."""

    attribute_def: str
    is_singular: bool
    is_editable: bool
    brand_id: str | None = None
    created_at: int | None = None
    deleted_at: int | None = None
    name: str = ""
    is_searchable: bool = False

    @property
    def is_custom_field(self) -> bool:
        """Whether a flat contact shows it among its custom fields."""
        return self.brand_id is not None and self.name not in FLAT_TYPES


@dataclass(slots=True)
class Held:
    """One value of a contact.

    Attributes:
        attribute_id: its id.
        base_id: the same for one that a file, a lead or its contact's creation brought; None for an added one.
        value: request, step and position of the value that it has now; None while it has that which it came with.
        definition: its definition.
        is_partner: belongs to the partner.
        same: what equal values share.
        key: its match key.
        is_primary: whether it is primary.
        label: label.
        index: index.
        created_at: when a request added it; None for one that came with a file, lead or creation.
        since: when a request gave it the value that it has; None while it has that which it came with.
        updated_at: when a request last changed it; None for never.
        deleted_at: when it ended.
        is_lead: a lead brought it: it fills what is empty and overwrites nothing (SPEC A-P5).
        is_known: it is of a lead whose contact had it, unless a request took that away before.
        is_renamed: it has its value by the renaming of a tag.
        is_changed: otherwise than it came.
        added_by: request that added it; None for one that came with a file, lead or creation.
        changed_by: request that last changed it; None for never.
    """

    attribute_id: str
    base_id: str | None
    value: tuple[str, int, int] | None
    definition: Definition
    is_partner: bool
    same: str | None
    key: str | None
    is_primary: bool
    label: str | None
    index: int | None
    created_at: int | None
    since: int | None = None
    updated_at: int | None = None
    deleted_at: int | None = None
    is_lead: bool = False
    is_known: bool = False
    is_renamed: bool = False
    is_changed: bool = False
    added_by: str | None = None
    changed_by: str | None = None

    def is_beside(self, other: Held) -> bool:
        """Whether both are of one definition and of one partner flag."""
        return self.definition is other.definition and self.is_partner == other.is_partner


@dataclass(slots=True)
class ContactState:
    """A contact in the middle of the log.

    Attributes:
        contact_id: its id.
        brand_id: its brand.
        user_id: its owner.
        born_at: when a request created it; None for one of a file or lead, which is there since ever.
        held: its values, ended ones too, in the order in which they came.
        past: values as they were before a request gave their attributes others.
        on_hold: called with each value that comes to be held.
        came_at: when it came to be, by what it came with.
        arrived_at: when a newer file or a lead last brought it something.
        deleted_at: when it was deleted.
        updated_at: when a request last changed it.
        changed_by: that request.
        changes: how often its values were changed.
    """

    contact_id: str
    brand_id: str | None
    user_id: str | None
    born_at: int | None
    held: list[Held] = field(default_factory=list)
    past: list[Held] = field(default_factory=list)
    on_hold: Callable[[Held], None] | None = None
    came_at: int | None = None
    arrived_at: int | None = None
    deleted_at: int | None = None
    updated_at: int | None = None
    changed_by: str | None = None
    changes: int = 0

    def live(self) -> Iterator[Held]:
        """The values that it has now."""
        return (held for held in self.held if held.deleted_at is None)

    def text(self, name: str) -> str | None:
        """Its own value of a singular attribute of this name, or the match form of its first value of another."""
        found = (held for held in self.live() if held.definition.name == name and not held.is_partner)
        first = next(found, None)
        return None if first is None else first.same if first.definition.is_singular else first.key

    def find(self, attribute_id: str | None) -> Held | None:
        """The value that it has now under this id."""
        return next((held for held in self.live() if held.attribute_id == attribute_id), None)

    def add(self, new: Held, at: int) -> None:
        """Take a value: an equal one only lends label and mark; a singular one ends the one before (SPEC A-EA6)."""
        twin = self._find_twin(new, new.same)
        is_primary, new.is_primary = new.is_primary, False
        if twin is None:
            self._end_singular(new, at)
            twin = new
            self.held.append(new)
            self._count(new)
            self._tell(new)
        elif twin.label is None and new.label is not None:
            twin.label = new.label
            self._count(twin)
        if is_primary:
            self.mark(twin)

    def set_value(self, held: Held, new: Held, at: int) -> None:
        """Give an attribute another value; what it was stays as an ended value of the past (SPEC EA11)."""
        twin = self._find_twin(held, new.same)
        if twin is not None:
            is_primary = held.is_primary
            self.end(held, at)
            if is_primary:
                self.mark(twin)
            return
        self._remember(held, at)
        held.value, held.same, held.key, held.is_renamed = new.value, new.same, new.key, new.is_renamed
        held.since = held.updated_at = at
        held.changed_by = new.added_by
        self._count(held)
        self._tell(held)

    def give_to_partner(self, held: Held, is_partner: bool, at: int) -> None:
        """Say whose value it is; the one who had it before had it until then."""
        if held.is_partner != is_partner:
            self._remember(held, at)
            held.is_partner, held.since = is_partner, at

    def update(self, held: Held, at: int, request_id: str) -> None:
        """Note when which request last changed it."""
        held.updated_at, held.changed_by = at, request_id
        self._count(held)

    def end(self, held: Held, at: int) -> None:
        """Delete a value, softly."""
        held.deleted_at, held.is_primary = at, False
        self._count(held)

    def take_away(self, value: Held, at: int) -> None:
        """Delete what equals a value."""
        twin = self._find_twin(value, value.same)
        if twin is not None:
            self.end(twin, at)

    def replace(self, of: str, values: Sequence[Held], at: int) -> None:
        """Take values in the place of all that a field of a flat contact shows (SPEC FC1).

        Args:
            of: attribute type, or `custom` for all definitions of brands; `primary:` or `partner:` before a type.
            values: the values; one that the contact has stays as it is.
            at: when.
        """
        kept = {(value.definition.attribute_def, value.same) for value in values}
        which, _, name = of.rpartition(":")
        for held in list(self.live()):
            is_shown = held.is_partner is (which == "partner") and (which != "primary" or held.is_primary)
            is_of = held.definition.name == name or (name == "custom" and held.definition.is_custom_field)
            is_kept = (held.definition.attribute_def, held.same) in kept
            if is_shown and is_of and held.definition.is_editable and not is_kept:
                self.end(held, at)
        for value in values:
            self.add(value, at)

    def leave(self, held: Held, at: int) -> None:
        """A value of a file ends because a newer file has another: so it came, and is not changed."""
        held.deleted_at = at

    def mark(self, held: Held) -> None:
        """Make a value primary, and no other of its definition and partner flag (SPEC EA5, A-EA1)."""
        for other in self._beside(held):
            if other.is_primary:
                other.is_primary = False
                self._count(other)
        if not held.is_primary:
            held.is_primary = True
            self._count(held)

    def unmark(self, held: Held) -> None:
        """Make a value primary no more."""
        held.is_primary = False
        self._count(held)

    def arrive(self, held: Held, at: int) -> None:
        """A value that a newer file or a lead brought at some time takes its place among what requests made."""
        held.deleted_at = None
        is_filled = held.is_lead and held.definition.is_singular and any(True for _ in self._beside(held))
        if is_filled or self._find_twin(held, held.same) is not None or (held.is_known and self._has_key_of(held)):
            if held.is_known:  # it never was one of the contact's values
                held.deleted_at = at
            else:
                self.end(held, at)
            return
        if held.is_known:
            self._count(held)
        self._end_singular(held, at)
        if held.is_primary:
            self.mark(held)
        self._tell(held)

    def _end_singular(self, new: Held, at: int) -> None:
        if new.definition.is_singular:
            for held in self._beside(new):
                self.end(held, at)

    def _count(self, held: Held) -> None:
        held.is_changed = True
        self.changes += 1

    def _find_twin(self, held: Held, same: str | None) -> Held | None:
        """Another live value beside this one that equals some value."""
        return next((other for other in self._beside(held) if other.same == same), None)

    def _remember(self, held: Held, at: int) -> None:
        """Keep what it is until now, if it was that for any time."""
        if held.since != at:
            self.past.append(replace(held, deleted_at=at, is_primary=False))

    def _has_key_of(self, held: Held) -> bool:
        return held.key is not None and any(other.key == held.key for other in self._beside(held))

    def _beside(self, new: Held) -> Iterator[Held]:
        return (held for held in self.live() if held is not new and held.is_beside(new))

    def _tell(self, held: Held) -> None:
        if self.on_hold is not None:
            self.on_hold(held)
