"""A warehouse that is given lines of a request log, and what it then publishes."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows import stages
from flows.runs import Run, start_run
from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTES, MARTS_QUARANTINE, RAW_FILES, RAW_RECORDS, Table
from schemas.vocabulary import Layer

#: What contacts hang on; matching is another matter, and has its own tests.
DERIVE = (
    stages.stage_directory, stages.read_requests, stages.stage_contacts, stages.stage_requests, stages.build_contacts,
)  # fmt: skip
PUBLISH = (stages.cluster, stages.build_marts)


@dataclass
class Log:
    """A warehouse under test."""

    run: Run
    files: int = 0
    is_published: bool = False
    stages: tuple[Callable[[Run], Any], ...] = DERIVE

    def take(self, *lines: dict[str, Any]) -> None:
        """Take one more log, and derive everything."""
        self.put("requests", *lines)
        self.derive()

    def put(self, folder: str, *lines: dict[str, Any], received: float = 1778900000) -> None:
        """Put one more file into raw."""
        self.files += 1
        name = f"{folder}-{self.files}"
        file = {
            "file_id": name, "folder": folder, "file_name": name, "size_bytes": 1, "format": "jsonl",
            "encoding": "utf-8", "status": "read", "run_sequence": self.files,
            "received_at": datetime.fromtimestamp(received, UTC),
        }  # fmt: skip
        rows = [
            {"file_id": name, "folder": folder, "record_number": number, "payload": json.dumps(line)}
            for number, line in enumerate(lines, 1)
        ]
        with self.run.store() as store:
            store.append(RAW_FILES, pl.DataFrame([file], schema=polars_schema(RAW_FILES)))
            store.append(RAW_RECORDS, pl.DataFrame(rows, schema=polars_schema(RAW_RECORDS)))

    def derive(self) -> None:
        """Derive everything from raw."""
        self.is_published = False
        for stage in self.stages:
            stage(self.run)

    def rebuild(self) -> None:
        """Forget what was derived, and derive it again."""
        stages.forget_derived(self.run)
        self.derive()

    def rows(self, table: Table, where: str = "true", *parameters: object) -> list[dict[str, Any]]:
        """Rows of a table."""
        self._publish(table)
        with self.run.store() as store:
            return store.read(table, where=where, parameters=parameters).to_dicts()

    def texts(self, contact_id: str, attribute_type: str = "tag") -> list[str]:
        """Live values of a contact."""
        where = "contact_id = ? AND attribute_type = ? AND deleted_at IS NULL"
        return sorted(row["text"] for row in self.rows(CORE_ATTRIBUTES, where, contact_id, attribute_type))

    def problems(self) -> list[tuple[str, int]]:
        """Code and line of all that is in quarantine."""
        return sorted((row["code"], row["row"]) for row in self.rows(MARTS_QUARANTINE))

    def digest(self, table: Table, without: tuple[str, ...] = ()) -> str:
        """Digest of a table."""
        self._publish(table)
        with self.run.store() as store:
            return store.digest(table, without)

    def _publish(self, table: Table) -> None:
        """Marts are built when they are asked for."""
        if table.layer == Layer.MARTS and not self.is_published:
            for stage in PUBLISH:
                stage(self.run)
            self.is_published = True


@pytest.fixture
def make_warehouse(tmp_path: Path, lay_out: Callable[[Path], Path]) -> Iterator[Callable[[], Log]]:
    """New warehouses, as many as are asked for."""
    with ExitStack() as opened:

        def make() -> Log:
            home = lay_out(Path(tempfile.mkdtemp(dir=tmp_path)))
            (home / "inbox").mkdir()
            return Log(opened.enter_context(start_run("run", home, None, "2026-07-02T12:00:00Z")))

        yield make


@pytest.fixture
def log(make_warehouse: Callable[[], Log]) -> Log:
    return make_warehouse()
