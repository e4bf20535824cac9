"""Contact files into raw, beside the fastest readers alone: seconds, ratios and peak memory, all in one run.

    .venv/bin/python tests/benchmarks/readers.py [rows]

Measures; asserts nothing. Each figure is of a process of its own; ours counts the process that reads the workbook.
"""

import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook

from flows.runs import start_run
from flows.stages import ingest
from schemas.vocabulary import Folder

COLUMNS = 30
_PROCESSES = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def make_rows(count: int) -> list[list[str]]:
    """Invented rows: names, addresses, phones, ZIP codes with zeros, notes with commas and quotes, many blanks."""
    rng = random.Random(7)
    rows = []
    for number in range(count):
        row = [f"First{rng.randrange(5000)}", f"Last{number}", f"p{number}@example.com", f"+1415555{number % 10000:04}"]
        row += [f"{rng.randrange(9999)} Main St", "Springfield", "NJ", f"0{rng.randrange(7000, 9000)}"]
        row += ['said "hi", left' if number % 50 == 0 else "", f"A-{number}"]
        row += [f"value {rng.randrange(1000)}" if column % 3 else "" for column in range(COLUMNS - len(row))]
        rows.append(row)
    return rows


def write_files(folder: Path, count: int) -> None:
    """The same table as .csv and .xlsx."""
    header = [f"column {number}" for number in range(COLUMNS)]
    rows = make_rows(count)
    with (folder / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    with xlsxwriter.Workbook(folder / "contacts.xlsx") as book:
        sheet = book.add_worksheet("Contacts")
        for number, row in enumerate([header, *rows]):
            sheet.write_row(number, 0, row)


def ingest_file(path: Path) -> None:
    """File -> raw committed."""
    inbox = path.parent / f"inbox_{path.suffix[1:]}"
    (inbox / "contacts").mkdir(parents=True)
    path.rename(inbox / "contacts" / path.name)
    try:
        with start_run("run", inbox / "home", inbox, "2026-01-01T00:00:00Z") as run:
            print(ingest(run, (Folder.CONTACTS,)), file=sys.stderr)
    finally:
        (inbox / "contacts" / path.name).rename(path)


TASKS: dict[str, Callable[[Path], object]] = {
    "csv polars text": lambda folder: pl.read_csv(folder / "contacts.csv", infer_schema=False),
    "csv ours": lambda folder: ingest_file(folder / "contacts.csv"),
    "xlsx calamine rows": lambda folder: (
        CalamineWorkbook.from_path(str(folder / "contacts.xlsx")).get_sheet_by_index(0).to_python()
    ),
    "xlsx ours": lambda folder: ingest_file(folder / "contacts.xlsx"),
}


def measure(task: str, folder: Path) -> None:
    """Run one task; prints wall and processor seconds, and peak memory of it and of the processes it starts."""
    imported = _processor_seconds()
    started = time.perf_counter()
    TASKS[task](folder)
    figures = {
        "wall_s": round(time.perf_counter() - started, 2),
        "cpu_s": round(_processor_seconds() - imported, 2),
        "peak_mb": max(resource.getrusage(who).ru_maxrss for who in _PROCESSES) >> 10,
    }
    print(json.dumps(figures))


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in _PROCESSES]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(rows: int) -> None:
    """Every task once, each beside the reader alone."""
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: peak memory is handed down to the processes that this one starts
        subprocess.run([sys.executable, __file__, "--write", folder, str(rows)], check=True)
        found = {}
        for task in TASKS:
            command = [sys.executable, __file__, "--task", task, folder]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found[task] = json.loads(out)
            print(f"{task:20}", found[task])
        for kind, alone in (("csv", "csv polars text"), ("xlsx", "xlsx calamine rows")):
            ours = found[f"{kind} ours"]
            print(f"{kind} ratio: wall {ours['wall_s'] / found[alone]['wall_s']:.2f}, ", end="")
            print(f"processor {ours['cpu_s'] / found[alone]['cpu_s']:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_files(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--task"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
