"""What the command line shows: progress on a terminal, the closing report, tables of a few rows."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.status import Status
from rich.table import Table as RichTable
from rich.text import Text

from flows.homes import database_of
from flows.runs import Counts
from flows.store import open_published
from schemas.tables import MARTS_ASSIGNMENTS, MARTS_CONTACTS, MARTS_DUPLICATE_CLUSTERS, MARTS_DUPLICATE_PAIRS
from transforms.matching.evidence_text import tell_evidence

__all__ = ["print_frame", "print_lines", "print_report", "progress"]

_NARROWEST = 10  # characters of a column that can still be read

_QUERY = (
    "SELECT c.display_name, a.user_name, a.decided_by, a.reason"
    " FROM assignments a JOIN leads l ON l.id = a.lead_id JOIN contacts c ON c.id = l.contact_id LIMIT 10"
)

#: Clusters with the pairs inside them, the strongest first, and why each is one.
_CLUSTERS = f"""
    WITH members AS (FROM {MARTS_DUPLICATE_CLUSTERS.full_name})
    SELECT l.cluster_id, l.status, list(DISTINCT l.display_name || ' ~ ' || r.display_name) AS pairs,
           max(p.probability) AS probability, arg_max(p.decided_by, p.probability) AS decided_by,
           arg_max(p.evidence, p.probability) AS evidence
    FROM members l JOIN members r ON l.cluster_id = r.cluster_id AND l.contact_id < r.contact_id
    JOIN {MARTS_DUPLICATE_PAIRS.full_name} p ON p.contact_id_l = l.contact_id AND p.contact_id_r = r.contact_id
         AND p.decision = CASE l.status WHEN 'merged' THEN 'merge' ELSE 'review' END
    GROUP BY l.cluster_id, l.status ORDER BY row_number() OVER (PARTITION BY l.status ORDER BY l.cluster_id), l.status
    LIMIT ?
"""  # noqa: S608 - names from the registry


@contextmanager
def progress() -> Iterator[None]:
    """Name the stage at work, on a terminal only."""
    if not sys.stderr.isatty():
        yield
        return
    with Status("starting", console=Console(stderr=True)) as status:
        handler = _StatusHandler(status)
        logger = logging.getLogger("flows.pipeline")
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)


class _StatusHandler(logging.Handler):
    def __init__(self, status: Status):
        super().__init__()
        self._status = status

    def emit(self, record: logging.LogRecord) -> None:
        self._status.update(record.getMessage().replace("_", " "))


def print_report(report: dict[str, Counts], home: Path, examples: int) -> None:
    """What happened: counts per stage, example rows, where the published file is, one query to try."""
    console = _console()
    table = RichTable(title="What happened", title_justify="left", show_lines=False)
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    table.add_column("counts")
    for stage, counts in report.items():
        told = {name: n for name, n in counts.items() if n and name != "milliseconds"}
        shown = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in told.items())
        table.add_row(stage.replace("_", " "), f"{counts['milliseconds'] / 1000:.1f}", shown or "nothing")
    console.print(table)
    if "publish" not in report:
        console.print("Nothing new: the published tables are as they were.")
    published = database_of(home)
    if examples:
        _print_examples(published, examples)
    quarantined = report.get("count_quarantined", {}).get("rows", 0)
    if quarantined:
        console.print(f"{quarantined:,} rows or cells are in quarantine: `leadpipe status` says what to do.")
    console.print(f"\nPublished: {published}   Report: {published.with_name('report.html')}", markup=False)
    command = sys.argv[0] if sys.argv[0].endswith("leadpipe") else "leadpipe"
    console.print(f'Try: {command} query "{_QUERY}" --home {home}', markup=False, soft_wrap=True)


def print_frame(frame: pl.DataFrame, title: str = "") -> None:
    """A frame of a few rows as a table; lists joined, nulls left empty.

    Where there are more columns than can be read side by side, each row is a table of its own, one line a column.
    """
    console = _console()
    if frame.width * _NARROWEST <= console.width:
        _print_table(console, frame, title)
        return
    for row in frame.iter_rows():
        given = [(name, _cell(value)) for name, value in zip(frame.columns, row, strict=True) if value is not None]
        _print_table(console, pl.DataFrame(given, schema=["column", "value"], orient="row"), title)


def _print_table(console: Console, frame: pl.DataFrame, title: str) -> None:
    table = RichTable(title=Text(title) if title else None, title_justify="left")
    for name in frame.columns:
        table.add_column(Text(name), overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*(Text(_cell(value)) for value in row))  # as it stands: [brackets] in it are no markup
    console.print(table)


def print_lines(lines: Iterable[str]) -> None:
    """Lines as they are."""
    console = _console()
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_examples(published: Path, examples: int) -> None:
    limit = f"true LIMIT {int(examples)}"
    with open_published(published) as store:
        clusters = store.query(_CLUSTERS, [examples]).with_columns(
            pl.col("evidence").map_elements(tell_evidence, return_dtype=pl.String)
        )
        contacts = store.read(
            MARTS_CONTACTS, ["display_name", "emails", "phone_numbers", "tags", "merged_count"],
            f"emails IS NOT NULL AND phone_numbers IS NOT NULL AND {limit}",
        )  # fmt: skip
        assignments = store.read(MARTS_ASSIGNMENTS, ["lead_id", "user_name", "status", "decided_by", "reason"], limit)
    print_frame(contacts, "contacts")
    print_frame(assignments, "assignments")
    print_frame(clusters, "duplicate_clusters")


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | pl.Series):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1 else f"{value:.12g}"
    return str(value)
