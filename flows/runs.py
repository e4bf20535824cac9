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
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import polars as pl

from flows.settings import Settings, load_settings
from flows.store import Store, open_store
from schemas.errors import BusyError, NotFoundError, SettingsError
from schemas.tables import OPS_RUNS, OPS_STAGE_COUNTS
from transforms.leads.catalogue import CATALOGUE_VERSION

__all__ = ["Counts", "Run", "parse_clock", "start_run"]

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

    @property
    def published(self) -> Path:
        """Folder of what readers may see."""
        return self.home / "published"

    @property
    def versions(self) -> str:
        """JSON of everything but the inputs that derivations depend on: versions and settings."""
        packages = ("leadpipe", "polars", "duckdb", "rapidfuzz", "phonenumbers")
        versions = {"python": platform.python_version(), **{name: version(name) for name in packages}}
        versions["lead fields"] = str(CATALOGUE_VERSION)
        return json.dumps({**versions, "settings": asdict(self.settings)}, sort_keys=True)

    def store(self, most_gb: float = math.inf) -> AbstractContextManager[Store]:
        """The warehouse, open for as long as the with-block lasts.

        Args:
            most_gb: memory that DuckDB may take where a stage needs less of it than the settings grant.
        """
        return _open(self.home, self.settings, most_gb)

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
    with _writer_lock(home), _recorded(command, home, inbox, clock, settings) as run:
        yield run


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
def _recorded(command: str, home: Path, inbox: Path, clock: datetime, settings: Settings) -> Iterator[Run]:
    started = datetime.now(UTC)
    with _open(home, settings) as store:
        store.update(OPS_RUNS, "status = 'failed'", "status = 'running'")  # a run that was killed never said so
        sequence = store.count(OPS_RUNS) + 1
        run = Run(str(uuid.uuid4()), sequence, command, home, inbox, clock, settings)
        store.append(
            OPS_RUNS,
            pl.DataFrame(
                {
                    "run_id": [run.run_id],
                    "run_sequence": [sequence],
                    "command": [command],
                    "clock": [clock],
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
        with _open(home, settings) as store, store.transaction():
            store.append(OPS_STAGE_COUNTS, _stage_counts(run))
            store.update(
                OPS_RUNS,
                "status = ?, finished_at = ?, counts = ?",
                "run_id = ?",
                [status, datetime.now(UTC), json.dumps(run.counts), run.run_id],
            )


@contextmanager
def _open(home: Path, settings: Settings, most_gb: float = math.inf) -> Iterator[Store]:
    memory_gb = min(settings.limits.memory_gb, most_gb)
    limits = {"memory_limit": f"{memory_gb}GB", "temp_directory": str(home / "warehouse.tmp")}
    with open_store(home / "warehouse.duckdb", limits) as store:
        yield store


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
