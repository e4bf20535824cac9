"""Imports taken back: raw says so, and from then on no derivation reads the file."""

from __future__ import annotations

import polars as pl

from flows.quarantine import quarantine
from flows.runs import Counts, Run
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError
from schemas.tables import RAW_FILES, RAW_IMPORTS, RAW_PROBLEMS, RAW_UNDOS
from schemas.vocabulary import Folder

__all__ = ["read_undone", "restore_problems", "withdraw"]

_UNDONE = f"""
    SELECT u.file_id FROM {RAW_UNDOS.full_name} u
    LEFT JOIN (SELECT file_id, max(run_sequence) AS taken FROM {RAW_IMPORTS.full_name} GROUP BY file_id) i
         ON i.file_id = u.file_id
    GROUP BY u.file_id, i.taken HAVING max(u.run_sequence) > coalesce(i.taken, 0) ORDER BY u.file_id
"""  # noqa: S608 - names from the registry


def withdraw(run: Run, file_id: str) -> Counts:
    """Write down that a contact file counts no more; raw keeps the file and all of its rows.

    Returns:
        `imports_undone`: 0 when it counted no more already.

    Raises:
        NotFoundError: it is no contact file that was taken.
    """
    with run.store() as store, store.transaction():
        if not store.count(RAW_FILES, "folder = ? AND file_id = ?", [Folder.CONTACTS.value, file_id]):
            raise NotFoundError("no such import", where=file_id[:8], todo="see the published table imports")
        if file_id in read_undone(store):
            return {"imports_undone": 0}
        row = (file_id, run.run_sequence, run.clock)
        store.append(RAW_UNDOS, pl.DataFrame([row], schema=polars_schema(RAW_UNDOS), orient="row"))
    return {"imports_undone": 1}


def read_undone(store: Store) -> list[str]:
    """Ids of contact files that count no more: their last undo is later than their last import."""
    return list(store.query(_UNDONE)["file_id"])


def restore_problems(store: Store, file_id: str) -> None:
    """Quarantine again what raw says of a contact file that counts again."""
    of_file = [Folder.CONTACTS.value, file_id]
    quarantine(store, "ingest", store.read(RAW_PROBLEMS, where="folder = ? AND file_id = ?", parameters=of_file))
