"""Decisions derived again from what was known at a time, beside what was decided then and what holds now."""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows import stages
from flows.homes import warehouse_of
from flows.runs import Run, parse_clock, start_trial
from flows.settings import load_settings
from flows.stages.ledger_changes import DECIDED, SUPERSEDED, read_news
from flows.stages.routing_inputs import TIMELESS, read_clock
from flows.store import Store, open_published
from schemas.ddl import quoted
from schemas.errors import NotFoundError
from schemas.tables import (
    CORE_LEADS,
    OPS_DECISION_CHANGES,
    OPS_RUNS,
    RAW_FILES,
    RAW_IMPORTS,
    RAW_PROBLEMS,
    RAW_RECORDS,
    RAW_ROW_LINES,
    RAW_SHEETS,
    RAW_UNDOS,
    ROUTING_DECISIONS,
    Table,
)
from transforms.routing.history import explain_changes

__all__ = ["Replayed", "describe_replay", "replay"]

_OF_RUNS = (RAW_FILES, RAW_IMPORTS, RAW_UNDOS)
_OF_FILES = (RAW_SHEETS, RAW_ROW_LINES, RAW_RECORDS, RAW_PROBLEMS)
_DERIVATION = (stages.stage_directory, stages.stage_contacts, stages.stage_requests, stages.stage_rulebooks,
               stages.stage_leads, stages.build_contacts, stages.route)  # fmt: skip
_PART_ROWS = 100_000  # rows of raw copied at a time
_IS_ONE = "lead_id IN (SELECT unnest(CAST(? AS VARCHAR[])))"
_SHOWN = 20  # differences of a kind; the published table routing_history has all of them


@dataclass(frozen=True)
class Replayed:
    """What came of a replay.

    Attributes:
        run_sequence: the last run that counts.
        clock: the time it saw.
        decisions_count: decisions derived again.
        unlike: decisions that differ from what that run had decided: lead_id, decided (then), derived (now).
        changed: decisions that are others by now: lead_id, then, now, cause, detail.
    """

    run_sequence: int
    clock: datetime
    decisions_count: int
    unlike: pl.DataFrame
    changed: pl.DataFrame


def replay(home: Path, as_of: str | None) -> Replayed:
    """Derive the decisions again from the inputs of the runs up to a time, in a warehouse that is thrown away.

    Args:
        home: folder of the warehouse; nothing in it is changed.
        as_of: ISO date or time; a date is its end. None for now.

    Raises:
        NotFoundError: there was no run by then.
    """
    moment = _read_moment(as_of)
    with open_published(warehouse_of(home)) as store:
        sequence, clock = _find_run(store, moment)
        with (
            tempfile.TemporaryDirectory(prefix="leadpipe-replay-") as folder,
            start_trial("run", Path(folder), clock, load_settings(home), sequence) as run,
        ):
            with run.store() as scratch:
                _copy_raw(store, scratch, run)
            for derive in _DERIVATION:
                derive(run)
            with run.store() as scratch:
                unlike = _compare_then(store, scratch, sequence)
                changed = _compare_now(store, scratch, run)
                return Replayed(sequence, clock, scratch.count(ROUTING_DECISIONS), unlike, changed)


def _read_moment(as_of: str | None) -> datetime:
    if as_of is None:
        return datetime.now(UTC)
    moment = parse_clock(as_of, "--as-of")
    is_date = "T" not in as_of and " " not in as_of.strip()
    return moment.replace(hour=23, minute=59, second=59, microsecond=999_999) if is_date else moment


def _find_run(store: Store, moment: datetime) -> tuple[int, datetime]:
    """The last run with a clock up to a moment, and the time that decisions saw then."""
    found = store.query(
        f"""SELECT max(run_sequence) AS last FROM {OPS_RUNS.full_name}
            WHERE clock <= ? AND status = 'done' AND NOT list_contains(?, command)""",
        [moment, TIMELESS],
    )["last"][0]
    if found is None:
        raise NotFoundError(f"no run had seen {moment:%Y-%m-%d %H:%M} UTC or an earlier time",
                            todo="`leadpipe status` lists the runs")  # fmt: skip
    seen = "run_sequence <= ? AND NOT list_contains(?, command)"
    clock: datetime = store.read(OPS_RUNS, ["clock"], seen, [found, TIMELESS]).sort("clock")["clock"][-1]
    return int(found), clock


def describe_replay(found: Replayed) -> Iterator[str]:
    """What came of a replay, in lines."""
    saw = f"{found.clock:%Y-%m-%d %H:%M} UTC"
    yield f"As of run {found.run_sequence}, which saw {saw}: {found.decisions_count:,} decisions"
    if found.unlike.is_empty():
        yield "derived again from the inputs of the time, each equal to what was decided then"
    else:
        yield f"derived again; {found.unlike.height:,} differ from what was decided then:"
    for row in found.unlike.head(_SHOWN).iter_rows(named=True):
        yield f"  {row['lead_id']}"
        yield f"    decided  {row['decided'] or 'nothing'}"
        yield f"    derived  {row['derived'] or 'nothing'}"
    if found.changed.is_empty():
        yield "and equal to the ledger as it is now"
    else:
        causes = found.changed.group_by("cause").len().sort("len", "cause", descending=[True, False])
        said = ", ".join(f"{cause} {count:,}" for cause, count in causes.iter_rows())
        yield f"Since then {found.changed.height:,} have become others: {said}"
    for row in found.changed.head(_SHOWN).iter_rows(named=True):
        why = f"{row['cause']} {row['detail']}" if row["detail"] else row["cause"]
        yield f"  {row['lead_id']}  captured {row['captured_at']:%Y-%m-%d %H:%M} UTC  {why}"
        yield f"    then  {row['then']}"
        yield f"    now   {row['now'] or 'the lead is gone'}"


def _copy_raw(store: Store, scratch: Store, run: Run) -> None:
    """What the runs had taken by then, and the clock of the last of them."""
    until = [run.run_sequence]
    files = f"SELECT file_id FROM {RAW_FILES.full_name} WHERE run_sequence <= ?"
    for table, where in [
        *((table, "run_sequence <= ?") for table in _OF_RUNS),
        *((table, f"file_id IN ({files})") for table in _OF_FILES),
    ]:
        for part in _read_parts(store, table, where, until):
            scratch.append(table, part)
    last = store.read(OPS_RUNS, where="run_sequence = ?", parameters=until)
    scratch.append(OPS_RUNS, last.with_columns(pl.lit(run.clock).dt.cast_time_unit("us").alias("clock")))


def _read_parts(store: Store, table: Table, where: str, parameters: list[int]) -> Iterator[pl.DataFrame]:
    last = store.query(f"SELECT max(rowid) AS last FROM {table.full_name}")["last"][0]
    for start in range(0, -1 if last is None else last + 1, _PART_ROWS):
        yield store.read(table, where=f"{where} AND rowid BETWEEN ? AND ?",
                         parameters=[*parameters, start, start + _PART_ROWS - 1])  # fmt: skip


def _compare_then(store: Store, scratch: Store, sequence: int) -> pl.DataFrame:
    """Decisions that differ from what the run had decided: the ledger, with what later runs replaced put back."""
    names = ["lead_id", *SUPERSEDED]
    replaced = store.read(OPS_DECISION_CHANGES, ["run_sequence", *names], "run_sequence > ?", [sequence])
    replaced = replaced.sort("run_sequence").unique("lead_id", keep="first").drop("run_sequence")
    known = f"lead_id IN (SELECT lead_id FROM {CORE_LEADS.full_name} WHERE run_sequence <= ?)"
    kept = _digests(store, SUPERSEDED, known, [sequence])
    derived = _digests(scratch, SUPERSEDED)
    put_back = replaced["lead_id"].implode()
    unequal = _unequal(
        kept.filter(~pl.col("lead_id").is_in(put_back)), derived.filter(~pl.col("lead_id").is_in(put_back))
    )
    then = pl.concat([replaced, _rows(store, names, unequal)])
    now = _rows(scratch, names, [*unequal, *replaced["lead_id"]])
    both = then.join(now, on="lead_id", how="full", suffix="_derived", coalesce=True)
    differ = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_derived")) for name in SUPERSEDED)
    return both.filter(differ).select("lead_id", decided="reason", derived="reason_derived").sort("lead_id")


def _compare_now(store: Store, scratch: Store, run: Run) -> pl.DataFrame:
    """Decisions that are others by now, each with what changed it."""
    unequal = _unequal(_digests(store, DECIDED), _digests(scratch, DECIDED))
    then, now = (_rows(side, ["lead_id", "captured_at", *DECIDED], unequal) for side in (scratch, store))
    contacts = store.read(CORE_LEADS, ["lead_id", "contact_id"], _IS_ONE, [unequal])
    changes = (
        then.rename({name: f"old_{name}" for name in DECIDED})
        .join(now.drop("captured_at").rename({name: f"new_{name}" for name in DECIDED}), on="lead_id", how="left")
        .join(contacts, on="lead_id", how="left")
        .sort("captured_at", "lead_id")
    )
    last = store.query(f"SELECT max(run_sequence) AS last FROM {OPS_RUNS.full_name}")["last"][0]
    explained = explain_changes(changes, read_news(store, run.run_sequence, int(last), read_clock(store, run)))
    return explained.select("lead_id", "captured_at", "cause", "detail", then="old_reason", now="new_reason")


def _digests(store: Store, names: list[str], where: str = "true", parameters: list[int] | None = None) -> pl.DataFrame:
    """lead_id and a hash of these columns."""
    cells = ", ".join(map(quoted, names))
    return store.query(
        f"SELECT lead_id, hash(({cells})) AS digest FROM {ROUTING_DECISIONS.full_name} WHERE {where}", parameters or []
    )


def _unequal(left: pl.DataFrame, right: pl.DataFrame) -> list[str]:
    """Leads of one side or the other that are not the same on both."""
    both = left.join(right, on="lead_id", how="full", suffix="_r", coalesce=True)
    return both.filter(pl.col("digest").ne_missing(pl.col("digest_r")))["lead_id"].to_list()


def _rows(store: Store, names: list[str], lead_ids: list[str]) -> pl.DataFrame:
    return store.read(ROUTING_DECISIONS, names, _IS_ONE, [lead_ids])
