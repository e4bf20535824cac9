"""A contact file all the way into core.attributes, beside the fastest reader of its cells alone, in one run.

    .venv/bin/python tests/benchmarks/imports.py [rows] [--large]

Measures; asserts nothing. Prints for each task, a process of its own: wall seconds, processor seconds of it and of the
processes it starts, peak memory of either; for the whole path, processor seconds of each stage, too. `--large` also
takes a CSV of ten times the rows, whose memory must not be more.
"""

import csv
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import flows  # isort: skip  # noqa: F401 - before Polars, which takes its allocator's settings when it is imported

import polars as pl
import xlsxwriter  # type: ignore[import-untyped]
from python_calamine import CalamineWorkbook
from whole_run import write_contacts

from flows import stages
from flows.runs import start_run

_STAGES = ("ingest", "stage_directory", "stage_rulebooks", "stage_contacts", "stage_requests", "stage_leads",
           "build_contacts")  # fmt: skip
_TIMES = 10


def write_files(folder: Path, rows: int) -> None:
    """The same table as .csv and, as far as a sheet holds it, .xlsx."""
    write_contacts(folder / "contacts.csv", rows)
    book = xlsxwriter.Workbook(folder / "contacts.xlsx", {"constant_memory": True})
    with (folder / "contacts.csv").open(newline="", encoding="utf-8") as file, book:
        sheet = book.add_worksheet("Contacts")
        for number, row in enumerate(csv.reader(file)):
            sheet.write_row(number, 0, row)


def import_file(path: Path) -> dict[str, float]:
    """File -> core.attributes committed; processor seconds of each stage."""
    inbox = path.parent / f"inbox_{path.name}"
    (inbox / "contacts").mkdir(parents=True)
    (inbox / "contacts" / path.name).hardlink_to(path)
    seconds: dict[str, float] = {}
    with start_run("run", inbox / "home", inbox, "2026-01-01T00:00:00Z") as run:
        for name in _STAGES:
            before = processor_seconds()
            counts = getattr(stages, name)(run)
            seconds[name] = round(processor_seconds() - before, 2)
    return {**seconds, "attributes": counts["attributes"]}  # counted by the last; reading the view takes 1.8 s


TASKS: dict[str, Callable[[Path], object]] = {
    "csv polars text": lambda folder: pl.read_csv(folder / "contacts.csv", infer_schema=False).height,
    "csv ours": lambda folder: import_file(folder / "contacts.csv"),
    "xlsx calamine cells": lambda folder: len(
        CalamineWorkbook.from_path(str(folder / "contacts.xlsx")).get_sheet_by_index(0).to_python()
    ),
    "xlsx ours": lambda folder: import_file(folder / "contacts.xlsx"),
    "large csv polars text": lambda folder: pl.read_csv(folder / "large.csv", infer_schema=False).height,
    "large csv ours": lambda folder: import_file(folder / "large.csv"),
}


def measure(task: str, folder: Path) -> None:
    """Run one task and print what it took as JSON."""
    before, started = processor_seconds(), time.perf_counter()
    result = TASKS[task](folder)
    figures = {
        "wall_s": round(time.perf_counter() - started, 2),
        "cpu_s": round(processor_seconds() - before, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "children_peak_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10,
        "result": result,
    }
    print(json.dumps(figures))


def processor_seconds() -> float:
    """Of this process and of those it has started and waited for."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main(rows: int, is_large: bool) -> None:
    """Every task once, each beside the reader alone."""
    kinds = {"csv": "csv polars text", "xlsx": "xlsx calamine cells"}
    if is_large:
        kinds["large csv"] = "large csv polars text"
    names = {name: version(name) for name in ("polars", "duckdb", "python-calamine")}
    print(json.dumps({"rows": rows, "columns": 30, "python": platform.python_version(), **names}))
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: peak memory is handed down to the processes that this one starts
        subprocess.run([sys.executable, __file__, "--write", folder, str(rows), str(int(is_large))], check=True)
        for kind, alone in kinds.items():
            found = {}
            for task in (alone, f"{kind} ours"):
                command = [sys.executable, __file__, "--task", task, folder]
                out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                found[task] = json.loads(out)
                print(f"{task:22}", found[task])
            ours, reader = found[f"{kind} ours"], found[alone]
            print(f"{kind} ratio: processor {ours['cpu_s'] / reader['cpu_s']:.1f}, ", end="")
            print(f"wall {ours['wall_s'] / reader['wall_s']:.1f}; peak {ours['peak_mb']} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_files(Path(sys.argv[2]), int(sys.argv[3]))
        if sys.argv[4] == "1":
            write_contacts(Path(sys.argv[2]) / "large.csv", _TIMES * int(sys.argv[3]))
    elif sys.argv[1:2] == ["--task"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        plain = [argument for argument in sys.argv[1:] if argument != "--large"]
        main(int(plain[0]) if plain else 200_000, "--large" in sys.argv)
