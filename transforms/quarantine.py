"""Wrong rows and cells, each with its place, code, reason and remedy: never dropped in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import RAW_PROBLEMS
from schemas.vocabulary import Folder, ProblemCode

__all__ = ["PROBLEM_SCHEMA", "Problem", "place_in_logs", "problems_frame"]

#: Columns of a frame of problems: raw.problems, which ops.quarantine repeats with stage and file name.
PROBLEM_SCHEMA = polars_schema(RAW_PROBLEMS)


@dataclass(frozen=True)
class Problem:
    """One thing that could not be used. `row_number` counts data rows from 1; null is the whole file."""

    file_id: str
    folder: str
    code: ProblemCode
    reason: str
    todo: str
    sheet: str | None = None
    row_number: int | None = None
    column_name: str | None = None
    value: str | None = None


def problems_frame(problems: Iterable[Problem]) -> pl.DataFrame:
    """Problems as a frame, in the columns of PROBLEM_SCHEMA."""
    rows = [{name: getattr(problem, name) for name in PROBLEM_SCHEMA} for problem in problems]
    return pl.DataFrame(rows, schema=PROBLEM_SCHEMA)


def place_in_logs(problems: pl.DataFrame, logs: pl.Series) -> pl.DataFrame:
    """Problems of what requests brought are problems of their logs, whoever found them.

    Args:
        problems: columns of PROBLEM_SCHEMA.
        logs: ids of the files that are request logs.
    """
    is_of_log = pl.col("file_id").is_in(logs.implode())
    folder = pl.when(is_of_log).then(pl.lit(Folder.REQUESTS.value)).otherwise("folder")
    return problems.with_columns(folder.alias("folder"))
