"""What happens to people's data on its way into files: other formats, slips, blanks, moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from generator.people import NICKNAMES, PLACES, Person

__all__ = ["dirty_date", "dirty_email", "dirty_phone", "dirty_text", "know_otherwise"]

_PHONE_FORMS = (
    "({a}) {b}-{c}", "{a}-{b}-{c}", "{a}.{b}.{c}", "{a}{b}{c}", "+1 {a} {b} {c}", "1-{a}-{b}-{c}", "+1{a}{b}{c}",
)  # fmt: skip
_NOTHING = ("", "", "", "n/a", "-", "none")
_BAD_EMAILS = ("unknown@", "no email", "{0}@example,com", "[email protected]", "{0} at example.com")


def dirty_phone(random: Random, digits: str) -> str:
    """A number as somebody typed it."""
    if random.random() < 0.08:
        return random.choice((*_NOTHING, "call office", digits[3:6] + "-" + digits[6:]))
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    text = random.choice(_PHONE_FORMS).format(a=area, b=exchange, c=line)
    return text + random.choice((" x12", " ext. 4")) if random.random() < 0.04 else text


def dirty_email(random: Random, email: str) -> str:
    """An address as somebody typed it."""
    chance = random.random()
    if chance < 0.04:
        return random.choice(_BAD_EMAILS).format(email.split("@")[0])
    if chance < 0.1:
        return random.choice(_NOTHING)
    if chance < 0.25:
        return random.choice((email.upper(), email.title(), f" {email} ", f"mailto:{email}", f"<{email}>"))
    return email


def dirty_text(random: Random, text: str) -> str:
    """A name or place as somebody typed it."""
    chance = random.random()
    if chance < 0.06:
        return text.upper()
    if chance < 0.1:
        return text.lower()
    return f" {text}  " if chance < 0.15 else text


def dirty_date(random: Random, day: date | None, form: str) -> str:
    """A birthday in the form of its file, now and then another, impossible or without its year."""
    if day is None:
        return random.choice(_NOTHING)
    chance = random.random()
    if chance < 0.03:
        return random.choice(("2/30/1975", "0000-00-00", f"{day.month}/{day.day}"))
    forms = {"us": f"{day.month}/{day.day}/{day.year}", "iso": day.isoformat(), "words": day.strftime("%d %b %Y")}
    return forms["words"] if chance < 0.1 else forms[form]


def know_otherwise(random: Random, person: Person) -> Person:
    """The same person as another file knows them: some of it changed, enough the same to tell."""
    kind = random.choice(("email", "email", "phone", "phone", "moved", "typo", "nickname", "address"))
    nickname = NICKNAMES.get(person.first, person.first)
    other_phone = f"{random.choice(('945', '682', '737'))}55501{random.randint(0, 99):02}"
    if kind == "email":
        return replace(person, phone=other_phone, first=nickname if random.random() < 0.5 else person.first)
    if kind == "phone":
        return replace(person, email="", second_email="", company="")
    if kind == "moved":
        return replace(person, house=str(random.randint(2, 9800)), place=random.choice(PLACES), tag="")
    if kind == "typo":
        return replace(person, last=_slip(random, person.last), email="", second_email="")
    if kind == "nickname":
        return replace(person, first=nickname, email="", second_email="", phone=person.phone)
    return replace(person, phone=other_phone, email="", second_email="")


def _slip(random: Random, word: str) -> str:
    """Two neighbors swapped, or a letter left out."""
    place = random.randint(1, len(word) - 2)
    if random.random() < 0.5:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + word[place + 1 :]
