"""Dates of attributes that have no field of their own: of the person, or of the record.

Contacts that were entered, changed or called on one day have nothing else in common, and one person's records have
days of their own. Records are made within the years that somebody keeps a list; what happened to people is spread over
their lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import polars as pl

from transforms.matching.comparison import Comparison
from transforms.normalize.dates import normalize_dates
from transforms.normalize.distinct import of_distinct

__all__ = ["are_of_records", "find_record_dates", "read_folded_dates"]

#: Attribute types whose dates are of the person, however near each other they are.
_OF_PERSONS: Final = ("child_birthday", "home_anniversary", "wedding_anniversary", "work_anniversary")
_SAMPLE: Final = 5_000  # values looked at
_MOSTLY: Final = 0.9  # of an attribute type's values, from which on they are dates
_LIFETIME: Final = 15 * 365  # days, between the tenth and the ninetieth part of dates of persons
#: Folding leaves spaces between the numbers; a time of day may follow.
_NUMBERS: Final = r"^(\d{4} \d{1,2} \d{1,2}|\d{1,2} \d{1,2} (?:\d{4}|\d{2}))(?: \d.*)?$"
_NAMED: Final = r"^(?:\d{1,2} \p{L}+ (?:\d{4}|\d{2})|\p{L}+ \d{1,2} \d{4})$"


def find_record_dates(others: Mapping[str, Comparison]) -> set[str]:
    """Attribute types whose values are dates of records: they neither join nor part contacts.

    Args:
        others: comparisons of attribute types without a field of their own.
    """
    found = set()
    for name, comparison in others.items():
        first = comparison.sets.first
        held = first[first >= 0][:_SAMPLE]
        if name not in _OF_PERSONS and are_of_records(comparison.shown.gather(held)):
            found.add(name)
    return found


def are_of_records(texts: pl.Series) -> bool:
    """Whether the values of an attribute type are dates of records.

    Args:
        texts: of contacts, folded, none null.
    """
    dates = read_folded_dates(texts)
    known = dates.drop_nulls().cast(pl.Int32).to_numpy()
    if not len(known) or len(known) < _MOSTLY * len(dates):
        return False
    early, late = np.quantile(known, (0.1, 0.9))
    return bool(late - early < _LIFETIME)


def read_folded_dates(texts: pl.Series) -> pl.Series:
    """The day that each folded text is, null where it is none."""

    def read(distinct: pl.Series) -> pl.Series:
        numbers = distinct.str.extract(_NUMBERS).str.replace_all(" ", "-", literal=True)
        named = pl.when(distinct.str.contains(_NAMED)).then(distinct)
        dates = pl.select(pl.coalesce(numbers, named)).to_series()
        return dates.cast(pl.Date) if dates.null_count() == len(dates) else normalize_dates(dates)["date"]

    return of_distinct(texts, read)
