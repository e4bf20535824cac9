"""What one header was taken for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["KNOWN_BUT_NOT_TAKEN", "OF_THE_PERSON", "HeaderGuess"]

#: attribute_type of headers that are known and that no attribute holds, such as "Lead Status".
KNOWN_BUT_NOT_TAKEN: Final = "-"
#: `instead` of those that say who somebody is, such as "Gender": they tell people apart, if nothing else.
OF_THE_PERSON: Final = "person"

_PLACED: Final = ("email", "phone_number", "address", "website")
_OF_WORK: Final = ("company", "job_title")
_AT_WORK: Final = ("Work", "Business", "Office")
#: Whoever is billed or sent to is named beside the address: "Billing First Name".
_OF_ORDERS: Final = ("Billing", "Shipping")
_PERSONS: Final = ("first_name", "middle_name", "last_name", "full_name")
_EXACT = 0.95


@dataclass(frozen=True)
class HeaderGuess:
    """What one header was taken for.

    Attributes:
        attribute_type: attribute, address part, or KNOWN_BUT_NOT_TAKEN.
        label: label of its values.
        place: word that tells groups of one kind apart, such as Home.
        number: number in the header, such as 2 in "E-mail 2 Address".
        is_partner: it speaks of the partner.
        is_label: it holds the labels of another column, as "E-mail 1 - Type" does.
        confidence: how sure, from 0 to 1.
        reason: why, in a phrase.
        instead: what it is in other company, a|b: "Title" is a job title as well.
    """

    attribute_type: str
    label: str | None = None
    place: str = ""
    number: int | None = None
    is_partner: bool = False
    is_label: bool = False
    confidence: float = _EXACT
    reason: str = ""
    instead: str = ""

    @property
    def base(self) -> str:
        """Attribute without the part."""
        return self.attribute_type.partition(".")[0]

    @property
    def has_places(self) -> bool:
        """Whether there may be one per place; "Other First Name" is somebody else's."""
        return not {self.base, self.instead.partition(".")[0]}.isdisjoint(_PLACED)

    def may_be(self, attribute_type: str) -> bool:
        """Whether it is this in other company."""
        return attribute_type in self.instead.split("|")

    def may_be_at(self, place: str) -> bool:
        """Whether it makes sense with a place, such as "Work Title"."""
        return (
            not place
            or self.has_places
            or self.base == "note"
            or (place in _AT_WORK and self.base in _OF_WORK)
            or self.is_person_of(place)
        )

    def is_person_of(self, place: str) -> bool:
        """Whether it names who gets the bills or the goods, such as "Billing First Name"."""
        return (place in _OF_ORDERS and self.base in _PERSONS) or (place == _OF_ORDERS[0] and self.base == "company")
