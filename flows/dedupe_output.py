"""A deduplicated file written as its name says: CSV or Parquet beside a file of pairs, or one workbook with both."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.dedupe import Deduplicated, Sheet
from flows.text_tables import Page, write_workbook
from schemas.errors import PipelineError

__all__ = ["check_output", "list_written", "write_deduplicated"]

_SUFFIXES = (".csv", ".xlsx", ".parquet")
_PAIRS = "pairs"


def check_output(output: Path) -> None:
    """Refuse a name that says nothing of the format, before any work is done.

    Raises:
        PipelineError: it ends in none of .csv, .xlsx, .parquet.
    """
    if output.suffix.lower() not in _SUFFIXES:
        raise PipelineError("what format is it to have?", where=output.name, expected=f"one of {', '.join(_SUFFIXES)}")


def list_written(output: Path) -> list[Path]:
    """The files that `write_deduplicated` writes: a workbook, or one of rows and one of pairs."""
    if output.suffix.lower() == ".xlsx":
        return [output]
    return [output, output.with_name(f"{output.stem}.{_PAIRS}{output.suffix}")]


def write_deduplicated(found: Deduplicated, output: Path) -> list[Path]:
    """Write rows and pairs; returns the files written. Cells are written verbatim, in a workbook each as a text.

    Raises:
        PipelineError: the file has several sheets and the output can hold only one, or a cell is too long for it.
    """
    if output.suffix.lower() == ".xlsx":
        pairs = Sheet(_PAIRS if all(sheet.name != _PAIRS for sheet in found.sheets) else "leadpipe pairs", found.pairs)
        pages = [
            Page(sheet.name or "rows", sheet.frame.columns, sheet.frame.cast(pl.String).iter_rows())
            for sheet in (*found.sheets, pairs)
        ]
        write_workbook(pages, output)
        return [output]
    if len(found.sheets) > 1:
        raise PipelineError(f"the file has {len(found.sheets)} sheets", where=output.name, todo="name an .xlsx with -o")
    written = list_written(output)
    for path, frame in zip(written, (found.sheets[0].frame, found.pairs), strict=True):
        if output.suffix.lower() == ".csv":
            frame.write_csv(path, include_bom=True, quote_style="always")
        else:
            frame.write_parquet(path)
    return written
