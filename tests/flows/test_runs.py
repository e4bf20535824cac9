"""A run has a number, a clock, a lock, and an end that is written down."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import runs
from flows.runs import parse_clock, start_run
from schemas.errors import BusyError, NotFoundError, SettingsError
from schemas.tables import OPS_RUNS, OPS_STAGE_COUNTS


def test_runs_are_numbered_and_their_end_is_recorded(tmp_path: Path) -> None:
    with start_run("run", tmp_path, now="2026-07-02T17:54:00Z") as first:
        first.record("ingest", {"files_new": 3}, 0.25)
        assert first.clock == datetime(2026, 7, 2, 17, 54, tzinfo=UTC)
    with pytest.raises(RuntimeError), start_run("leads", tmp_path):
        raise RuntimeError
    with start_run("rebuild", tmp_path) as third, third.store() as store:
        rows = store.read(OPS_RUNS, where="true ORDER BY run_sequence").to_dicts()
        counts = store.read(OPS_STAGE_COUNTS).to_dicts()
    assert [row["run_sequence"] for row in rows] == [1, 2, 3]
    assert [row["status"] for row in rows] == ["done", "failed", "running"]
    assert json.loads(rows[0]["counts"]) == {"ingest": {"files_new": 3}}
    assert counts == [{"run_id": first.run_id, "stage": "ingest", "name": "files_new", "value": 3, "seconds": 0.25}]


def test_a_killed_run_is_seen_as_failed(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from flows.runs import start_run\n"
        "with start_run('run', Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with start_run("run", tmp_path) as run, run.store() as store:
        assert store.read(OPS_RUNS, where="run_sequence = 1")["status"].to_list() == ["failed"]


def test_a_second_writer_waits_then_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_LOCK_WAIT_SECONDS", 0.3)
    with (
        start_run("run", tmp_path),
        pytest.raises(BusyError, match="another run is writing"),
        start_run("run", tmp_path),
    ):
        pass


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with start_run("run", home):
        pass
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "warehouse.duckdb").stat().st_mode & 0o077 == 0


def test_wrong_use_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such inbox folder"), start_run("run", tmp_path, tmp_path / "nowhere"):
        pass
    with pytest.raises(SettingsError, match="'tomorrow' is no time"), start_run("run", tmp_path, now="tomorrow"):
        pass
    assert parse_clock("2026-07-02T12:00:00-05:00") == datetime(2026, 7, 2, 17, tzinfo=UTC)
