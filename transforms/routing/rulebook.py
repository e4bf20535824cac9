"""Compile rulebooks: every channel and every time in one, a rule a bit, in the order rules are tried.

Rules are compiled in pages, so that the tables of one stay in cache; a page holds whole channels, or whole
stretches of time of one channel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.vocabulary import RuleKind
from transforms.routing.conditions import Term
from transforms.routing.field_tables import WORD, Bits, FieldTable, compile_fields, place_of

__all__ = ["Page", "Rulebook", "compile_rulebook"]

_PAGE_RULES = 2048  # rules of several channels or times share a page up to here: its tables stay in cache
_SINCE_EVER = np.iinfo(np.int64).min
_UNTIL_FURTHER_NOTICE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Page:
    """Some of the rules, in the order they are tried within each channel (SPEC A-O1, A-O2).

    Attributes:
        rules: bit -> row of `Rulebook.rules`.
        is_or: word: the OR rules' bits, whose tables hold the complement.
        channels: channel code x word: the channel's rules.
        intervals: time interval x word: the rules in force then.
        fields: one table per field that its rules ask.
    """

    rules: npt.NDArray[np.int64]
    is_or: Bits
    channels: Bits
    intervals: Bits
    fields: tuple[FieldTable, ...]


@dataclass(frozen=True)
class Rulebook:
    """All channels and all times, compiled.

    Attributes:
        rules: the usable rows of routing.rules.
        channels: channel ids by code; the last code, one beyond, stands for any other.
        bounds: moments at which rules come into or go out of force, microseconds since 1970, ascending.
        page_of: channel code x time interval -> page, -1 where no rule is in force.
        pages: the compiled rules.
    """

    rules: pl.DataFrame
    channels: list[str]
    bounds: npt.NDArray[np.int64]
    page_of: npt.NDArray[np.int64]
    pages: tuple[Page, ...]

    @property
    def fields(self) -> list[str]:
        """Every field that some rule asks."""
        return sorted({table.name for page in self.pages for table in page.fields})


def compile_rulebook(rules: pl.DataFrame, terms: Iterable[Term]) -> Rulebook:
    """Compile every version of every channel's rules.

    Args:
        rules: rows of routing.rules; those with an `invalid_reason` are left out (SPEC A-C10).
        terms: their conditions, from `read_terms`; a default rule's are not asked (SPEC A-C7).

    Returns:
        The rulebook; pages are cut between channels, and between times of one channel.
    """
    usable = rules.filter(pl.col("invalid_reason").is_null()).sort(
        "channel_id", "is_default", "order", "created_at", "rule_id", nulls_last=True
    )
    # a default rule matches always, as an AND without conditions does (SPEC A-C7)
    usable = usable.with_columns(pl.when("is_default").then(pl.lit(RuleKind.AND.value)).otherwise("kind").alias("kind"))
    starts, ends = _validity(usable)
    bounds = np.unique(np.concatenate([starts[starts != _SINCE_EVER], ends[ends != _UNTIL_FURTHER_NOTICE]]))
    first = np.where(starts == _SINCE_EVER, 0, np.searchsorted(bounds, starts, side="left") + 1)
    last = np.where(ends == _UNTIL_FURTHER_NOTICE, len(bounds) + 1, np.searchsorted(bounds, ends, side="left") + 1)
    channels = usable["channel_id"].unique(maintain_order=True).to_list()
    codes = {channel_id: code for code, channel_id in enumerate(channels)}
    channel = np.array([codes[channel_id] for channel_id in usable["channel_id"]], dtype=np.int64)
    page_of = np.full((len(channels) + 1, len(bounds) + 1), -1, dtype=np.int64)
    by_rule = _group_terms(usable, terms)
    pages = []
    for number, rows in enumerate(_paginate(channel, first, last)):
        for row in rows:
            page_of[channel[row], first[row] : last[row]] = number
        asked = [by_rule[key] for key in usable[rows].select("rule_id", "rulebook_version").iter_rows()]
        tables = compile_fields(usable["kind"].gather(rows).to_list(), asked)
        pages.append(_compile_page(rows, tables, usable, channel, first, last, page_of.shape))
    return Rulebook(usable, channels, bounds, page_of, tuple(pages))


def _group_terms(rules: pl.DataFrame, terms: Iterable[Term]) -> dict[tuple[str, str], list[Term]]:
    """Conditions by rule; a default rule's are not asked."""
    defaults = set(rules.filter("is_default").select("rule_id", "rulebook_version").iter_rows())
    by_rule: dict[tuple[str, str], list[Term]] = defaultdict(list)
    for term in terms:
        if term.rule not in defaults:
            by_rule[term.rule].append(term)
    return by_rule


def _validity(rules: pl.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """When each rule is in force, from and until, in microseconds since 1970; a deletion ends it (SPEC RU7)."""
    spans = rules.select(
        pl.col("valid_from").dt.epoch("us").fill_null(_SINCE_EVER),
        pl.min_horizontal("valid_to", "deleted_at").dt.epoch("us").fill_null(_UNTIL_FURTHER_NOTICE),
    )
    return spans.to_series(0).to_numpy(), spans.to_series(1).to_numpy()


def _paginate(
    channel: npt.NDArray[np.int64], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> Iterator[npt.NDArray[np.int64]]:
    """Rows of each page, in order: rules of one channel whose times overlap are never parted."""
    rows = np.flatnonzero(first < last)
    rows = rows[np.lexsort((first[rows], channel[rows]))]
    page: list[int] = []
    unit: list[int] = []
    end = -1
    for row in rows.tolist():
        if unit and (channel[row] != channel[unit[0]] or first[row] >= end):
            if page and len(page) + len(unit) > _PAGE_RULES:
                yield np.sort(np.array(page, dtype=np.int64))
                page = []
            page, unit, end = page + unit, [], -1
        unit.append(row)
        end = max(end, int(last[row]))
    if page and len(page) + len(unit) > _PAGE_RULES:
        yield np.sort(np.array(page, dtype=np.int64))
        page = []
    if page or unit:
        yield np.sort(np.array(page + unit, dtype=np.int64))


def _compile_page(
    rows: npt.NDArray[np.int64],
    tables: tuple[FieldTable, ...],
    rules: pl.DataFrame,
    channel: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    last: npt.NDArray[np.int64],
    shape: tuple[int, int],
) -> Page:
    """Rules of one page with the two fields every rule has: its channel and its time."""
    words = -(-len(rows) // WORD)
    is_or, channels, intervals = (
        np.zeros(size, dtype=np.uint64) for size in (words, (shape[0], words), (shape[1], words))
    )
    kinds = rules["kind"].gather(rows)
    for position, (row, kind) in enumerate(zip(rows.tolist(), kinds, strict=True)):
        word, bit = place_of(position)
        channels[channel[row], word] |= bit
        intervals[first[row] : last[row], word] |= bit
        if kind == RuleKind.OR:
            is_or[word] |= bit
    return Page(rows, is_or, channels, intervals, tables)
