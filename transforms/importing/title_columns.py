"""Columns called "Title" and the like: a form of address, a job title, or something else than either."""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.importing.address_runs import STREETS
from transforms.importing.header_guess import KNOWN_BUT_NOT_TAKEN
from transforms.importing.name_columns import Guesses, change

__all__ = ["given_values", "settle_headings", "settle_titles"]

_FORMS_OF_ADDRESS: Final = r"^(?i)(mr|mrs|ms|miss|dr|rev|hon|sir|prof|mx|herr|frau|mme|mlle|m\.|sra?|sig)\b"
_FIRST_AND_LAST: Final = {"first_name", "last_name"}


def settle_headings(guesses: Guesses) -> Guesses:
    """Guesses in which words for any heading are titles beside first and last names, and else nothing.

    Translators take them for "Title" as well. Where such a word means an address, too, it is the address unless another
    column is.
    """
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_partner:
            continue
        if not guess.may_be("title"):
            continue
        if guess.base == "address" and (guess.place or not _is_address_elsewhere(settled, position)):
            settled = change(settled, position, guess.attribute_type, "no other is it", instead="address.name")
        elif guess.base in ("address", KNOWN_BUT_NOT_TAKEN):
            own = {other.attribute_type for other in settled if other and not other.is_partner}
            missing = next((kind for kind in ("title", "job_title") if kind not in own), None)
            if missing and own.issuperset(_FIRST_AND_LAST):
                instead = "job_title" if missing == "title" else ""
                settled = change(settled, position, missing, "a heading beside names", instead=instead)
            else:
                settled = change(settled, position, KNOWN_BUT_NOT_TAKEN, "it may be any heading", instead="")
    return settled


def settle_titles(guesses: Guesses, sample: pl.DataFrame) -> Guesses:
    """ "Title" is a form of address or a job title: products mean either by it.

    Values tell. Without any it is the job title beside a form of address, or behind the names.
    """
    own = [guess.attribute_type if guess and not guess.is_partner else "" for guess in guesses]
    names = [position for position, kind in enumerate(own) if kind in ("first_name", "last_name", "full_name")]
    titles = [position for position, kind in enumerate(own) if kind == "title"]
    if "job_title" in own and len(titles) < 2:
        return guesses
    settled = guesses
    for position, guess in enumerate(guesses):
        if guess is None or guess.is_partner or not guess.may_be("job_title"):
            continue
        values = given_values(sample, position)
        if values.len():
            is_job = float(values.str.contains(_FORMS_OF_ADDRESS).mean() or 0) < 0.5  # type: ignore[arg-type]
            reason = "its values are no forms of address"
        else:
            is_job = position != titles[0] or bool(names and names[-1] < position)
            reason = "it stands where job titles stand"
        if is_job:
            settled = change(settled, position, "job_title", reason, confidence=0.85)
    return settled


def given_values(sample: pl.DataFrame, position: int) -> pl.Series:
    """The values of a column that are not blank."""
    values = sample.to_series(position).str.strip_chars().drop_nulls()
    return values.filter(values != "")


def _is_address_elsewhere(guesses: Guesses, position: int) -> bool:
    """Whether another column is the street, and no part of an address stands beside this one."""
    others = [at for at, guess in enumerate(guesses) if guess and guess.base == "address" and at != position]
    streets = [guess for at in others if (guess := guesses[at]) and guess.attribute_type in STREETS]
    return bool(streets) and {position - 1, position + 1}.isdisjoint(others)
