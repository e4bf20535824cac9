"""raw contact files -> staging.contact_rows, staging.attributes, staging.file_columns; core.attribute_defs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache, partial

import polars as pl

from flows.runs import Counts, Run
from flows.settings import Settings
from flows.sources.reference import load_reference
from flows.stages.attribute_defs import define_attributes
from flows.stages.contact_reader import ContactFile, ContactReader
from flows.stages.import_counts import count_import
from flows.stages.mending import find_linked, find_origins
from flows.stages.requested_imports import read_requested_imports
from flows.stages.staged_attributes import delete_attributes_of_file
from flows.stages.withdraw import read_undone, restore_problems
from flows.store import WRITING_GB, Store
from schemas.tables import (
    CORE_BRANDS,
    OPS_IMPORT_COUNTS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_IMPORTS,
    STAGING_CONTACT_FILES,
    STAGING_CONTACT_ROWS,
    STAGING_FILE_COLUMNS,
    STAGING_MENDED_ROWS,
)
from schemas.vocabulary import Folder
from transforms.attribute_defs import AttributeDefs
from transforms.ids import hash_id
from transforms.importing.decisions import Defaults, decide_import, find_home_brand
from transforms.importing.headers import HeaderKnowledge
from transforms.importing.kinds import Junk

__all__ = ["stage_contacts"]

_STAGE = "stage_contacts"
_TABLES = (
    STAGING_CONTACT_FILES,
    STAGING_FILE_COLUMNS,
    STAGING_CONTACT_ROWS,
    STAGING_MENDED_ROWS,
    OPS_IMPORT_COUNTS,
)
_REFERENCE = ("header_names.csv", "header_words.csv", "header_layouts.csv", "junk_values.csv")


def stage_contacts(run: Run) -> Counts:
    """Read the contact files that are new, or that would be read otherwise than they were.

    A file is read anew when its side file, the default owner or brand, its region or the header tables have changed.
    Counts are of the files read now: files, rows_read, contacts, attributes, and cells_read, which is the sum of
    cells_mapped, cells_unmapped and cells_quarantined.
    """
    names, words, layouts, junk = map(load_reference, _REFERENCE)
    with run.store(WRITING_GB) as store, store.one_thread(), store.transaction():
        def_rows = define_attributes(store)
        custom = def_rows.filter(~pl.col("is_global")).sort("attribute_def").select("attribute_def", "name", "brand_id")
        reference = hash_id(*(frame.write_csv() for frame in (names, words, layouts, junk, custom)))
        defaults = _settle_defaults(run.settings, store.read(CORE_BRANDS), reference)
        knowledge = cache(partial(HeaderKnowledge, names, words, layouts))
        reader = ContactReader(store, def_rows, AttributeDefs(def_rows), knowledge, Junk.of(junk["value"]), defaults)
        totals: Counter[str] = Counter(files=0)
        for file in _prepare(store, defaults):
            outcome = reader.take(file)
            row = {"file_id": file.file_id, "fingerprint": file.decision.fingerprint, **outcome.counts}
            store.append(STAGING_CONTACT_FILES, pl.DataFrame([row]))
            count_import(store, file.file_id, outcome)
            totals.update(outcome.counts, files=1)
        return dict(totals)


def _prepare(store: Store, defaults: Defaults) -> list[ContactFile]:
    """Forget the files that were taken back and those to read now; returns the latter."""
    undone = read_undone(store)
    staged = set(store.read(STAGING_CONTACT_FILES, ["file_id"])["file_id"])
    files = list(_list_files(store, defaults, undone))
    changed = {file.file_id for file in files} | staged.intersection(undone)
    if linked := find_linked(store, changed):
        files = list(_list_files(store, defaults, undone, linked))
    for file_id in [*undone, *(file.file_id for file in files)]:
        _forget(store, file_id)
    unread = "stage = 'ingest' AND folder = ? AND list_contains(?, file_id)"
    store.delete(OPS_QUARANTINE, unread, [Folder.CONTACTS.value, [*undone, *linked]])
    for file_id in linked - set(undone):
        restore_problems(store, file_id)
    return files


def _settle_defaults(settings: Settings, brands: pl.DataFrame, reference: str) -> Defaults:
    regions = dict(brands.filter(pl.col("region").is_not_null()).select("brand_id", "region").rows())
    brand = settings.brand or find_home_brand(brands)
    return Defaults(settings.owner, brand, settings.region, {**regions, **settings.regions}, reference)


def _list_files(
    store: Store, defaults: Defaults, undone: Collection[str], anew: Collection[str] = ()
) -> Iterator[ContactFile]:
    """Files to read now, in the order in which they came.

    Contacts in JSON bring their ids, and the first file with an id has it: what changes one such file may change
    every later one. Those of `anew` are read whatever they were; a mended file has the side file of its origin unless
    it has its own.
    """
    imports = store.read(RAW_IMPORTS, ["file_id", "side_file", "run_sequence"]).sort("run_sequence")
    given = dict(imports.select("file_id", "side_file").rows())
    in_force = {**given, **{key: text for key, text in read_requested_imports(store).items() if given.get(key) is None}}
    staged = dict(store.read(STAGING_CONTACT_FILES, ["file_id", "fingerprint"]).rows())
    files = store.read(RAW_FILES, where="folder = ? AND status = 'read'", parameters=[Folder.CONTACTS.value])
    ids_moved, origins = False, find_origins(store)
    files = files.with_columns(is_mended=pl.col("file_id").is_in(list(origins)))
    for row in files.sort("run_sequence", "is_mended", "file_name", "file_id").iter_rows(named=True):
        file_id, brings_ids = row["file_id"], row["format"] in ("json", "jsonl")
        if file_id in undone:
            ids_moved |= brings_ids and file_id in staged
            continue
        origin = origins.get(file_id)
        side_text = in_force.get(file_id) if in_force.get(file_id) is not None else in_force.get(origin or "")
        decision = decide_import(side_text, row["format"], defaults)
        is_other = staged.get(file_id) != decision.fingerprint or file_id in anew
        if is_other or (ids_moved and brings_ids):
            ids_moved |= brings_ids
            yield ContactFile(file_id, row["run_sequence"], row["received_at"], decision, origin)


def _forget(store: Store, file_id: str) -> None:
    """Delete what an earlier reading of a contact file gave; requests have files of their own."""
    for table in _TABLES:
        store.delete(table, "file_id = ?", [file_id])
    delete_attributes_of_file(store, file_id)
    store.delete(OPS_QUARANTINE, "stage = ? AND file_id = ?", [_STAGE, file_id])
