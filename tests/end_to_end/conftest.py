"""A home folder, its inbox, and the command."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

CLOCK = "2026-07-02T18:00:00Z"
SAMPLES = Path(__file__).parents[2] / "data" / "samples" / "inbox"
LEADPIPE = str(Path(sys.executable).parent / "leadpipe")

#: What runs `leadpipe` with arguments, and tells its exit code and what it wrote.
Command = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Home:
    """A home folder under test, and what runs `leadpipe` commands."""

    path: Path
    command: Command

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
        """The command on this home, in a process of its own."""
        return self.command(*arguments, "--home", str(self.path))

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


class CommandServer:
    """Commands in forks of a process that has imported what they import: the command, less its two seconds' start."""

    def __init__(self, folder: Path):
        self.streams = folder / "stdout", folder / "stderr"
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("command_server.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        for stream in self.streams:
            stream.write_text("")
        stdout, stderr = map(str, self.streams)
        command = {"arguments": [LEADPIPE, *arguments], "environment": dict(os.environ)}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({**command, "stdout": stdout, "stderr": stderr}) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, *(stream.read_text() for stream in self.streams))


def run_installed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command, started as people start it: other hash seeds, nothing imported."""
    return subprocess.run([LEADPIPE, *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    server = CommandServer(tmp_path_factory.mktemp("command"))
    try:
        yield server.run
    finally:
        server.process.kill()
        server.process.wait()


@pytest.fixture
def bare_home(tmp_path: Path, command: Command) -> Home:
    """A home that no command has seen."""
    (tmp_path / "inbox").mkdir()
    return Home(tmp_path, command)


@pytest.fixture(scope="session")
def make_home(
    command: Command, lay_out: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Home]:
    """New homes whose tables are there, without rows."""

    def make() -> Home:
        path = lay_out(tmp_path_factory.mktemp("home"))
        (path / "inbox").mkdir()
        return Home(path, command)

    return make


@pytest.fixture
def home(make_home: Callable[[], Home]) -> Home:
    return make_home()


@pytest.fixture
def installed_home(tmp_path: Path) -> Home:
    """A home on which the installed command is run."""
    (tmp_path / "inbox").mkdir()
    return Home(tmp_path, run_installed)


@dataclass(frozen=True)
class Whole:
    """A home for which one run of the installed command took all samples, and the seconds that it took."""

    home: Home
    inbox: Path
    seconds: float

    def command(self, home: Home) -> list[str]:
        """The same run for another home."""
        return [LEADPIPE, "run", "--now", CLOCK, "--home", str(home.path)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    home = Home(tmp_path_factory.mktemp("whole"), run_installed)
    shutil.copytree(SAMPLES, home.path / "inbox")
    started = time.monotonic()
    home.run()
    return Whole(home, SAMPLES, time.monotonic() - started)
