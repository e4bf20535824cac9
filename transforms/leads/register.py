"""Contacts as they grow while leads are attached to them, one lead after another (SPEC A-P4, A-P5)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

__all__ = ["Person", "Register"]


@dataclass(slots=True, eq=False)
class Person:
    """One contact.

    Attributes:
        order: preference among several, lower first: no live owner, time of creation, id.
        run_sequence: run from which it is known; 0 for one that an earlier lead made.
        first: folded first name.
        last: folded last name.
        phones: numbers of its phone numbers.
    """

    order: tuple[bool, int, str]
    run_sequence: int = 0
    first: str | None = None
    last: str | None = None
    phones: set[int] = field(default_factory=set)

    @property
    def contact_id(self) -> str:
        """Its id."""
        return self.order[2]


class Register:
    """Persons by e-mail, and by phone number with both names. Keys are numbers that stand for brand and value."""

    def __init__(self) -> None:
        self._by_email: defaultdict[int, dict[str, Person]] = defaultdict(dict)
        self._by_name: defaultdict[tuple[int, str, str], dict[str, Person]] = defaultdict(dict)

    def find(
        self, email: int | None, phone: int | None, first: str | None, last: str | None, run_sequence: int
    ) -> Person | None:
        """The best person known in that run with this e-mail, else with this phone number and both names."""
        found: Person | None = None
        if email is not None and email in self._by_email:
            found = _best(self._by_email[email], run_sequence)
        if found is None and phone is not None and first and last and (phone, first, last) in self._by_name:
            found = _best(self._by_name[phone, first, last], run_sequence)
        return found

    def add(self, person: Person, email: int | None, phone: int | None, first: str | None, last: str | None) -> None:
        """Give a person what a lead brings; names only where it has none."""
        if email is not None:
            self._by_email[email][person.contact_id] = person
        if phone is not None:
            person.phones.add(phone)
        grown = (person.first or first, person.last or last)
        named_now = grown != (person.first, person.last)
        person.first, person.last = grown
        if person.first and person.last:
            for number in person.phones if named_now else ([] if phone is None else [phone]):
                self._by_name[number, person.first, person.last][person.contact_id] = person


def _best(persons: dict[str, Person], run_sequence: int) -> Person | None:
    known = (person for person in persons.values() if person.run_sequence <= run_sequence)
    return min(known, key=lambda person: person.order, default=None)
