"""Reference data and a small table reader for the tests of importing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import polars as pl
import pytest

from flows.sources.reference import load_document, load_reference
from transforms.attribute_defs import AttributeDefs, read_attribute_defs
from transforms.importing.automatic import map_automatically
from transforms.importing.cells import sample_columns
from transforms.importing.headers import HeaderKnowledge
from transforms.importing.kinds import Junk
from transforms.importing.mapping import ColumnMapping, map_as_given
from transforms.importing.side_files import GivenColumn
from transforms.importing.values import SheetContext, SheetValues, read_values

Table = Sequence[Sequence[str | None]]


@pytest.fixture(scope="session")
def def_rows() -> pl.DataFrame:
    return read_attribute_defs(load_document("attribute_defs.json"))


@pytest.fixture(scope="session")
def defs(def_rows: pl.DataFrame) -> AttributeDefs:
    return AttributeDefs(def_rows)


@pytest.fixture(scope="session")
def knowledge() -> HeaderKnowledge:
    return HeaderKnowledge(*(load_reference(f"header_{name}.csv") for name in ("names", "words", "layouts")))


@pytest.fixture(scope="session")
def junk() -> Junk:
    return Junk.of(load_reference("junk_values.csv")["value"])


@pytest.fixture(scope="session")
def context() -> SheetContext:
    return SheetContext("file", "", "brand", "owner", "US", "import_csv", datetime(2026, 7, 1, tzinfo=UTC), 1)


@pytest.fixture(scope="session")
def frame_rows() -> Callable[[Table], pl.DataFrame]:
    def build(rows: Table) -> pl.DataFrame:
        columns = {"row_number": list(range(1, len(rows) + 1)), "cells": [list(row) for row in rows]}
        return pl.DataFrame(columns, schema={"row_number": pl.Int64, "cells": pl.List(pl.String)})

    return build


@pytest.fixture(scope="session")
def guess_columns(
    knowledge: HeaderKnowledge, defs: AttributeDefs, frame_rows: Callable[[Table], pl.DataFrame]
) -> Callable[..., list[ColumnMapping]]:
    def guess(header: list[str], rows: Table = ()) -> list[ColumnMapping]:
        sample = sample_columns(frame_rows(rows), len(header))
        return map_automatically(header, sample, knowledge, defs, "brand")

    return guess


@pytest.fixture(scope="session")
def read_table(
    guess_columns: Callable[..., list[ColumnMapping]],
    frame_rows: Callable[[Table], pl.DataFrame],
    context: SheetContext,
    defs: AttributeDefs,
    junk: Junk,
) -> Callable[..., SheetValues]:
    """Rows read under a given mapping (header -> GivenColumn), else under the automatic one."""

    def read(
        header: list[str], rows: Table, mappings: dict[str, GivenColumn] | None = None, **options: object
    ) -> SheetValues:
        columns = guess_columns(header, rows) if mappings is None else map_as_given(header, mappings, defs, "brand")
        settings = {**vars(context), **options}
        return read_values(frame_rows(rows), columns, SheetContext(**settings), defs, junk)

    return read
