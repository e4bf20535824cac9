"""Files into raw, each whole or not at all: a large one in a transaction of its own, small ones many together."""

from __future__ import annotations

from collections.abc import Iterator

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


class RawWriter:
    """Writes the parts of one file after the other; `flush` when done."""

    def __init__(self, store: Store):
        self._store = store
        self._pending: list[Part] = []

    def take(self, parts: Iterator[Part]) -> dict[Table, int]:
        """Write all parts of a file, its row of raw.files first; none of them if reading them raises.

        Returns:
            How many rows each table got.
        """
        head: list[Part] = []
        counts: dict[Table, int] = {}
        for table, frame in parts:
            counts[table] = counts.get(table, 0) + frame.height
            head.append((table, frame))
            if _are_many(head):
                break
        else:
            self._pending += head
            if _are_many(self._pending):
                self.flush()
            return counts
        self.flush()
        with self._store.transaction():
            for table, frame in head:
                self._append(table, frame)
            for table, frame in parts:
                counts[table] = counts.get(table, 0) + self._append(table, frame)
        return counts

    def flush(self) -> None:
        """Write the small files that are still held back."""
        pending, self._pending = self._pending, []
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


def _are_many(parts: list[Part]) -> bool:
    """Whether parts are as much as is held back."""
    frames = [frame for _, frame in parts]
    return (
        sum(frame.height for frame in frames) >= _FEW_ROWS
        or sum(map(pl.DataFrame.estimated_size, frames)) >= _FEW_BYTES
    )
