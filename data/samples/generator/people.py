"""Invented people: names, reserved 555 numbers, example.com addresses, streets that are not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

__all__ = ["NICKNAMES", "PLACES", "Person", "make_people", "make_relatives"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("""
Robert William James Elizabeth Margaret Katherine Michael Christopher Jennifer Thomas Richard Patricia Susan
Daniel Matthew Anthony Deborah Edward Alexander Benjamin Samantha Victoria Andrew Joseph Theodore Abigail Laura Grace
Nathan Olivia Peter Rachel Simon Teresa Walter Yolanda Hannah Ingrid Jorge Luisa Mei Noah Priscilla Quentin Rosa Stefan
José Zoë Chloë Søren Renée Björn""")
_LAST = _words("""
Abernathy Barlow Castellanos Dunleavy Eastwick Fairbanks Garrity Hollander Ibarra Jankowski Kessler Lindqvist
Montgomery Nakamura O'Brien Pemberton Quiroga Rosenthal Schumacher Thackeray Underhill Vandermeer Whitfield Yamamoto
Zimmerman Ashworth Blackwood Crenshaw Delacroix Ellsworth Fitzgerald Granger Hathaway Ivanov Kowalski Larkin McAllister
Núñez Okonkwo Petrov Quigley Rasmussen Santangelo Trevino Ulrich Villanueva Westbrook Müller Smith-Jones""")
_STREETS = _words("""
Larkspur Juniper Canyon Elm Harbor Maple Willow Orchard Birch Sycamore Chestnut Magnolia Prairie Summit
Meadow Pecan Laurel Heron Falcon Quarry""")
_SUFFIXES = (("Street", "St"), ("Avenue", "Ave"), ("Lane", "Ln"), ("Drive", "Dr"), ("Court", "Ct"), ("Road", "Rd"))
_FIRMS = ("Bluebonnet Title", "Lone Star Framing", "Harbor Dental", "Quarry & Sons LLC", "Acorn Labs")
_TAGS = ("Buyer", "Seller", "Past Client", "Warm", "Relocation", "Luxury")
_AREAS = ("214", "972", "469", "817", "310", "404", "512", "713", "303", "206")

#: City, state, ZIP code.
PLACES = (
    ("Dallas", "TX", "75201"),
    ("Dallas", "TX", "75204"),
    ("Plano", "TX", "75023"),
    ("Rockwall", "TX", "75087"),
    ("Beverly Hills", "CA", "90210"),
    ("Beverly Hills", "CA", "90211"),
    ("Atlanta", "GA", "30303"),
    ("Newark", "NJ", "07102"),
)

NICKNAMES = {
    "Robert": "Bob", "William": "Bill", "James": "Jim", "Elizabeth": "Liz", "Margaret": "Peggy", "Katherine": "Kate",
    "Michael": "Mike", "Christopher": "Chris", "Jennifer": "Jen", "Thomas": "Tom", "Richard": "Dick",
    "Patricia": "Pat", "Susan": "Sue", "Daniel": "Dan", "Matthew": "Matt", "Anthony": "Tony", "Deborah": "Debbie",
    "Edward": "Ted", "Alexander": "Alex", "Benjamin": "Ben", "Samantha": "Sam", "Victoria": "Vicky",
    "Andrew": "Andy", "Joseph": "Joe", "Theodore": "Ted", "Abigail": "Abby",
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One person as somebody knows them. `number` is who they are; all else may be known otherwise elsewhere."""

    number: int
    first: str
    last: str
    middle: str
    email: str
    second_email: str
    phone: str  # ten digits
    house: str
    street: str
    suffix: tuple[str, str]
    place: tuple[str, str, str]
    birthday: date | None
    company: str
    tag: str


def make_people(random: Random, count: int) -> list[Person]:
    """Different people; some share a name, none an e-mail or phone."""
    phones = [f"{area}55501{line:02}" for area in _AREAS for line in range(100)]
    random.shuffle(phones)
    return [_make_person(random, number, phones[number - 1]) for number in range(1, count + 1)]


def make_relatives(random: Random, person: Person, number: int) -> Person:
    """Somebody of the same last name, home and phone: a spouse or, with the same first name, a child."""
    is_child = random.random() < 0.4
    birthday = (person.birthday or date(1961, 5, 9)) + timedelta(days=random.randint(8_000, 11_000))
    return Person(
        number,
        person.first if is_child else random.choice(_FIRST),
        person.last,
        "",
        f"{_plain(person.last)}.family{number}@example.net",
        "",
        person.phone,
        person.house,
        person.street,
        person.suffix,
        person.place,
        birthday if is_child else None,
        "",
        person.tag,
    )


def _make_person(random: Random, number: int, phone: str) -> Person:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    domain = random.choice(("example.com", "example.org", "example.net"))
    local = random.choice((f"{first}.{last}", f"{first[0]}{last}", f"{last}{first[0]}"))
    return Person(
        number,
        first,
        last,
        random.choice("ABCDEFGHJKLM") + "." if random.random() < 0.15 else "",
        f"{_plain(local)}{number}@{domain}",
        f"{_plain(first)}{number}.work@example.com" if random.random() < 0.2 else "",
        phone,
        str(random.randint(2, 9800)),
        random.choice(_STREETS),
        random.choice(_SUFFIXES),
        random.choice(PLACES),
        date(1945, 1, 1) + timedelta(days=random.randint(0, 20_000)) if random.random() < 0.6 else None,
        random.choice(_FIRMS) if random.random() < 0.2 else "",
        random.choice(_TAGS) if random.random() < 0.5 else "",
    )


def _plain(text: str) -> str:
    """Letters of an e-mail's local part."""
    table = str.maketrans("éëøñüöÉ", "eeonuoE", "'-")
    return text.translate(table).lower()
