"""Texts that are compared, and what their letters alone say of how alike two of them can be.

Most pairs that blocking brings together are plainly different. Each text's letters are counted once, as bits; the bits
that two texts share bound their similarity from above, at a hundredth of the price of finding it.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Spellings"]

Bags = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bounds = npt.NDArray[np.float32]

#: Layouts of the 64 bits: up to how many of each character are counted; the last one stands for any other.
_WORDS = {**dict.fromkeys("abcdefghijklmnopqrstuvwxyz", 2), **dict.fromkeys("0123456789 ", 1), "": 1}
_NUMBERS = {**dict.fromkeys("0123456789", 6), "": 4}
_CHUNK = 100_000  # texts counted at once
_ROUNDING = 1e-5  # scores and bounds are floats: a bound this near is not below
_FEW = 4  # texts whose characters are counted while one pair is compared
_PREFIX_WEIGHT, _PREFIX_LENGTH = 0.1, 4  # of Jaro-Winkler


class Spellings:
    """Distinct texts by code.

    Attributes:
        texts: the texts.
        lengths: their characters.
        is_plain: of ASCII letters alone; the letters of others are not counted.
    """

    def __init__(self, values: pl.Series) -> None:
        self.texts: npt.NDArray[np.object_] = values.to_numpy().astype(object)
        frame = values.alias("value").to_frame()
        sizes = frame.select(chars=pl.col("value").str.len_chars(), octets=pl.col("value").str.len_bytes())
        self.lengths: npt.NDArray[np.int32] = sizes["chars"].to_numpy().astype(np.int32)
        self.is_plain: Flags = (sizes["chars"] == sizes["octets"]).to_numpy()
        self._values = values

    def may_be_similar(self, left: Codes, right: Codes, least: float) -> Flags:
        """False where Jaro-Winkler similarity is surely below."""
        if self._are_few(left):
            return np.ones(len(left), np.bool_)
        common = self._common(left, right)
        with np.errstate(divide="ignore", invalid="ignore"):
            jaro = (common / self.lengths[left] + common / self.lengths[right] + np.float32(1)) / np.float32(3)
        prefix = (self.initials[left] == self.initials[right]) * np.float32(_PREFIX_WEIGHT * _PREFIX_LENGTH)
        return np.asarray(self._unsure(left, right) | ~(jaro + prefix * (1 - jaro) < least - _ROUNDING))

    def may_share_words(self, left: Codes, right: Codes, least: float) -> Flags:
        """False where similarity whatever the order of the words is surely below."""
        if self._are_few(left):
            return np.ones(len(left), np.bool_)
        both = self.lengths[left] + self.lengths[right]
        return np.asarray(self._unsure(left, right) | ~(2 * self._common(left, right) < (least - _ROUNDING) * both))

    def may_be_edits(self, left: Codes, right: Codes, most: int) -> Flags:
        """False where more edits than these part two numbers: each moves two characters at most."""
        if self._are_few(left):
            return np.ones(len(left), np.bool_)
        moved = np.bitwise_count(self.numbers[left] ^ self.numbers[right])
        apart = np.abs(self.lengths[left] - self.lengths[right])
        return np.asarray(self._unsure(left, right) | ((moved <= 2 * most) & (apart <= most)))

    @cached_property
    def words(self) -> Bags:
        """Characters of each text as bits, for words."""
        return _count(self._values, self.is_plain, _WORDS)

    @cached_property
    def numbers(self) -> Bags:
        """Characters of each text as bits, for numbers."""
        return _count(self._values, self.is_plain, _NUMBERS)

    @cached_property
    def surplus(self) -> npt.NDArray[np.int32]:
        """Characters of each text that its bits for words do not count."""
        return self.lengths - np.bitwise_count(self.words).astype(np.int32)

    @cached_property
    def initials(self) -> npt.NDArray[np.uint64]:
        """A number that texts of one first letter share."""
        initials: npt.NDArray[np.uint64] = self._values.str.slice(0, 1).hash().to_numpy()
        return initials

    def _common(self, left: Codes, right: Codes) -> Bounds:
        """The most characters that two texts may have in common."""
        counted = np.bitwise_count(self.words[left] & self.words[right])
        return np.asarray(counted + np.minimum(self.surplus[left], self.surplus[right]), np.float32)

    def _are_few(self, pairs: Codes) -> bool:
        """Whether holding the pairs against each other costs less than counting the characters of every text."""
        return len(pairs) * _FEW < len(self.texts)

    def _unsure(self, left: Codes, right: Codes) -> Flags:
        return np.asarray(~(self.is_plain[left] & self.is_plain[right]))


def _count(values: pl.Series, is_plain: Flags, layout: dict[str, int]) -> Bags:
    """Each text's characters as bits: one for the first of a character, one for the second, and so on."""
    plain = np.flatnonzero(is_plain)
    bags = np.zeros(len(values), np.uint64)
    for start in range(0, len(plain), _CHUNK):
        rows = plain[start : start + _CHUNK]
        bags[rows] = _count_plain(values[rows], layout)
    return bags


def _count_plain(values: pl.Series, layout: dict[str, int]) -> Bags:
    kinds = np.full(256, len(layout) - 1)
    for kind, char in enumerate(layout):
        if char:
            kinds[ord(char)] = kind
    lengths = values.str.len_bytes().to_numpy().astype(np.int64)
    letters = np.frombuffer(values.str.join("").item().encode(), np.uint8)
    places = np.repeat(np.arange(len(values)) * len(layout), lengths) + kinds[letters]
    counts = np.bincount(places, minlength=len(values) * len(layout)).reshape(len(values), len(layout))
    bits = np.zeros((len(values), 64), np.bool_)
    bit = 0
    for kind, most in enumerate(layout.values()):
        for number in range(most):
            bits[:, bit] = counts[:, kind] > number
            bit += 1
    found: Bags = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)[:, 0]
    return found
