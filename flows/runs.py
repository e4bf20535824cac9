"""A run: who it is, what clock it goes by, and the lock that keeps it the only writer."""

from __future__ import annotations

import fcntl
import json
import math
import os
import platform
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from flows.homes import published_of, warehouse_of
from flows.kept_store import KeptStore
from flows.settings import Settings, load_settings
from flows.store import Store, open_store
from schemas.errors import BusyError, NotFoundError, SettingsError
from schemas.tables import OPS_RUNS, OPS_STAGE_COUNTS
from transforms.leads.catalogue import CATALOGUE_VERSION

__all__ = ["Counts", "Run", "parse_clock", "start_run", "start_trial"]

#: What a stage reports: name of a count -> how many.
Counts = dict[str, int]

_LOCK_WAIT_SECONDS = 60.0  # a scheduled run that meets another waits this long before it says so


@dataclass(frozen=True)
class Run:
    """Everything a stage may know besides the tables.

    Attributes:
        run_id: id of this run.
        run_sequence: 1, 2, 3 … in the order of the runs; decides what was known when.
        command: run, leads, backfill, import, undo, review, unmerge, model or rebuild.
        home: folder of the warehouse, settings and published files.
        inbox: folder of the inputs.
        clock: the only time derivations see (`--now`), UTC.
        settings: settings.toml.
        counts: what each stage reported, filled as they end.
        seconds: how long each stage took.
        kept: the warehouse, if it may stay open from stage to stage.
    """

    run_id: str
    run_sequence: int
    command: str
    home: Path
    inbox: Path
    clock: datetime
    settings: Settings
    counts: dict[str, Counts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    kept: KeptStore | None = None

    @property
    def published(self) -> Path:
        """Folder of what readers may see."""
        return published_of(self.home)

    @property
    def versions(self) -> str:
        """JSON of everything but the inputs that derivations depend on: versions and settings."""
        return json.dumps({**_list_versions(), "settings": asdict(self.settings)}, sort_keys=True)

    def store(self, most_gb: float = math.inf) -> AbstractContextManager[Store]:
        """The warehouse, open for as long as the with-block lasts.

        Args:
            most_gb: memory that DuckDB may take where a stage needs less of it than the settings grant.
        """
        memory_limit = f"{min(self.settings.limits.memory_gb, most_gb)}GB"
        if self.kept:
            return self.kept.open(memory_limit)
        return open_store(warehouse_of(self.home), _store_settings(self.home, memory_limit))

    @property
    def report(self) -> dict[str, Counts]:
        """Stage -> its counts and milliseconds, in the order the stages ended."""
        return {
            stage: {**counts, "milliseconds": round(1000 * self.seconds[stage])}
            for stage, counts in self.counts.items()
        }

    def record(self, stage: str, counts: Counts, seconds: float) -> None:
        """Keep what a stage reported, for ops.stage_counts and the closing summary."""
        self.counts[stage] = counts
        self.seconds[stage] = seconds


@cache
def _list_versions() -> dict[str, str]:
    packages = ("leadpipe", "polars", "duckdb", "rapidfuzz", "phonenumbers")
    versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
    return {**versions, "lead fields": str(CATALOGUE_VERSION)}


@contextmanager
def start_run(command: str, home: Path, inbox: Path | None = None, now: str | None = None) -> Iterator[Run]:
    """Take the writer's lock, open a run, and close it as done or failed.

    Raises:
        BusyError: another run holds the lock for longer than a minute.
        NotFoundError: the inbox is not there.
        SettingsError: settings.toml or the clock is wrong.
    """
    os.umask(0o077)  # personal data: the warehouse and its temporary files are the owner's alone
    inbox_given = inbox is not None
    inbox = inbox if inbox is not None else home / "inbox"
    if inbox_given and not inbox.is_dir():
        raise NotFoundError("no such inbox folder", where=str(inbox), todo="give an existing folder with --inbox")
    settings = load_settings(home)
    clock = parse_clock(now) if now else datetime.now(UTC)
    home.mkdir(parents=True, exist_ok=True)
    with _writer_lock(home), _kept(home, settings) as kept:
        run = Run(str(uuid.uuid4()), 0, command, home, inbox, clock, settings, kept=kept)
        with _recorded(run) as recorded:
            yield recorded


@contextmanager
def start_trial(
    command: str, folder: Path, clock: datetime, settings: Settings, run_sequence: int = 1
) -> Iterator[Run]:
    """Open a run on a warehouse of its own in a folder that is thrown away: it is recorded nowhere."""
    with _kept(folder, settings) as kept:
        yield Run("trial", run_sequence, command, folder, folder, clock, settings, kept=kept)


def parse_clock(text: str, option: str = "--now") -> datetime:
    """An ISO date or time; without zone it is UTC.

    Args:
        text: as given.
        option: of the command line, for the error.

    Raises:
        SettingsError: it is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is no time", where=option, expected="such as 2026-07-02T17:54:00Z") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


@contextmanager
def _kept(home: Path, settings: Settings) -> Iterator[KeptStore]:
    kept = KeptStore(warehouse_of(home), _store_settings(home, f"{settings.limits.memory_gb}GB"))
    try:
        yield kept
    finally:
        kept.close()


def _store_settings(home: Path, memory_limit: str) -> dict[str, str]:
    return {"memory_limit": memory_limit, "temp_directory": str(home / "warehouse.tmp")}


@contextmanager
def _recorded(opened: Run) -> Iterator[Run]:
    """The run with its number, as a row of ops.runs that says how it ended."""
    started = datetime.now(UTC)
    with opened.store() as store:
        store.update(OPS_RUNS, "status = 'failed'", "status = 'running'")  # a run that was killed never said so
        run = replace(opened, run_sequence=store.count(OPS_RUNS) + 1)
        store.append(
            OPS_RUNS,
            pl.DataFrame(
                {
                    "run_id": [run.run_id],
                    "run_sequence": [run.run_sequence],
                    "command": [run.command],
                    "clock": [run.clock],
                    "started_at": [started],
                    "finished_at": pl.Series([None], dtype=pl.Datetime("us", "UTC")),
                    "status": ["running"],
                    "counts": pl.Series([None], dtype=pl.String),
                    "versions": [run.versions],
                }
            ),
        )
    status = "failed"
    try:
        yield run
        status = "done"
    finally:
        with run.store() as store, store.transaction():
            store.append(OPS_STAGE_COUNTS, _stage_counts(run))
            store.update(
                OPS_RUNS,
                "status = ?, finished_at = ?, counts = ?",
                "run_id = ?",
                [status, datetime.now(UTC), json.dumps(run.counts), run.run_id],
            )


@contextmanager
def _writer_lock(home: Path) -> Iterator[None]:
    """An OS lock, so that it goes with the process that held it, however that ends."""
    with (home / ".lock").open("w") as handle:
        deadline = time.monotonic() + _LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BusyError(
                        "another run is writing", where=str(home), todo="wait for it to end, then run again"
                    ) from None
                time.sleep(0.2)
        yield


def _stage_counts(run: Run) -> pl.DataFrame:
    rows = [
        (run.run_id, stage, name, value, run.seconds[stage])
        for stage, counts in run.counts.items()
        for name, value in counts.items()
    ]
    names = ["run_id", "stage", "name", "value", "seconds"]
    types = [pl.String, pl.String, pl.String, pl.Int64, pl.Float64]
    return pl.DataFrame(rows, schema=dict(zip(names, types, strict=True)), orient="row")
