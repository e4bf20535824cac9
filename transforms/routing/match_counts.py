"""How many leads each rule matches, whichever wins: a scan of the same tables."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.routing.encode import encode_texts, encode_values
from transforms.routing.field_tables import WORD, Bits
from transforms.routing.rulebook import Page, Rulebook

__all__ = ["count_matches"]

Integers = npt.NDArray[np.int64]

_CHUNK_BITS = 1 << 25  # of rules times leads looked at together: 32 MB once unpacked


def count_matches(rulebook: Rulebook, leads: pl.DataFrame, lead_fields: pl.DataFrame) -> pl.DataFrame:
    """For each rule how many leads it matches, and the first of them.

    Args:
        rulebook: from `compile_rulebook`.
        leads: lead_id, channel_id and captured_at.
        lead_fields: rulebook.fields of the same leads, in the same order.

    Returns:
        One row per row of `Rulebook.rules`: matched_count, and first_lead (row of `leads`; null without any).
    """
    unknown = len(rulebook.channels)
    channels = encode_texts(rulebook.channels, leads["channel_id"], other=unknown, missing=unknown)
    intervals = np.searchsorted(rulebook.bounds, leads["captured_at"].dt.epoch("us").to_numpy(), side="right")
    counts = np.zeros(rulebook.rules.height, dtype=np.int64)
    first = np.full(rulebook.rules.height, -1, dtype=np.int64)
    pages = rulebook.page_of[channels, intervals]
    for number in np.unique(pages[pages >= 0]).tolist():
        page, rows = rulebook.pages[number], np.flatnonzero(pages == number)
        size = max(1, _CHUNK_BITS // (len(page.is_or) * WORD))
        for start in range(0, len(rows), size):
            chunk = rows[start : start + size]
            matches = _match(page, channels[chunk], intervals[chunk], lead_fields[chunk])
            bits = np.unpackbits(matches.view(np.uint8), axis=1, bitorder="little", count=len(page.rules))
            found = bits.sum(axis=0, dtype=np.int64)
            fresh = (found > 0) & (first[page.rules] < 0)
            first[page.rules[fresh]] = chunk[bits[:, fresh].argmax(axis=0)]
            counts[page.rules] += found
    firsts = pl.Series("first_lead", first).replace(-1, None)
    return pl.DataFrame([pl.Series("matched_count", counts), firsts])


def _match(page: Page, channels: Integers, intervals: Integers, fields: pl.DataFrame) -> Bits:
    """Lead x word: the rules that match."""
    matches = np.full((len(channels), len(page.is_or)), np.uint64(2**WORD - 1), dtype=np.uint64)
    row = np.empty_like(matches)
    for table in page.fields:
        encode_values(table, fields[table.name]).fetch(slice(0, len(channels)), row)
        np.bitwise_and(matches, row, out=matches)
    np.bitwise_xor(matches, page.is_or, out=matches)
    matches &= page.channels[channels]
    matches &= page.intervals[intervals]
    return matches
