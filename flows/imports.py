"""Imports as people name and see them: by a short id or a file name, with counts that add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.homes import database_of
from flows.store import Store, open_published
from schemas.errors import NotFoundError, UnsupportedError
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    MARTS_IMPORTS,
    MARTS_SOURCE_ROWS,
    OPS_IMPORT_COUNTS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_SHEETS,
)
from schemas.vocabulary import Folder

__all__ = ["SHORT_ID", "TO_MEND", "KnownImport", "describe_import", "find_import"]

#: Problems of rows that a person can do something about; of a placeholder such as "n/a" nothing is to be done.
TO_MEND = "row_number IS NOT NULL AND NOT starts_with(todo, 'nothing')"

#: Characters of an import id that name it.
SHORT_ID = 8


@dataclass(frozen=True)
class KnownImport:
    """A contact file that was taken."""

    file_id: str
    file: str
    is_undone: bool

    @property
    def short_id(self) -> str:
        """What people call it by."""
        return self.file_id[:SHORT_ID]


def find_import(home: Path, name: str) -> KnownImport:
    """The import that a person names.

    Args:
        home: folder of the published file.
        name: the import's id, at least its first 8 characters, or the name of its file.

    Raises:
        NotFoundError: nothing has been published, or no import or several have that name.
        UnsupportedError: it is a file of another inbox folder.
    """
    with open_published(database_of(home)) as store:
        is_named = "file = ? OR (length(?) >= ? AND starts_with(import_id, ?))"
        values = [name, name, SHORT_ID, name.lower()]
        found = store.read(MARTS_IMPORTS, ["import_id", "file", "is_undone"], is_named, values).rows()
        if not found:
            found = store.read(
                MARTS_IMPORTS, ["import_id", "file", "is_undone"], "ends_with(file, ?)", ["/" + name]
            ).rows()
        if not found:
            _refuse_other_folder(store, name)
    if not found:
        raise NotFoundError("no such import", where=name, todo="see the published table imports")
    if len(found) > 1:
        ids = ", ".join(file_id[:SHORT_ID] for file_id, *_ in found)
        raise NotFoundError(f"{len(found)} imports have that name", where=name, todo=f"give one of the ids {ids}")
    return KnownImport(*found[0])


def _refuse_other_folder(store: Store, name: str) -> None:
    of_name = "folder <> ? AND (file = ? OR (length(?) >= ? AND starts_with(file_id, ?))) LIMIT 1"
    values = [Folder.CONTACTS.value, name, name, SHORT_ID, name.lower()]
    for (folder,) in store.read(MARTS_SOURCE_ROWS, ["folder"], of_name, values).rows():
        raise UnsupportedError(
            f"it is a file of the folder {folder}", where=name, expected="an import of contacts, the only kind there is"
        )


def describe_import(store: Store, file_id: str) -> Iterator[str]:
    """Lines on one contact file: what became of its rows and cells.

    Args:
        store: a warehouse.
        file_id: the file.
    """
    of_file = "folder = ? AND file_id = ?"
    place = [Folder.CONTACTS.value, file_id]
    file = store.read(RAW_FILES, ["file_name", "status"], of_file, place).row(0, named=True)
    yield f"{file['file_name']} (import {file_id[:SHORT_ID]})"
    told = ["sheet", "column_name", "reason", "todo"]
    whole = store.read(OPS_QUARANTINE, told, f"{of_file} AND row_number IS NULL", place)
    for *where, reason, todo in whole.fill_null("").unique().sort(pl.all()).rows():
        named = ", ".join(filter(None, where))
        yield f"  {named}{': ' if named else ''}{reason.removesuffix('.')}. To do: {todo}."
    above = store.read(RAW_SHEETS, ["lines_above"], "file_id = ? AND len(lines_above) > 0", [file_id])["lines_above"]
    if lines := above.list.len().sum():
        yield f"  {lines:,} lines above the header are kept, and no rows: {above[0][0][:60]!r} …"
    counts = store.read(OPS_IMPORT_COUNTS, ["name", "detail", "value"], "file_id = ?", [file_id]).rows()
    if not counts:
        return
    sums: dict[str, int] = {}
    for name, _, value in counts:
        sums[name] = sums.get(name, 0) + value
    changed = store.count(CORE_CONTACT_UPDATES, "file_id = ? AND is_changed", [file_id])
    unchanged = store.count(CORE_CONTACT_UPDATES, "file_id = ? AND NOT is_changed", [file_id])
    created, updated = sums["contacts_created"] - changed - unchanged, sums["contacts_updated"] + changed
    rows = [f"{created:,} contacts created", f"{sums['rows_rejected']:,} rejected"]
    if updated or unchanged:
        rows[1:1] = [f"{updated:,} updated", f"{unchanged:,} unchanged"]
    if sums["rows_skipped"]:
        rows.append(f"{sums['rows_skipped']:,} not imported (of skipped sheets, or held back)")
    yield f"  rows:  {sums['rows_read']:,} read = {' + '.join(rows)}"
    parts = [f"{sums.get(f'cells_{part}', 0):,} {part}" for part in ("mapped", "unmapped", "quarantined")]
    yield f"  cells: {sums['cells_read']:,} read = {' + '.join(parts)}"
    for name, title in (("cells_unmapped", "unmapped columns"), ("cells_quarantined", "quarantined by reason")):
        listed = [f"{detail} {value:,}" for counted, detail, value in counts if counted == name]
        if listed:
            yield f"  {title}: {', '.join(listed)}"
    of_rows = store.read(OPS_QUARANTINE, ["sheet", "row_number"], f"{of_file} AND {TO_MEND}", place)
    if to_mend := of_rows.fill_null("").unique().height:
        yield f"  {to_mend:,} rows have something to mend"
