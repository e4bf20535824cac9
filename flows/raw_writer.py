"""Files into raw, each whole or not at all: a large one in a transaction of its own, small ones many together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from flows.quarantine import quarantine
from flows.store import Store
from schemas.tables import RAW_PROBLEMS, Table

__all__ = ["Part", "RawWriter"]

#: Rows for one table.
Part = tuple[Table, pl.DataFrame]

_STAGE = "ingest"
_FEW_ROWS = 20_000  # that many rows are written together; a lead file alone costs 20 ms, mostly for checking a row
_FEW_BYTES = 64 << 20  # of rows of long texts


@dataclass
class _Held:
    """Parts that are held back, and how much they are: counted once, however many small files follow each other."""

    parts: list[Part] = field(default_factory=list)
    rows: int = 0
    size: int = 0

    def add(self, parts: Iterable[Part]) -> None:
        for table, frame in parts:
            self.parts.append((table, frame))
            self.rows += frame.height
            self.size += int(frame.estimated_size())

    @property
    def are_many(self) -> bool:
        return self.rows >= _FEW_ROWS or self.size >= _FEW_BYTES


class RawWriter:
    """Writes the parts of one file after the other; `flush` when done."""

    def __init__(self, store: Store):
        self._store = store
        self._pending = _Held()

    def take(self, parts: Iterator[Part]) -> dict[Table, int]:
        """Write all parts of a file, its row of raw.files first; none of them if reading them raises.

        Returns:
            How many rows each table got.
        """
        head = _Held()
        counts: dict[Table, int] = {}
        for table, frame in parts:
            counts[table] = counts.get(table, 0) + frame.height
            head.add([(table, frame)])
            if head.are_many:
                break
        else:
            self._pending.add(head.parts)
            if self._pending.are_many:
                self.flush()
            return counts
        self.flush()
        with self._store.transaction():
            for table, frame in head.parts:
                self._append(table, frame)
            for table, frame in parts:
                counts[table] = counts.get(table, 0) + self._append(table, frame)
        return counts

    def flush(self) -> None:
        """Write the small files that are still held back."""
        pending, self._pending = self._pending.parts, _Held()
        if not pending:
            return
        with self._store.transaction():
            for table in dict.fromkeys(table for table, _ in pending):
                self._append(table, pl.concat(frame for part, frame in pending if part is table))

    def _append(self, table: Table, frame: pl.DataFrame) -> int:
        """Rows into a table; what raw.problems gets is quarantined, too."""
        if frame.is_empty():
            return 0
        if table is RAW_PROBLEMS:
            quarantine(self._store, _STAGE, frame)
        return self._store.append(table, frame)
