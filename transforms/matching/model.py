"""The scoring model: how often each level of agreement is seen in pairs of one person, and in pairs of two.

Fellegi-Sunter with four classes instead of two. Most pairs that look alike and are not one person share a home or an
office; told apart from strangers, a shared surname, phone and street stop counting three times over.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FIELDS", "PARTNERS", "Field", "Level"]


@dataclass(frozen=True)
class Level:
    """One level of agreement, and how likely it is in each class of pairs that have the value on both sides.

    Attributes:
        name: as evidence calls it.
        match: two records of one person.
        home: two people of one household.
        office: two people of one company.
        stranger: two people with nothing in common.
        pseudo_count: when set, the last three are chances beyond coincidence, and coincidence is the frequency of the
            very value: a rare name says more than a frequent one. This many contacts are added to those that share
            it, and 1,000 to all, so that a small table's frequencies stay sane.
    """

    name: str
    match: float
    home: float
    office: float
    stranger: float
    pseudo_count: float | None = None


@dataclass(frozen=True)
class Field:
    """A comparison and its levels, best first: level n of an `Agreement` is `levels[n]`."""

    name: str
    levels: tuple[Level, ...]

    def place(self, level: str) -> int:
        """Number of a level."""
        return [item.name for item in self.levels].index(level)


#: How many partners of each class a contact has on average in its scope: the prior, divided by the scope's contacts.
PARTNERS = {"match": 0.5, "home": 0.5, "office": 0.5}

_NEUTRAL = (1.0, 1.0, 1.0, 1.0)

#: First guesses, set by hand and not estimated. Their author knew how the invented crm sets are made, and the shares of
#: home and office phones are those of that generator: figures on crm sets are no independent proof of these numbers.
FIELDS = {
    field.name: field
    for field in (
        Field(
            "first_name",
            (
                Level("exact", 0.60, 0.03, 0, 0, pseudo_count=4),
                Level("nickname", 0.10, 0.004, 0.004, 0.004),
                Level("close", 0.09, 0.006, 0.006, 0.006),
                Level("part", 0.03, 0.003, 0.003, 0.003),
                Level("initial", 0.04, 0.003, 0.003, 0.003),
                Level("swapped", 0.03, 0.00002, 0.00001, 0.00001),
                Level("similar", 0.03, 0.015, 0.015, 0.015),
                Level("different", 0.08, 0.95, 0.97, 0.97),
            ),
        ),
        Field(
            "last_name",
            (
                Level("exact", 0.82, 0.85, 0, 0, pseudo_count=0.8),
                Level("close", 0.08, 0.06, 0.001, 0.001),
                Level("part", 0.02, 0.01, 0.001, 0.001),
                Level("initial", 0.005, 0.002, 0.002, 0.002),
                Level("swapped", *_NEUTRAL),  # counted once, in first_name
                Level("similar", 0.02, 0.01, 0.006, 0.006),
                Level("different", 0.05, 0.08, 0.99, 0.99),
            ),
        ),
        Field(
            "middle_name",
            (
                Level("exact", 0.75, 0.05, 0.05, 0.05),
                Level("initial", 0.18, 0.05, 0.05, 0.05),
                Level("close", 0.04, 0.02, 0.02, 0.02),
                Level("different", 0.03, 0.88, 0.88, 0.88),
            ),
        ),
        Field(
            "email",
            (
                Level("exact", 0.62, 0.12, 0.10, 0, pseudo_count=0.5),
                Level("shared", *_NEUTRAL),  # by too many to be evidence (SPEC A-D1)
                Level("local_part", 0.04, 0.002, 0.001, 0.0002),
                Level("close", 0.07, 0.003, 0.002, 0.0003),
                Level("different", 0.27, 0.87, 0.90, 1.0),
            ),
        ),
        Field(
            "phone_number",
            (
                Level("exact", 0.62, 0.35, 0.30, 0, pseudo_count=0.5),
                Level("shared", *_NEUTRAL),
                Level("close", 0.05, 0.001, 0.001, 0.00001),
                Level("different", 0.33, 0.65, 0.70, 1.0),
            ),
        ),
        Field(
            "address",
            (
                Level("exact", 0.50, 0.80, 0.75, 0, pseudo_count=0.02),
                Level("street", 0.08, 0.10, 0.10, 0, pseudo_count=0.1),
                Level("postcode", 0.10, 0.04, 0.05, 0, pseudo_count=3),
                Level("city", 0.10, 0.03, 0.05, 0, pseudo_count=10),
                Level("different", 0.22, 0.03, 0.05, 0.97),
            ),
        ),
        Field(
            "birthday",
            (
                Level("exact", 0.86, 0.005, 0, 0, pseudo_count=0.05),
                Level("day_month_swapped", 0.04, 0.0001, 0.0001, 0.0001),
                Level("one_part_differs", 0.06, 0.006, 0.006, 0.006),
                Level("different", 0.04, 0.99, 0.99, 0.99),
            ),
        ),
        Field(
            "company",  # of a person: the employer
            (
                Level("exact", 0.55, 0.02, 0.93, 0, pseudo_count=1),
                Level("close", 0.15, 0.005, 0.04, 0.001),
                Level("part", 0.05, 0.005, 0.01, 0.002),
                Level("different", 0.25, 0.97, 0.02, 0.99),
            ),
        ),
        Field(
            "company_name",  # of a company: its own name
            (
                Level("exact", 0.62, 0, 0, 0, pseudo_count=0.3),
                Level("close", 0.25, 0.001, 0.001, 0.001),
                Level("part", 0.08, 0.004, 0.004, 0.004),
                Level("different", 0.05, 0.99, 0.99, 0.99),
            ),
        ),
        Field("address_book", (Level("exact", 0.5, 0.0005, 0.0001, 0.00001), Level("different", *_NEUTRAL))),
        Field("partner_email", (Level("exact", 0.05, 0.25, 0.001, 0.00001), Level("different", *_NEUTRAL))),
    )
}
