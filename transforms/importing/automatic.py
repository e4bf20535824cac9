"""Columns to attributes when no side file says how: from headers, their neighbours, and the values themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Final

import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.headers import KNOWN_BUT_NOT_TAKEN, HeaderGuess, HeaderKnowledge, fold_header
from transforms.importing.mapping import CONTACT_FIELDS, ColumnMapping, find_def, leave_unmapped

__all__ = ["MAPPING_THRESHOLD", "map_automatically"]

#: A guess below this stays unmapped and is reported: a wrong column costs more than a missing one.
MAPPING_THRESHOLD: Final = 0.7

_EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
#: attribute type -> what at least one of its values must contain, when there are enough to judge by.
_EVIDENCE: Final = {
    "email": "@|(?i)protected", "phone_number": r"(?:\d\D{0,3}){5}", "birthday": r"\d", "child_birthday": r"\d",
}  # fmt: skip
_ENOUGH: Final = 3
_TITLES: Final = r"^(?i)(mr|mrs|ms|miss|dr|rev|hon|sir|prof|mx)\b"
_STREET_LINES: Final = {1: "address.name", 2: "address.unit", 3: "address.extra"}
_ORDERED: Final = ("email", "phone_number")


def map_automatically(
    header: Sequence[str], sample: pl.DataFrame, knowledge: HeaderKnowledge, defs: AttributeDefs, brand_id: str | None
) -> list[ColumnMapping]:
    """Best mapping of each column, with confidence and reason; what stays in doubt is left unmapped.

    Args:
        header: column names.
        sample: the first rows, one String column per header column, in its order, whatever their names.
        knowledge: reference tables of headers.
        defs: attribute definitions; the brand's own are found by name or label.
        brand_id: brand whose own definitions count too.
    """
    guesses = _guess_each(header, sample, knowledge, defs, brand_id)
    guesses = _settle_titles(_settle_names(guesses), sample)
    guesses = _settle_streets(guesses)
    guesses = _check_values(guesses, sample)
    guesses = _pair_labels(guesses)
    indexes = _index_groups(guesses)
    columns = []
    for position, name in enumerate(header):
        guess = guesses[position]
        if guess is None:
            columns.append(leave_unmapped(position, name, "the header is not known and the values do not tell"))
        elif guess.attribute_type == KNOWN_BUT_NOT_TAKEN:
            columns.append(leave_unmapped(position, name, "a known column that no attribute holds", guess.confidence))
        elif guess.confidence < MAPPING_THRESHOLD:
            columns.append(leave_unmapped(position, name, guess.reason, guess.confidence))
        else:
            kind = f"{guess.base}.label" if guess.is_label else guess.attribute_type
            columns.append(
                ColumnMapping(
                    position,
                    name,
                    kind,
                    None if guess.is_label else guess.label,
                    indexes.get(position),
                    guess.is_partner,
                    guess.confidence,
                    guess.reason,
                )
            )
    return columns


Guesses = list[HeaderGuess | None]


def _guess_each(
    header: Sequence[str], sample: pl.DataFrame, knowledge: HeaderKnowledge, defs: AttributeDefs, brand_id: str | None
) -> Guesses:
    own = {
        fold_header(text): item.name
        for item in defs.of_brand(brand_id)
        for text in (item.name, item.label)
        if text and item.data_type != "address"
    }
    layout = knowledge.layout_guesses(list(header))
    guesses: Guesses = []
    for position, name in enumerate(header):
        guess = layout.get(position) or knowledge.guess(name)
        if guess is None and (found := own.get(fold_header(name))):
            guess = HeaderGuess(found, confidence=0.9, reason="the name of an attribute definition")
        if guess is None and not knowledge.has_stop_word(name):
            guess = _guess_from_values(name, sample.to_series(position))
        if guess and guess.attribute_type not in (KNOWN_BUT_NOT_TAKEN, *CONTACT_FIELDS):
            guess = guess if find_def(guess.attribute_type, defs, brand_id) else None
        guesses.append(guess)
    return guesses


def _guess_from_values(name: str, values: pl.Series) -> HeaderGuess | None:
    """A column of e-mail addresses is e-mail addresses, whatever its header."""
    given = values.str.strip_chars().drop_nulls()
    given = given.filter(given != "")
    if given.len() < (1 if "mail" in fold_header(name) else 2):
        return None
    share = given.str.contains(_EMAIL).sum() / given.len()
    if share < 0.9:
        return None
    return HeaderGuess("email", confidence=0.8, reason=f"{share:.0%} of its values are e-mail addresses")


def _settle_names(guesses: Guesses) -> Guesses:
    """ "Name" is the last name where there is a first name column and no last name column."""
    own = Counter(guess.attribute_type for guess in guesses if guess and not guess.is_partner)
    if not own["first_name"] or own["last_name"] or own["full_name"] != 1:
        return guesses
    reason = "a name column beside a first name column without a last name column"
    return [
        replace(guess, attribute_type="last_name", confidence=0.75, reason=reason)
        if guess and guess.attribute_type == "full_name" and not guess.is_partner
        else guess
        for guess in guesses
    ]


def _settle_titles(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """ "Title" is the job title unless its values are Mr., Dr. and the like: products mean either by it."""
    settled = list(guesses)
    has_job = any(guess and guess.attribute_type == "job_title" for guess in guesses)
    for position, guess in enumerate(guesses):
        if guess is None or guess.attribute_type != "title" or guess.confidence > 0.95:
            continue
        values = sample.to_series(position).str.strip_chars().drop_nulls()
        values = values.filter(values != "")
        if values.len() == 0 or values.str.contains(_TITLES).mean() >= 0.5:  # type: ignore[operator]  # not empty
            continue
        if "'title' is known" in guess.reason and not has_job:
            settled[position] = replace(
                guess, attribute_type="job_title", confidence=0.85, reason="its values are no forms of address"
            )
    return settled


def _settle_streets(guesses: Guesses) -> Guesses:
    """A column "Address" is the street where its group has a city or postcode column, else a whole address.

    A number at the end of a street column counts the lines of one address, unless other parts carry that number too.
    """
    groups = {key for guess in guesses if guess and _is_place_part(guess) for key in [_group(guess)]}
    lines = {(group[0], group[1]) for group in groups if group[2] == 1}  # groups whose number was not written, or is 1
    settled: Guesses = []
    for guess in guesses:
        if guess is None or guess.is_label or guess.attribute_type not in ("address", "address.name"):
            settled.append(guess)
            continue
        key = _group(guess)
        is_line = guess.is_number_last and key not in groups and (key[0], key[1]) in lines
        if is_line and key[2] in _STREET_LINES:
            kind = _STREET_LINES[key[2]]
            settled.append(replace(guess, attribute_type=kind, number=None, reason=f"{guess.reason}, line {key[2]}"))
        elif guess.attribute_type == "address" and key in groups and "format" not in guess.reason:
            settled.append(
                replace(guess, attribute_type="address.name", reason=f"{guess.reason}, beside a city column")
            )
        else:
            settled.append(guess)
    return settled


def _is_place_part(guess: HeaderGuess) -> bool:
    return guess.attribute_type in ("address.city", "address.postcode", "address.state")


def _group(guess: HeaderGuess) -> tuple[bool, str, int]:
    """What tells one address, e-mail or phone number from the next: whose, where, and which number."""
    return guess.is_partner, guess.place, guess.number or 1


def _check_values(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """A header that its values plainly deny is not believed."""
    checked: Guesses = []
    for position, guess in enumerate(guesses):
        pattern = _EVIDENCE.get(guess.attribute_type) if guess and not guess.is_label else None
        if guess and pattern:
            values = sample.to_series(position).str.strip_chars().drop_nulls()
            values = values.filter(values != "")
            if values.len() >= _ENOUGH and not values.str.contains(pattern).any():
                reason = f"the header says {guess.attribute_type}, but none of its values looks like one"
                guess = replace(guess, confidence=0.3, reason=reason)
        checked.append(guess)
    return checked


def _pair_labels(guesses: Guesses) -> Guesses:
    """Label columns keep their meaning only beside the column that they label."""
    valued = {
        (guess.base, _group(guess))
        for guess in guesses
        if guess and not guess.is_label and guess.confidence >= MAPPING_THRESHOLD
    }
    reason = "it labels a column that is not there"
    return [
        replace(guess, confidence=0.3, reason=reason)
        if guess and guess.is_label and (guess.base, _group(guess)) not in valued
        else guess
        for guess in guesses
    ]


def _index_groups(guesses: Guesses) -> dict[int, int]:
    """Column position -> index: counts e-mails and phones, groups address parts, in the order they first appear."""
    counters: dict[str, count[int]] = {}
    groups: dict[tuple[str, tuple[bool, str, int]], int] = {}
    indexes: dict[int, int] = {}
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_label or guess.base not in (*_ORDERED, "address", "website"):
            continue
        key = (guess.base, _group(guess))
        counter = counters.setdefault(guess.base, count())
        if guess.base == "address" and key in groups:
            indexes[position] = groups[key]
        else:
            indexes[position] = next(counter)
            groups.setdefault(key, indexes[position])
    for position, guess in enumerate(guesses):
        if guess and guess.is_label and (index := groups.get((guess.base, _group(guess)))) is not None:
            indexes[position] = index
    return indexes
