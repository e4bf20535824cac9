"""Inbox to raw: whatever is new, verbatim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from flows.raw_writer import Part, RawWriter
from flows.runs import Counts, Run
from flows.sources.inbox import (
    Fingerprint,
    InboxFile,
    identify,
    is_unchanged,
    list_inbox,
    list_name_ids,
    name_contact_file,
    read_side_text,
)
from flows.sources.items import Records, Rows
from flows.sources.messages import Fault, SheetRead
from flows.sources.reader import open_source
from flows.sources.text import read_given_encoding
from flows.stages.reread import forget_files, replace_rows
from flows.stages.withdraw import read_undone, restore_problems
from flows.store import WRITING_GB, Store
from schemas.ddl import polars_schema
from schemas.errors import SourceError
from schemas.tables import (
    RAW_FILES,
    RAW_IMPORTS,
    RAW_PROBLEMS,
    RAW_RECORDS,
    RAW_ROW_LINES,
    RAW_SHEETS,
    Table,
)
from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import Problem, problems_frame

__all__ = ["ingest", "ingest_files"]

_COUNTS = (
    "files_new", "files_known", "files_unreadable", "files_waiting", "files_hidden", "files_elsewhere",
    "rows_read", "records_read", "problems",
)  # fmt: skip
_COUNTED: dict[Table, str] = {RAW_ROW_LINES: "rows_read", RAW_RECORDS: "records_read", RAW_PROBLEMS: "problems"}


class _ChangedError(Exception):
    """The file was written to while it was read."""


@dataclass(frozen=True)
class _Candidate:
    """One content in one folder, under the first of its names, with the first side file of any of them.

    Two names of one content that both have a side file would otherwise take turns, run after run. `name_ids` are what
    it was called while it could not be opened, under any of its names.
    """

    file: InboxFile
    fingerprint: Fingerprint
    side_text: str | None
    name_ids: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Folder:
        return self.file.folder

    @property
    def file_id(self) -> str:
        return self.fingerprint.file_id


def ingest(run: Run, folders: tuple[Folder, ...] = tuple(Folder)) -> Counts:
    """Take everything new in the inbox into raw.

    New is a content that its folder has not had before, whatever the file is called, or a known contact file whose
    side file says something new; what a side file says is for stage_contacts to judge. A side file that has gone
    changes nothing: `{}` takes its settings back. A file that cannot be read is taken as such, with its problem,
    once; one that could not be opened is forgotten as such when it can be. One that is being written to waits for the
    next run. Inputs are never changed.

    Returns:
        `files_new` (0: nothing is to be derived), `files_known`, `files_unreadable` (of the new), `files_waiting`,
        `files_hidden`, `files_elsewhere`, `rows_read`, `records_read`, `problems`.
    """
    listing = list_inbox(run.inbox, tuple(folders))
    skipped = {"files_hidden": listing.hidden, "files_elsewhere": listing.elsewhere}
    return {**_take_new(run, _find_candidates(listing.files), is_asked=False), **skipped}


def ingest_files(run: Run, paths: Sequence[str], side_texts: Sequence[str | None]) -> Counts:
    """Take contact files from anywhere into raw, as `ingest` takes those of the inbox.

    A file that was undone counts again, with the side file it had unless another one is given.

    Args:
        run: the run.
        paths: the files.
        side_texts: text of each one's side file; None for what lies beside it, if anything.

    Returns:
        What `ingest` returns.
    """
    files = [name_contact_file(Path(path)) for path in paths]
    given = dict(zip((file.path for file in files), side_texts, strict=True))
    candidates = [
        candidate if given[candidate.file.path] is None else replace(candidate, side_text=given[candidate.file.path])
        for candidate in _find_candidates(files)
    ]
    return _take_new(run, candidates, is_asked=True)


def _take_new(run: Run, candidates: list[_Candidate], is_asked: bool) -> Counts:
    """Take candidates that are new; those taken back come back only when they are asked for, or settled anew."""
    counts: Counter[str] = Counter(dict.fromkeys(_COUNTS, 0))
    with run.store(WRITING_GB) as store, store.one_thread():
        known = set(store.read(RAW_FILES, ["folder", "file_id"]).rows())
        imports, undone = _imports_in_force(store), set(read_undone(store))
        writer = RawWriter(store)
        for candidate in candidates:
            waiting = counts["files_waiting"]
            is_undone = candidate.folder == Folder.CONTACTS and candidate.file_id in undone
            if (candidate.folder, candidate.file_id) not in known:
                counts.update(_take(writer, run, candidate))
            elif _has_new_side_file(candidate, imports) or (is_asked and is_undone):
                side_text = candidate.side_text if candidate.side_text is not None else imports.get(candidate.file_id)
                settled = replace(candidate, side_text=side_text)
                if not _read_anew(store, run, settled, imports.get(candidate.file_id)):
                    writer.take(iter([_import_part(run, settled)]))
                counts["files_new"] += 1
                if is_undone:
                    restore_problems(store, candidate.file_id)
            else:
                counts["files_known"] += 1
            unopened = {(candidate.folder.value, name_id) for name_id in candidate.name_ids} & known
            if unopened and counts["files_waiting"] == waiting:
                forget_files(store, unopened)
                known -= unopened
                counts["files_new"] = max(counts["files_new"], 1)  # what is derived is other than it was
        writer.flush()
    return dict(counts)


def _find_candidates(files: list[InboxFile]) -> list[_Candidate]:
    found: dict[tuple[Folder, str], _Candidate] = {}
    for listed in files:
        file, fingerprint = identify(listed)
        key, side_text = (file.folder, fingerprint.file_id), read_side_text(file)
        first = found.setdefault(key, _Candidate(file, fingerprint, side_text))
        if first.side_text is None:
            found[key] = first = replace(first, side_text=side_text)
        if fingerprint.state:
            first.name_ids.extend(list_name_ids(file))
    return list(found.values())


def _imports_in_force(store: Store) -> dict[str, str | None]:
    """Contact files -> their latest side file."""
    imports = store.read(RAW_IMPORTS, ["file_id", "side_file", "run_sequence"]).sort("run_sequence")
    return dict(imports.select("file_id", "side_file").rows())


def _has_new_side_file(candidate: _Candidate, imports: dict[str, str | None]) -> bool:
    if candidate.side_text is None or candidate.file_id not in imports:
        return False
    return imports[candidate.file_id] != candidate.side_text


def _take(writer: RawWriter, run: Run, candidate: _Candidate) -> Counts:
    """One new file into raw, as far as it can be read; nothing of it while it is being written to."""
    try:
        written = writer.take(_read_parts(run, candidate))
    except (SourceError, _ChangedError, FileNotFoundError) as error:
        if not isinstance(error, SourceError) or not is_unchanged(candidate.file, candidate.fingerprint):
            return {"files_waiting": 1}
        problem = Problem(candidate.file_id, candidate.folder, ProblemCode(error.code), *_told(error))
        refused = [_file_part(run, candidate, "unreadable", None), (RAW_PROBLEMS, problems_frame([problem]))]
        writer.take(iter(refused))
        return {"files_new": 1, "files_unreadable": 1, "problems": 1}
    return {"files_new": 1, **{name: written.get(table, 0) for table, name in _COUNTED.items()}}


def _read_anew(store: Store, run: Run, candidate: _Candidate, side_text: str | None) -> bool:
    """Whether the side file gives another encoding than it did, and the file's bytes were read again by it."""
    if read_given_encoding(candidate.side_text) == read_given_encoding(side_text):
        return False
    try:
        replace_rows(store, candidate.file_id, _read_parts(run, candidate))
    except (SourceError, _ChangedError, FileNotFoundError):
        return False  # as it is known: `stage_contacts` says what is wrong with the side file
    return True


def _read_parts(run: Run, candidate: _Candidate) -> Iterator[Part]:
    """What raw gets of a file, its row of raw.files first.

    Raises:
        SourceError: it cannot be read as a whole.
    """
    source = open_source(candidate.file, run.settings.limits, candidate.side_text)
    yield _file_part(run, candidate, source.format, source.encoding)
    if candidate.folder == Folder.CONTACTS:
        yield _import_part(run, candidate)
    file_id, folder = pl.lit(candidate.file_id).alias("file_id"), pl.lit(candidate.folder.value).alias("folder")
    faults: list[Fault] = []
    for item in source.items:
        if isinstance(item, Rows):
            frame = item.lines.with_columns(file_id, pl.lit(item.sheet).alias("sheet"))
            yield RAW_ROW_LINES, frame.select(RAW_ROW_LINES.columns)
        elif isinstance(item, Records):
            yield RAW_RECORDS, item.frame.with_columns(file_id, folder).select(RAW_RECORDS.columns)
        elif isinstance(item, SheetRead):
            yield _sheet_part(candidate, item)
        else:
            faults.append(item)
    if faults:
        yield RAW_PROBLEMS, problems_frame(_problem(candidate, fault) for fault in faults)
    if not is_unchanged(candidate.file, candidate.fingerprint):
        raise _ChangedError


def _file_part(run: Run, candidate: _Candidate, content: str, encoding: str | None) -> Part:
    status = "unreadable" if content == "unreadable" else "read"
    file = (candidate.file_id, candidate.folder.value, candidate.file.name, candidate.fingerprint.size)
    row = (*file, content, encoding, status, run.run_sequence, run.clock)
    return RAW_FILES, pl.DataFrame([row], schema=polars_schema(RAW_FILES), orient="row")


def _import_part(run: Run, candidate: _Candidate) -> Part:
    row = (candidate.file_id, candidate.side_text, run.run_sequence, run.clock)
    return RAW_IMPORTS, pl.DataFrame([row], schema=polars_schema(RAW_IMPORTS), orient="row")


def _sheet_part(candidate: _Candidate, sheet: SheetRead) -> Part:
    place = (candidate.file_id, sheet.name, sheet.index)
    hidden = (sheet.is_hidden, sheet.hidden_columns)
    row = (*place, sheet.header, sheet.header_line, sheet.rows_count, *hidden, sheet.lines_above)
    return RAW_SHEETS, pl.DataFrame([row], schema=polars_schema(RAW_SHEETS), orient="row")


def _problem(candidate: _Candidate, fault: Fault) -> Problem:
    return Problem(
        candidate.file_id,
        candidate.folder,
        ProblemCode(fault.code),
        fault.reason,
        fault.todo,
        sheet=fault.sheet,
        row_number=fault.row_number,
        column_name=fault.column_name,
        value=fault.value,
    )


def _told(error: SourceError) -> tuple[str, str]:
    """Reason and remedy of an error."""
    reason = f"{error.what}; expected {error.expected}" if error.expected else error.what
    return reason, error.todo or ""
