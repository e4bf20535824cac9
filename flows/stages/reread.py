"""What raw says of a file and is to say no more: it is in another encoding, or can be opened by now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flows.quarantine import quarantine
from flows.raw_writer import Part
from flows.store import Store
from schemas.tables import OPS_QUARANTINE, RAW_FILES, RAW_PROBLEMS, RAW_ROW_LINES, RAW_SHEETS, RAW_UNDOS
from schemas.vocabulary import Folder

__all__ = ["forget_files", "replace_rows"]

_OF_FILE = "file_id = ?"
_OF_FOLDER_FILE = "folder = ? AND file_id = ?"


def replace_rows(store: Store, file_id: str, parts: Iterator[Part]) -> None:
    """Put the rows of a contact file as they are read now in the place of those that raw has.

    The bytes are the same, so raw says the same of the same file, only rightly; since when it is known stays.

    Args:
        store: the warehouse.
        file_id: the file.
        parts: what raw gets of it, its row of raw.files first.

    Raises:
        SourceError: it cannot be read so; then nothing is replaced.
    """
    place: list[object] = [Folder.CONTACTS.value, file_id]
    with store.transaction():
        before = store.read(RAW_FILES, where=_OF_FOLDER_FILE, parameters=place)
        _forget(store, place)
        for table in (RAW_ROW_LINES, RAW_SHEETS):
            store.delete(table, _OF_FILE, [file_id])
        for table, frame in parts:
            if table is RAW_FILES:
                known = [before[name] for name in ("file_name", "run_sequence", "received_at")]
                store.append(table, frame.with_columns(known))
            elif not frame.is_empty():
                store.append(table, frame)
                if table is RAW_PROBLEMS:
                    quarantine(store, "ingest", frame)


def forget_files(store: Store, files: Iterable[tuple[str, str]]) -> None:
    """Forget files that could not be opened, and their problems: raw knows a name of each and no content.

    Args:
        store: the warehouse.
        files: folder and id of each.
    """
    for folder, file_id in files:
        place: list[object] = [folder, file_id]
        with store.transaction():
            _forget(store, place)
            if folder == Folder.CONTACTS:
                store.delete(RAW_UNDOS, _OF_FILE, [file_id])


def _forget(store: Store, place: list[object]) -> None:
    """A file of a folder, and what was wrong with reading it."""
    for table in (RAW_FILES, RAW_PROBLEMS):
        store.delete(table, _OF_FOLDER_FILE, place)
    store.delete(OPS_QUARANTINE, f"stage = 'ingest' AND {_OF_FOLDER_FILE}", place)
