"""The warehouse of a run, open from stage to stage as long as it is small."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from flows.store import Store, open_store

__all__ = ["KeptStore"]

#: To open a warehouse costs more than most stages do on a small one; closing a large one gives memory back.
_MOST_BYTES = 128 << 20


class KeptStore:
    """Opens one warehouse for the stages of one run, which use it one after the other.

    While it stays open, what is committed goes to the log that DuckDB keeps beside the file, and from there to the file
    when the log is long and when it is closed; the log of a process that was killed is taken in when it is opened next.

    Args:
        database: path of the warehouse file.
        settings: of DuckDB, as `open_store` takes them.
    """

    def __init__(self, database: Path, settings: Mapping[str, Any]):
        self._database = database
        self._settings = settings
        self._opened = ExitStack()
        self._store: Store | None = None
        self._memory_limit: str | None = None

    @contextmanager
    def open(self, memory_limit: str) -> Iterator[Store]:
        """The warehouse, for as long as the with-block lasts; after one that fails it is closed.

        Args:
            memory_limit: memory that DuckDB may take, such as `4GB`.
        """
        try:
            if self._store is None:
                self._store = self._opened.enter_context(open_store(self._database, self._settings))
                self._memory_limit = None
            if memory_limit != self._memory_limit:
                self._store.limit_memory(memory_limit)
                self._memory_limit = memory_limit
            yield self._store
        except BaseException:
            self.close()
            raise
        if self._database.stat().st_size > _MOST_BYTES:
            self.close()

    def close(self) -> None:
        """Close it, if it is open."""
        self._store = None
        self._opened.close()
