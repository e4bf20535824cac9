"""Addresses as one comparison: street, postcode and city depend on each other, so their levels are taken together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.matching.beliefs import Floats
from transforms.matching.comparison import (
    Codes,
    Comparison,
    Flags,
    Levels,
    Numbers,
    index_values,
    rank_edits,
    rank_similarity,
)
from transforms.matching.frequencies import Frequencies
from transforms.matching.model import CITY_LEVELS, POSTCODE_LEVELS, STREET_LEVELS
from transforms.matching.spellings import Spellings
from transforms.normalize.distinct import combine_codes, encode_numbers, encode_texts

__all__ = ["prepare_addresses"]

_STREET_CLOSE, _CITY_CLOSE = 0.88, 0.88  # Jaro-Winkler


class _Part:
    """One part of the addresses: a code by address, and the names by code."""

    def __init__(self, codes: Codes, values: pl.Series) -> None:
        self.codes, self.values, self.names = codes, values, Spellings(values)

    def sides(self, left: Codes, right: Codes) -> tuple[Codes, Codes]:
        return self.codes[left], self.codes[right]


def prepare_addresses(addresses: pl.DataFrame, contacts_count: int, frequencies: Frequencies) -> Comparison:
    """A comparison of addresses.

    Args:
        addresses: contact, number, street, city, postcode; a contact's addresses in their order.
        contacts_count: how many contacts there are.
        frequencies: of cities and streets.
    """
    line = pl.concat_str(["number", "street"], separator=" ", ignore_nulls=True)
    shown = pl.concat_str([line, "city", "postcode"], separator=", ", ignore_nulls=True)
    parts = ["number", "street", "city", "postcode"]
    encoded = {part: encode_texts(addresses[part]) for part in parts}
    codes, first = encode_numbers(np.zeros(len(addresses), np.int64))
    for of_part, _ in encoded.values():
        codes, first = combine_codes(codes, of_part)
    distinct = addresses[first].select(parts)
    contacts = addresses["contact"].to_numpy().astype(np.int64)
    sets = index_values(contacts, codes, contacts_count, distinct.height)
    of_distinct = {part: _Part(of_part[first], values) for part, (of_part, values) in encoded.items()}
    judge = _AddressJudge(distinct, of_distinct, sets.holders, frequencies)
    every = np.arange(distinct.height, dtype=np.int32)
    return Comparison(sets, judge(every, every), judge, distinct.select(shown.alias("value"))["value"])


class _AddressJudge:
    """Judges pairs of distinct addresses, equal ones too."""

    def __init__(
        self, distinct: pl.DataFrame, parts: Mapping[str, _Part], holders: Numbers, frequencies: Frequencies
    ) -> None:
        self.number, self.street, self.city, self.postcode = (
            parts[name] for name in ("number", "street", "city", "postcode")
        )
        known = self.city.codes >= 0
        held = np.bincount(self.city.codes[known], weights=holders[known], minlength=len(self.city.values))
        line = pl.concat_str(["number", "street", "city"], separator=", ", ignore_nulls=True)
        self.lines, lines = encode_texts(distinct.select(line.alias("line"))["line"])
        self.line_levels = frequencies.rank_streets(lines, _count_held(self.lines, holders, len(lines)))
        self.city_levels = frequencies.rank_cities(self.city.values, held.astype(np.float64))

    def __call__(self, left: Codes, right: Codes) -> Levels:
        street, postcode, city = self._streets(left, right), self._postcodes(left, right), self._cities(left, right)
        levels = (street * len(POSTCODE_LEVELS) + postcode) * len(CITY_LEVELS) + city
        return levels.astype(np.int16)

    def _streets(self, left: Codes, right: Codes) -> Numbers:
        one, other = self.street.sides(left, right)
        its, others = self.number.sides(left, right)
        known = (one >= 0) & (other >= 0)
        alike = one == other
        rest = np.flatnonzero(known & ~alike)
        alike[rest] = rank_similarity(self.street.names, one[rest], other[rest], _STREET_CLOSE) >= _STREET_CLOSE
        same_number = (its == others) & (its >= 0)
        open_number = (its < 0) | (others < 0)
        conditions = {
            "missing": ~known,
            "equal": (one == other) & (same_number | open_number),
            "close": alike & (same_number | open_number),
            "same_street": alike,
        }
        levels = _choose(STREET_LEVELS, conditions)
        equal = np.flatnonzero(levels == STREET_LEVELS.index("equal"))
        many = [self.line_levels[self.lines[side[equal]]] for side in (left, right)]
        levels[equal] += np.maximum(*many)
        return levels

    def _postcodes(self, left: Codes, right: Codes) -> Numbers:
        one, other = self.postcode.sides(left, right)
        known = (one >= 0) & (other >= 0)
        close = np.zeros(len(one), np.bool_)
        rest = np.flatnonzero(known & (one != other))
        close[rest] = rank_edits(self.postcode.names, one[rest], other[rest], 1) <= 1
        return _choose(POSTCODE_LEVELS, {"missing": ~known, "equal": one == other, "close": close})

    def _cities(self, left: Codes, right: Codes) -> Numbers:
        one, other = self.city.sides(left, right)
        known = (one >= 0) & (other >= 0)
        close = np.zeros(len(one), np.bool_)
        rest = np.flatnonzero(known & (one != other))
        close[rest] = rank_similarity(self.city.names, one[rest], other[rest], _CITY_CLOSE) >= _CITY_CLOSE
        levels = _choose(CITY_LEVELS, {"missing": ~known, "close": close})
        equal = known & (one == other)
        levels[equal] = self.city_levels[one[equal]]
        return levels


def _count_held(codes: Codes, holders: Numbers, count: int) -> Floats:
    """How many hold an address with each code."""
    known = codes >= 0
    return np.bincount(codes[known], weights=holders[known], minlength=count).astype(np.float64)


def _choose(levels: tuple[str, ...], conditions: dict[str, Flags]) -> Numbers:
    """The first level whose condition holds, else different."""
    places = [levels.index(name) for name in conditions]
    return np.select(list(conditions.values()), places, levels.index("different")).astype(np.int64)
