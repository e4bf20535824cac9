"""Columns to attributes when no side file says how: from headers, their neighbours, and the values themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Final

import polars as pl

from transforms.attribute_defs import AttributeDefs
from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN, OF_THE_PERSON, HeaderGuess
from transforms.importing.headers import HeaderKnowledge, fold_header
from transforms.importing.mapping import (
    CONTACT_FIELDS,
    NAME_SUFFIX,
    TOLD_BY_LABEL,
    ColumnMapping,
    find_def,
    leave_unmapped,
)
from transforms.importing.parties import guess_parties
from transforms.importing.settling import Guesses, group_of, settle_guesses
from transforms.importing.shared_start import guess_without_start
from transforms.importing.tables_beside import find_table_beside

__all__ = ["MAPPING_THRESHOLD", "map_automatically"]

#: A guess below this stays unmapped and is reported: a wrong column costs more than a missing one.
MAPPING_THRESHOLD: Final = 0.7

_EMAIL: Final = r"^[^@\s]+@[^@\s]+\.[^@\s.]+$"
_PHONE: Final = r"^[+\d(][\d\s().+-]{6,}\d$"
_MOST: Final = 0.9
_NAMES: Final = ("first_name", "last_name", "full_name", "company")
_BESIDE: Final = "it is of another table beside: move that to a sheet of its own"
_OPEN: Final = (KNOWN_BUT_NOT_TAKEN, *TOLD_BY_LABEL)  # a brand's own definition of that name comes first
_ORDERED: Final = ("email", "phone_number", *TOLD_BY_LABEL)


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
    is_empty = [column.str.strip_chars().fill_null("").eq("").all() for column in sample.iter_columns()]
    if (gap := find_table_beside(header, is_empty)) is not None:
        own, other = (
            map_automatically(header[side], sample[:, side], knowledge, defs, brand_id)
            for side in (slice(gap), slice(gap + 1, None))
        )
        if other[0].attribute_type in (None, *_NAMES):  # else they are more columns of the same people
            beside = [leave_unmapped(at, header[at], _BESIDE) for at in range(gap, len(header))]
            return [*own, *beside]
    guesses = _guess_each(header, sample, knowledge, defs, brand_id)
    told = [base for base in TOLD_BY_LABEL if defs.find(base, brand_id) is None]
    guesses = _pair_labels(settle_guesses(guesses, sample), told)
    indexes = _index_groups(guesses)
    columns = []
    for position, name in enumerate(header):
        guess = guesses[position]
        if guess is None:
            columns.append(leave_unmapped(position, name, "the header is not known and the values do not tell"))
        elif guess.attribute_type == KNOWN_BUT_NOT_TAKEN and guess.may_be(OF_THE_PERSON) and not guess.is_partner:
            columns.append(leave_unmapped(position, name, "it says who somebody is, in what no attribute holds"))
        elif guess.attribute_type == KNOWN_BUT_NOT_TAKEN:
            why = guess.reason.rpartition("; ")[2] if "; " in guess.reason else "a known column that no attribute holds"
            columns.append(leave_unmapped(position, name, why, guess.confidence))
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


def _guess_each(
    header: Sequence[str], sample: pl.DataFrame, knowledge: HeaderKnowledge, defs: AttributeDefs, brand_id: str | None
) -> Guesses:
    own = {
        fold_header(text): item.name
        for item in defs.of_brand(brand_id)
        for text in (item.name, item.label)
        if text and item.data_type != "address"
    }
    layout = knowledge.layout_guesses(header)
    vocabulary = knowledge.vocabulary(knowledge.find_language(header))
    parties, without_start = guess_parties(header, vocabulary), guess_without_start(header, vocabulary)
    guesses: Guesses = []
    for position, name in enumerate(header):
        guess = layout.get(position) or parties[position] or vocabulary.guess(name) or without_start[position]
        is_open = guess is None or guess.attribute_type == NAME_SUFFIX or guess.base in _OPEN
        if is_open and (found := own.get(fold_header(name))):
            guess = HeaderGuess(found, confidence=0.9, reason="the name of an attribute definition")
        if guess is None and not vocabulary.has_stop_word(name):
            guess = _guess_from_values(name, vocabulary.find_place(name), sample.to_series(position))
        if guess and guess.attribute_type not in (KNOWN_BUT_NOT_TAKEN, *CONTACT_FIELDS):
            guess = guess if find_def(guess.attribute_type, defs, brand_id) else None
        guesses.append(guess)
    return guesses


def _guess_from_values(name: str, place: str | None, values: pl.Series) -> HeaderGuess | None:
    """A column of e-mail addresses is that whatever its header; one of phone numbers, if its header is a place."""
    given = values.str.strip_chars().drop_nulls()
    given = given.filter(given != "")
    if given.len() < (1 if "mail" in fold_header(name) else 2):
        return None
    emails, phones = (given.str.contains(pattern).sum() / given.len() for pattern in (_EMAIL, _PHONE))
    if emails >= _MOST:
        return HeaderGuess("email", confidence=0.8, reason=f"{emails:.0%} of its values are e-mail addresses")
    if place is not None and phones >= _MOST:
        reason = f"{phones:.0%} of its values are phone numbers"
        return HeaderGuess("phone_number", place or None, place, confidence=0.8, reason=reason)
    return None


def _pair_labels(guesses: Guesses, told: Sequence[str]) -> Guesses:
    """Label columns keep their meaning only beside the column that they label.

    Columns of the kinds `told` by labels keep theirs only beside their label column.
    """
    valued = {
        (guess.base, group_of(guess))
        for guess in guesses
        if guess and not guess.is_label and guess.confidence >= MAPPING_THRESHOLD
    }
    labeled = {(guess.base, group_of(guess)) for guess in guesses if guess and guess.is_label}
    paired: Guesses = []
    for guess in guesses:
        group = (guess.base, group_of(guess)) if guess else None
        if guess and guess.is_label and group not in valued:
            guess = replace(guess, confidence=0.3, reason="it labels a column that is not there")
        elif guess and not guess.is_label and guess.base in told and group not in labeled:
            guess = replace(guess, confidence=0.3, reason="no column beside it says of what kind its values are")
        paired.append(guess)
    return paired


def _index_groups(guesses: Guesses) -> dict[int, int]:
    """Column position -> index: counts e-mails and phones, groups address parts, in the order they first appear."""
    counters: dict[str, count[int]] = {}
    groups: dict[tuple[str, tuple[bool, str, int]], int] = {}
    indexes: dict[int, int] = {}
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_label or guess.base not in (*_ORDERED, "address", "website"):
            continue
        key = (guess.base, group_of(guess))
        counter = counters.setdefault(guess.base, count())
        if guess.base == "address" and key in groups:
            indexes[position] = groups[key]
        else:
            indexes[position] = next(counter)
            groups.setdefault(key, indexes[position])
    for position, guess in enumerate(guesses):
        if guess and guess.is_label and (index := groups.get((guess.base, group_of(guess)))) is not None:
            indexes[position] = index
    return indexes
