"""The scoring model: which levels of agreement each field has, and what is believed of them before the data is seen.

Fellegi-Sunter with six classes of pairs instead of two. Most pairs that look alike and are not one person share a home
or an office; told apart from strangers, a shared surname, phone and street stop counting three times over. In a pair of
strangers a field agrees by coincidence (u), in a match as records of one person do (m), and two people of one home or
office either share the very thing, and agree as a match does, or do not, and agree as strangers do. Namesakes share
their names, and are strangers otherwise: first and last names go together more often than each alone tells, and a firm
has offices elsewhere. A father and his son of one name, junior, share their names and what a home shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

__all__ = [
    "ADDRESS", "ADDRESS_BOOK", "BIRTHDAY", "CITY_LEVELS", "CITY_SHARES", "COMPANY", "COMPANY_NAME", "EMAIL", "EXACT",
    "FIELDS", "FIRST_NAME", "KIND", "LAST_NAME", "MIDDLE_NAME", "OTHER", "PARTNER_EMAIL", "PHONE", "POSTCODE_LEVELS",
    "STREET_LEVELS", "Field",
]  # fmt: skip

#: Equal values, by how frequent the value is: these shares of the contacts that have one part the levels.
EXACT = ("exact_rare", "exact", "exact_common", "exact_frequent")
EXACT_SHARES = (1e-4, 1e-3, 1e-2)
#: The same of cities, by shares of the addresses that have one.
CITY_SHARES = (2e-3, 2e-2)
#: Contacts of one street and number from which on it is no home: a dormitory, an office, flats without their numbers.
STREET_HOLDERS = (20.5,)
#: Equal values of a kind that belongs to one person, home or office, by how many contacts hold the value; see `shared`.
HELD = ("exact", "exact_few", "shared", "shared_by_many")


@dataclass(frozen=True)
class Field:
    """A comparison and its levels, best first.

    Attributes:
        name: as evidence calls it.
        levels: level n of an `Agreement` is levels[n].
        match: believed share of each level among matches, that of all exact levels together in the first one's place.
        stranger: the same among strangers; empty where the table at hand is always believed.
        home, office: believed chance that two people of one home, or one office, share the very value.
        exact_count: how many of the levels are for equal values.
        is_fixed: whether what is believed of matches stands, whatever the data seems to say.
    """

    name: str
    levels: tuple[str, ...]
    match: tuple[float, ...]
    stranger: tuple[float, ...]
    home: float
    office: float
    exact_count: int
    is_fixed: bool = False

    def place(self, level: str) -> int:
        """Number of a level."""
        return self.levels.index(level)


def _field(
    name: str, exact: tuple[str, ...], coincidence: float, rest: dict[str, tuple[float, float]], home: float,
    office: float,
) -> Field:  # fmt: skip
    """A field whose last level has what the others leave of strangers, and whose exact ones what they leave of matches.

    Args:
        name: of the field.
        exact: the levels of equal values.
        coincidence: believed share of equal values among strangers.
        rest: believed shares of the other levels, among matches and among strangers.
        home: see Field.
        office: see Field.
    """
    match = [share for share, _ in rest.values()]
    stranger = [share for _, share in rest.values()]
    stranger[-1] = 1 - coincidence - sum(stranger[:-1])
    others = (0.0,) * (len(exact) - 1)
    return Field(
        name, (*exact, *rest), (1 - sum(match), *others, *match), (coincidence, *others, *stranger), home, office,
        len(exact),
    )  # fmt: skip


FIRST_NAME = _field(
    "first_name", EXACT, 0.008,
    {
        "nickname": (0.08, 0.004), "close": (0.08, 0.006), "part": (0.03, 0.003), "initial": (0.04, 0.003),
        "swapped": (0.03, 0.00002), "similar": (0.03, 0.015), "different": (0.06, 1.0),
    },
    0.02, 0.0,
)  # fmt: skip
LAST_NAME = _field(
    "last_name", EXACT, 0.002,
    {"close": (0.08, 0.001), "part": (0.02, 0.001), "initial": (0.01, 0.002), "similar": (0.02, 0.006),
     "different": (0.05, 1.0)},
    0.9, 0.0,
)  # fmt: skip
MIDDLE_NAME = _field(
    "middle_name", EXACT, 0.01, {"initial": (0.18, 0.05), "close": (0.04, 0.01), "different": (0.03, 1.0)}, 0.05, 0.0
)
EMAIL = _field(
    "email", HELD, 0.0001, {"local_part": (0.05, 0.0002), "close": (0.07, 0.0001), "different": (0.25, 1.0)}, 0.15, 0.1
)
PHONE = _field("phone_number", HELD, 0.0001, {"close": (0.05, 0.0001), "different": (0.3, 1.0)}, 0.4, 0.3)
BIRTHDAY = _field(
    "birthday", EXACT, 0.0001,
    {
        "day_month_swapped": (0.03, 0.0001), "one_part_differs": (0.06, 0.003), "year_alone": (0.02, 0.002),
        "year": (0.01, 0.02), "different": (0.04, 1.0),
    },
    0.005, 0.0,
)  # fmt: skip
COMPANY = _field(
    "company", EXACT, 0.005, {"close": (0.15, 0.001), "part": (0.05, 0.002), "different": (0.25, 1.0)}, 0.02, 0.95
)
COMPANY_NAME = _field(
    "company_name", EXACT, 0.0005, {"close": (0.22, 0.001), "part": (0.06, 0.004), "different": (0.05, 1.0)}, 0.0, 0.0
)
ADDRESS_BOOK = _field("address_book", HELD, 0.0001, {"different": (0.5, 1.0)}, 0.001, 0.0)
PARTNER_EMAIL = _field("partner_email", HELD, 0.0001, {"different": (0.9, 1.0)}, 0.5, 0.0)
#: A person or a company: which of the two a contact is.
KIND = Field("kind", ("equal", "different"), (0.999, 0.001), (), 1.0, 0.0, 1, is_fixed=True)
#: Any attribute type that has no comparison of its own.
OTHER = _field("other", EXACT, 0.05, {"close": (0.08, 0.005), "different": (0.2, 1.0)}, 0.1, 0.1)

#: Parts of an address, each best first and missing last. They depend on each other: together they are one comparison.
STREET_LEVELS = ("equal", "equal_many", "close", "same_street", "different", "missing")
POSTCODE_LEVELS = ("equal", "close", "different", "missing")
CITY_LEVELS = ("equal_rare", "equal", "equal_frequent", "close", "different", "missing")
ADDRESS = Field(
    "address",
    tuple(
        f"street {street}, postcode {postcode}, city {city}"
        for street, postcode, city in product(STREET_LEVELS, POSTCODE_LEVELS, CITY_LEVELS)
    ),
    (),
    (),
    0.9,
    0.9,
    0,
)

FIELDS = {
    field.name: field
    for field in (
        FIRST_NAME, LAST_NAME, MIDDLE_NAME, EMAIL, PHONE, ADDRESS, BIRTHDAY, COMPANY, COMPANY_NAME, ADDRESS_BOOK,
        PARTNER_EMAIL, KIND,
    )
}  # fmt: skip
