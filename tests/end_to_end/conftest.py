"""A home folder, its inbox, and the real command."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

CLOCK = "2026-07-02T18:00:00Z"


@dataclass(frozen=True)
class Home:
    """A home folder under test."""

    path: Path

    def put(self, name: str, content: str | bytes | dict[str, Any] | list[Any]) -> Path:
        """Write an input: text, bytes, or JSON; a list for *.jsonl is one line each."""
        target = self.path / "inbox" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        elif isinstance(content, str):
            target.write_text(content, encoding="utf-8")
        elif name.endswith(".jsonl"):
            target.write_text("".join(json.dumps(line) + "\n" for line in content), encoding="utf-8")
        else:
            target.write_text(json.dumps(content), encoding="utf-8")
        return target

    def leadpipe(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The real command on this home."""
        command = [str(Path(sys.executable).parent / "leadpipe"), *arguments, "--home", str(self.path)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def run(self, *arguments: str) -> str:
        """`leadpipe run` at a fixed time; it must end well."""
        done = self.leadpipe("run", "--now", CLOCK, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def query(self, sql: str) -> pl.DataFrame:
        """A query over the published file, as an analyst asks it."""
        with duckdb.connect(str(self.path / "published" / "leads.duckdb"), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.sql(sql).pl()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        return self.query(sql).to_dicts()

    def digests(self) -> dict[str, str]:
        """Table -> digest, as `leadpipe status` computes it; the table of runs tells of runs, not of data."""
        with duckdb.connect(str(self.path / "published" / "leads.duckdb"), read_only=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            return {
                name: connection.sql(f"SELECT md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) FROM {name} t")
                .pl()
                .item()
                for name in names
                if name != "runs"
            }


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "inbox").mkdir()
    return Home(tmp_path)
