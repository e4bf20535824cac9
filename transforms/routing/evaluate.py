"""Evaluate a compiled rulebook: one table lookup per field and lead, AND, and the lowest set bit wins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.routing.encode import encode_texts, encode_values
from transforms.routing.field_tables import WORD, Bits
from transforms.routing.rulebook import Page, Rulebook

__all__ = ["EVALUATION_SCHEMA", "evaluate_rules"]

Integers = npt.NDArray[np.int64]

_ALL_BITS = np.uint64(2**WORD - 1)
_BATCH_LEADS = 131_072  # leads encoded at a time: bounds memory
_CHUNK_BYTES = 262_144  # of bitmap worked on at a time: with its twin it fits a core's cache

#: Rules as rows of `Rulebook.rules`; null where none matches.
EVALUATION_SCHEMA = {"lead_id": pl.String, "rule": pl.Int64, "next_rule": pl.Int64, "matched_count": pl.Int64}


def evaluate_rules(rulebook: Rulebook, leads: pl.DataFrame, lead_fields: pl.DataFrame) -> pl.DataFrame:
    """For each lead the rule that wins, the one that would win without it, and how many match.

    Cost grows with fields x rules / 64; memory is bounded by a batch of leads beside the inputs.

    Args:
        rulebook: from `compile_rulebook`.
        leads: lead_id, channel_id and captured_at, which is also the time as of which rules are taken (SPEC A-O9).
        lead_fields: lead_id and at least `rulebook.fields`, lists of values in normal form; null is missing.

    Returns:
        EVALUATION_SCHEMA, one row per lead in the order of `leads`.
    """
    fields = lead_fields.select("lead_id", *rulebook.fields)
    if not fields["lead_id"].equals(leads["lead_id"]):
        fields = leads.select("lead_id").join(fields, on="lead_id", how="left", maintain_order="left")
    unknown = len(rulebook.channels)
    channels = encode_texts(rulebook.channels, leads["channel_id"], other=unknown, missing=unknown)
    times = leads["captured_at"].dt.epoch("us").to_numpy()
    found = np.full((3, leads.height), -1, dtype=np.int64)
    for start in range(0, leads.height, _BATCH_LEADS):
        batch = slice(start, start + _BATCH_LEADS)
        intervals = np.searchsorted(rulebook.bounds, times[batch], side="right")
        _evaluate_batch(rulebook, channels[batch], intervals, fields[batch], found[:, batch])
    rule, next_rule = (pl.Series(row).replace(-1, None) for row in found[:2])
    counts = pl.Series(np.maximum(found[2], 0))
    return pl.DataFrame(
        [leads["lead_id"], rule.alias("rule"), next_rule.alias("next_rule"), counts.alias("matched_count")]
    )


def _evaluate_batch(
    rulebook: Rulebook, channels: Integers, intervals: Integers, fields: pl.DataFrame, found: Integers
) -> None:
    """Fill `found` (rule, next rule, count) for one batch, page by page."""
    page_of_lead = rulebook.page_of[channels, intervals]
    for number in np.unique(page_of_lead[page_of_lead >= 0]).tolist():
        page = rulebook.pages[number]
        rows = np.flatnonzero(page_of_lead == number)
        asked = {table.name: fields[table.name] for table in page.fields}
        if len(rows) < len(channels):
            asked = {name: values.gather(rows) for name, values in asked.items()}
        found[:, rows] = _evaluate_page(page, channels[rows], intervals[rows], asked)


def _evaluate_page(page: Page, channels: Integers, intervals: Integers, fields: dict[str, pl.Series]) -> Integers:
    lookups = [encode_values(table, fields[table.name]) for table in page.fields]
    size = max(1, _CHUNK_BYTES // page.is_or.nbytes)
    work = np.empty((2, min(size, len(channels)), len(page.is_or)), dtype=np.uint64)
    found = np.empty((3, len(channels)), dtype=np.int64)
    for start in range(0, len(channels), size):
        chunk = slice(start, min(start + size, len(channels)))
        matches, row = work[:, : chunk.stop - start]
        matches[:] = _ALL_BITS
        for lookup in lookups:
            lookup.fetch(chunk, row)
            np.bitwise_and(matches, row, out=matches)
        np.bitwise_xor(matches, page.is_or, out=matches)
        for codes, table in ((channels, page.channels), (intervals, page.intervals)):
            np.take(table, codes[chunk], axis=0, out=row, mode="clip")
            np.bitwise_and(matches, row, out=matches)
        found[:, chunk] = _pick(matches, page.rules)
    return found


def _pick(matches: Bits, rules: Integers) -> Integers:
    """First and second set bit of each row as rules, and how many are set; clears the first one."""
    rows = np.arange(len(matches))
    picked = np.empty((3, len(matches)), dtype=np.int64)
    picked[2] = np.bitwise_count(matches).sum(axis=1, dtype=np.int64)
    for place in range(2):
        word = (matches != 0).argmax(axis=1)
        value = matches[rows, word]
        lowest = value & (~value + np.uint64(1))
        position = word * WORD + np.bitwise_count(lowest - np.uint64(1)).astype(np.int64)
        picked[place] = np.where(value != 0, rules[np.minimum(position, len(rules) - 1)], -1)
        matches[rows, word] ^= lowest
    return picked
