"""Contacts as they grow while leads are attached to them, one lead after another (SPEC A-P4, A-P5)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

__all__ = ["EVER", "Person", "Register"]

#: Before every time, in microseconds since 1970.
EVER = -(1 << 62)


@dataclass(slots=True, eq=False)
class Person:
    """One contact.

    Attributes:
        order: preference among several, lower first: no live owner, time of creation, id.
        run_sequence: run from which it is known; 0 for one that an earlier lead or a request made.
        since: time from which it is known, in microseconds since 1970
        first: folded first name.
        last: folded last name.
        phones: numbers of its phone numbers.
    """

    order: tuple[bool, int, str]
    run_sequence: int = 0
    since: int = EVER
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

    def find_by_email(self, email: int | None, run_sequence: int, moment: int) -> list[Person]:
        """The persons known in that run and at that time with this e-mail."""
        return [] if email is None else _known(self._by_email.get(email, {}), run_sequence, moment)

    def find_by_name(
        self, phone: int | None, first: str | None, last: str | None, run_sequence: int, moment: int
    ) -> list[Person]:
        """Those with this phone number and both names."""
        if phone is None or not first or not last:
            return []
        return _known(self._by_name.get((phone, first, last), {}), run_sequence, moment)

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


def _known(persons: dict[str, Person], run_sequence: int, moment: int) -> list[Person]:
    return [person for person in persons.values() if person.run_sequence <= run_sequence and person.since <= moment]
