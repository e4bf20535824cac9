"""What a reader yields, one item after another, so that memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from flows.sources.messages import Batch, Fault, SheetRead

__all__ = ["Item", "Records", "Rows", "Source"]


@dataclass(frozen=True)
class Rows:
    """Data rows of one sheet: columns row_number, line."""

    sheet: str
    lines: pl.DataFrame

    @classmethod
    def of(cls, batch: Batch) -> Rows:
        """Rows that came as plain lists."""
        numbers = pl.Series("row_number", batch.numbers, dtype=pl.Int64)
        return cls(batch.sheet, pl.DataFrame([numbers, pl.Series("line", batch.lines, dtype=pl.String)]))

    @property
    def frame(self) -> pl.DataFrame:
        """Columns row_number, cells."""
        cells = [line[1:].split(line[0]) for line in self.lines["line"]]
        return self.lines.select("row_number", pl.Series("cells", cells, dtype=pl.List(pl.String)))


@dataclass(frozen=True)
class Records:
    """JSON records: columns record_number, payload."""

    frame: pl.DataFrame

    @classmethod
    def of(cls, numbers: list[int], payloads: list[str]) -> Records:
        """Records that came as plain lists."""
        given = pl.Series("record_number", numbers, dtype=pl.Int64)
        return cls(pl.DataFrame([given, pl.Series("payload", payloads, dtype=pl.String)]))


Item = Rows | Records | SheetRead | Fault


@dataclass(frozen=True)
class Source:
    """An input that is open for reading.

    Attributes:
        format: csv, xls, xlsx, json or jsonl: what the content is, whatever the name says.
        encoding: character encoding of a text file.
        items: what it holds; reading on may raise SourceError, then none of it is to be kept.
    """

    format: str
    encoding: str | None
    items: Iterator[Item]
