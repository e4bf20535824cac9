"""Contact files in raw into staging: incrementally, with every cell accounted for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.runs import Counts, start_run
from flows.sources.messages import join_cells
from flows.stages.stage_contacts import stage_contacts
from flows.store import Store, open_store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTE_DEFS,
    CORE_BRANDS,
    OPS_IMPORT_COUNTS,
    OPS_QUARANTINE,
    RAW_FILES,
    RAW_IMPORTS,
    RAW_PROBLEMS,
    RAW_RECORDS,
    RAW_ROW_LINES,
    RAW_SHEETS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_FILES,
    STAGING_CONTACT_ROWS,
    STAGING_FILE_COLUMNS,
    Table,
)

_AT = datetime(2026, 7, 1, tzinfo=UTC)
_STAGED = (STAGING_CONTACT_FILES, STAGING_FILE_COLUMNS, STAGING_CONTACT_ROWS, STAGING_ATTRIBUTES, OPS_QUARANTINE)


class Warehouse:
    """A home folder whose raw tables a test fills by hand."""

    def __init__(self, home: Path):
        self.home = home
        self.rows: dict[str, tuple[Table, list[dict[str, Any]]]] = {}

    @contextmanager
    def store(self) -> Iterator[Store]:
        with open_store(self.home / "warehouse.duckdb") as store:
            yield store

    def add(self, table: Table, **row: Any) -> None:
        self.rows.setdefault(table.full_name, (table, []))[1].append(row)

    def add_file(self, file_id: str, file_format: str = "csv", side: dict[str, Any] | str | None = None) -> None:
        self.add(
            RAW_FILES, file_id=file_id, folder="contacts", file_name=f"{file_id}.{file_format}", size_bytes=1,
            format=file_format, encoding=None, status="read", run_sequence=1, received_at=_AT,
        )  # fmt: skip
        self.add_side_file(file_id, side, 1)

    def add_side_file(self, file_id: str, side: dict[str, Any] | str | None, run_sequence: int) -> None:
        text = json.dumps(side) if isinstance(side, dict) else side
        self.add(RAW_IMPORTS, file_id=file_id, side_file=text, run_sequence=run_sequence, received_at=_AT)

    def add_sheet(
        self,
        file_id: str,
        header: list[str],
        rows: list[list[str]],
        sheet: str = "",
        is_hidden: bool = False,
        hidden_columns: tuple[str, ...] = (),
    ) -> None:
        self.add(
            RAW_SHEETS, file_id=file_id, sheet=sheet, sheet_index=len(sheet), header=header, header_line=1,
            rows_count=len(rows), is_hidden=is_hidden, hidden_columns=list(hidden_columns),
        )  # fmt: skip
        for number, cells in [row for row in enumerate(rows, start=1) if row[1]]:
            self.add(RAW_ROW_LINES, file_id=file_id, sheet=sheet, row_number=number, line=join_cells(cells))

    def add_object(self, file_id: str, number: int, payload: dict[str, Any]) -> None:
        text = json.dumps(payload)
        self.add(RAW_RECORDS, file_id=file_id, folder="contacts", record_number=number, payload=text)

    def stage(self) -> Counts:
        with start_run("run", self.home) as run:
            with run.store() as store:
                for table, rows in self.rows.values():
                    store.append(table, pl.DataFrame(rows, schema=polars_schema(table)))
            self.rows.clear()
            return stage_contacts(run)

    def read(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        with self.store() as store:
            return sorted(store.read(table, columns or None).rows(), key=repr)

    def digests(self) -> list[str]:
        with self.store() as store:
            return [store.digest(table) for table in _STAGED]

    def forget(self) -> None:
        with self.store() as store:
            for table in _STAGED:
                store.delete(table)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_ea3_all_documented_definitions_are_stored(warehouse: Warehouse) -> None:
    assert warehouse.stage()["files"] == 0
    assert len(warehouse.read(CORE_ATTRIBUTE_DEFS)) == 30


def test_a_file_is_staged_once_and_its_counts_add_up(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    warehouse.add_sheet("a", ["Name", "Email", "Zodiac"], [["Ann Lee", "a@example.com", "Leo"], ["Bo", "nobody", ""]])
    counts = warehouse.stage()
    assert counts == {
        "files": 1, "rows_read": 2, "contacts": 2, "attributes": 6, "cells_read": 5, "cells_mapped": 3,
        "cells_unmapped": 1, "cells_quarantined": 1,
    }  # fmt: skip
    before = warehouse.digests()
    assert warehouse.stage()["files"] == 0
    assert warehouse.digests() == before
    columns = warehouse.read(STAGING_FILE_COLUMNS, "column_name", "status", "cells_count", "quarantined_count")
    assert columns == [("Email", "mapped", 2, 1), ("Name", "mapped", 2, 0), ("Zodiac", "unmapped", 1, 0)]
    assert warehouse.read(OPS_QUARANTINE, "stage", "file", "row_number", "column_name", "code") == [
        ("stage_contacts", "a.csv", 2, "Email", "bad_email")
    ]


def test_a_new_side_file_reads_the_file_anew_as_a_rebuild_does(warehouse: Warehouse) -> None:
    warehouse.add_file("a", side={"mappings": {"Who": {"attribute_type": "last_name"}}})
    warehouse.add_sheet("a", ["Who"], [["Ann Lee"]])
    warehouse.stage()
    warehouse.add_side_file("a", {"mappings": {"Who": {"attribute_type": "full_name"}}, "owner": "agent"}, 2)
    assert warehouse.stage()["contacts"] == 1
    assert warehouse.read(STAGING_ATTRIBUTES, "attribute_type", "text") == [
        ("first_name", "Ann"),
        ("last_name", "Lee"),
        ("source_type", "CSV"),
    ]
    assert warehouse.read(STAGING_CONTACT_ROWS, "user_id", "run_sequence") == [("agent", 1)]
    before = warehouse.digests()
    warehouse.forget()
    warehouse.stage()
    assert warehouse.digests() == before


def test_the_home_brands_region_reads_the_phones(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    warehouse.add_sheet("a", ["Name", "Phone"], [["Ann Lee", "020 7946 0958"]])
    warehouse.stage()
    warehouse.add(CORE_BRANDS, brand_id="uk", region="GB")
    assert warehouse.stage()["files"] == 1
    assert warehouse.read(STAGING_CONTACT_ROWS, "brand_id") == [("uk",)]
    assert ("+442079460958",) in warehouse.read(STAGING_ATTRIBUTES, "match_key")


@pytest.mark.parametrize("text", ["{owner: me}", "[]", "", '{"mappings": []}', '{"owner": 7}'])
def test_a_side_file_that_cannot_be_used_holds_its_file_back_until_it_is_mended(
    warehouse: Warehouse, text: str
) -> None:
    warehouse.add_file("a", side=text)
    warehouse.add_sheet("a", ["Name", "Email"], [["Ann Lee", "a@example.com"], ["Bo", ""]])
    warehouse.add_file("b", "json", side=text)
    warehouse.add_object("b", 1, {"attributes": [{"attribute_type": "email", "text": "c@example.com"}]})
    warehouse.stage()
    assert warehouse.read(STAGING_CONTACT_ROWS) == []
    codes = warehouse.read(OPS_QUARANTINE, "file_id", "row_number", "code")
    assert codes == [("a", None, "bad_side_file"), ("b", None, "bad_side_file")]
    assert all("held back" in reason for (reason,) in warehouse.read(OPS_QUARANTINE, "reason"))
    counts = warehouse.read(OPS_IMPORT_COUNTS, "file_id", "name", "value")
    assert {("a", "rows_read", 2), ("a", "rows_skipped", 2), ("b", "rows_skipped", 1)} <= set(counts)
    assert {("a", "rows_rejected", 0), ("a", "cells_read", 3), ("a", "cells_mapped", 0)} <= set(counts)
    for file_id in "ab":
        warehouse.add_side_file(file_id, {}, 2)
    warehouse.stage()
    assert len(warehouse.read(STAGING_CONTACT_ROWS)) == 3
    assert warehouse.read(OPS_QUARANTINE) == []


@pytest.mark.parametrize(
    ("region", "texts", "first", "told"),
    [
        ("US", ["3/4/1980", "5/6/1981"], date(1980, 3, 4), "the month was taken to come first"),
        ("GB", ["3/4/1980", "5/6/1981"], date(1980, 4, 3), "the day was taken to come first"),
        ("GB", ["3/4/1980", "5/16/1981"], date(1980, 3, 4), None),
        ("US", ["3/4/1980", "16/5/1981"], date(1980, 4, 3), None),
        ("US", ["3.4.1980", "5.6.1981"], date(1980, 4, 3), None),
        ("US", ["3/4/1980", "13/5/1981", "5/13/1981"], date(1980, 3, 4), "the month was taken to come first"),
    ],
)
def test_open_dates_follow_the_region_of_the_brand_and_are_reported(
    warehouse: Warehouse, region: str, texts: list[str], first: date, told: str | None
) -> None:
    (warehouse.home / "settings.toml").write_text(f'[regions]\nb = "{region}"\n')
    warehouse.add_file("a", side={"brand": "b"})
    warehouse.add_sheet("a", ["Name", "Birthday"], [["Ann", text] for text in texts])
    warehouse.stage()
    dates = warehouse.read(STAGING_ATTRIBUTES, "attribute_type", "row_number", "date")
    assert ("birthday", 1, first) in dates
    reported = warehouse.read(OPS_QUARANTINE, "code", "column_name", "row_number", "reason")
    assert [row[:3] for row in reported] == ([("ambiguous_dates", "Birthday", None)] if told else [])
    assert not told or told in reported[0][3]


def test_open_dates_below_headers_of_another_language_have_the_day_first(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    warehouse.add_sheet("a", ["Họ tên", "Ngày sinh", "Ghi chú"], [["Lan", "3/4/1980", "VIP"]])
    warehouse.stage()
    assert ("birthday", date(1980, 4, 3)) in warehouse.read(STAGING_ATTRIBUTES, "attribute_type", "date")
    (told,) = warehouse.read(OPS_QUARANTINE, "reason")
    assert "the day was taken to come first" in told[0]


def test_a_birthday_without_a_year_keeps_its_day_and_no_date_is_no_fault(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    cells = [["Ann", "May 6"], ["Bo", "3/14"], ["Cy", "--07-08"], ["Di", "1604-02-29"], ["Ed", "0/0/00"]]
    warehouse.add_sheet("a", ["Name", "Birthday"], cells)
    warehouse.stage()
    found = warehouse.read(STAGING_ATTRIBUTES, "attribute_type", "row_number", "text", "date", "match_key")
    days = ["--05-06", "--03-14", "--07-08", "--02-29"]
    assert [row[1:] for row in found if row[0] == "birthday"] == [
        (number, day, None, day) for number, day in enumerate(days, start=1)
    ]
    assert warehouse.read(OPS_QUARANTINE, "code", "value") == [("placeholder", "0/0/00")]


def test_a_im1_what_a_side_file_names_in_vain_is_reported(warehouse: Warehouse) -> None:
    mappings = {"Name": {"attribute_type": "full_name"}, "Mail": {"attribute_type": "email"},
                "Shoe": {"attribute_type": "shoe_size"}}  # fmt: skip
    warehouse.add_file("a", side={"mappings": mappings})
    warehouse.add_sheet("a", ["Name", "Shoe"], [["Ann", "9"]])
    assert warehouse.stage()["cells_unmapped"] == 1
    assert warehouse.read(OPS_QUARANTINE, "column_name", "code", "value") == [
        ("Mail", "unknown_mapping_column", None),
        ("Shoe", "unknown_attribute", "shoe_size"),
    ]


def test_hidden_sheets_are_skipped_and_reported(warehouse: Warehouse) -> None:
    warehouse.add_file("a", "xlsx")
    warehouse.add_sheet("a", ["Name"], [["Ann"]], "A")
    warehouse.add_sheet("a", ["Name"], [["Bo"], ["Cy"]], "Hidden", is_hidden=True)
    counts = warehouse.stage()
    assert (counts["rows_read"], counts["contacts"], counts["cells_unmapped"]) == (3, 1, 2)
    [(sheet, code, reason)] = warehouse.read(OPS_QUARANTINE, "sheet", "code", "reason")
    assert (sheet, code) == ("Hidden", "skipped_sheet")
    assert "2 rows" in reason
    assert warehouse.read(STAGING_CONTACT_ROWS, "created_for") == [("import_xlsx",)]


def test_hidden_columns_stay_unmapped_unless_a_side_file_names_them(warehouse: Warehouse) -> None:
    warehouse.add_file("a", "xlsx")
    warehouse.add_sheet("a", ["First Name", "Email"], [["Ann", "a@b.co"]], hidden_columns=("Email",))
    counts = warehouse.stage()
    assert (counts["cells_mapped"], counts["cells_unmapped"]) == (1, 1)
    reasons = dict(warehouse.read(STAGING_FILE_COLUMNS, "column_name", "reason"))
    assert "hidden" in reasons["Email"]
    warehouse.add_side_file("a", {"mappings": {"Email": {"attribute_type": "email"}}}, run_sequence=2)
    assert warehouse.stage()["cells_mapped"] == 1


def test_a_sheet_that_is_not_there_is_named(warehouse: Warehouse) -> None:
    warehouse.add_file("a", "xlsx", {"sheet": "People"})
    warehouse.add_sheet("a", ["Name"], [["Ann"]], "A")
    assert warehouse.stage()["contacts"] == 0
    assert [code for (code,) in warehouse.read(OPS_QUARANTINE, "code")] == ["skipped_sheet", "unknown_sheet"]


def test_a_cell_that_its_reader_refused_is_counted(warehouse: Warehouse) -> None:
    warehouse.add_file("a", "xlsx")
    warehouse.add_sheet("a", ["Name", "Zip"], [["Ann", ""]], "A")
    place = {"folder": "contacts", "file_id": "a", "sheet": "A", "row_number": 1, "column_name": "Zip"}
    warehouse.add(RAW_PROBLEMS, **place, value="#N/A", code="cell_error", reason="an error", todo="mend the formula")
    counts = warehouse.stage()
    assert (counts["cells_read"], counts["cells_mapped"], counts["cells_quarantined"]) == (2, 1, 1)
    assert ("cells_quarantined", "cell_error", 1) in warehouse.read(OPS_IMPORT_COUNTS, "name", "detail", "value")


def test_json_contacts_and_repeated_ids(warehouse: Warehouse) -> None:
    for file_id in ("a", "b"):
        warehouse.add_file(file_id, "json")
        first_name = {"attribute_type": "first_name", "text": file_id}
        warehouse.add_object(file_id, 1, {"id": "ann", "attributes": [first_name], "parked": True})
        warehouse.add_object(file_id, 2, {"id": "ann", "attributes": [first_name]})
    counts = warehouse.stage()
    assert (counts["rows_read"], counts["contacts"]) == (4, 2)
    assert counts["cells_read"] == counts["cells_mapped"] + counts["cells_unmapped"] + counts["cells_quarantined"]
    ids = dict(warehouse.read(STAGING_CONTACT_ROWS, "file_id", "contact_id"))
    assert warehouse.read(STAGING_CONTACT_ROWS, "file_id", "given_id") == [("a", None), ("b", "ann")]
    assert (ids["a"], ids["b"] != "ann") == ("ann", True)
    assert warehouse.read(OPS_QUARANTINE, "file", "row_number", "code") == [
        ("a.json", 2, "duplicate_id"), ("b.json", 2, "duplicate_id"),
    ]  # fmt: skip
    assert warehouse.read(STAGING_FILE_COLUMNS, "column_name", "status") == [("parked", "unmapped")] * 2


def test_a_second_table_in_a_sheet_is_nobody(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    header = ["First Name", "Last Name", "Email"]
    other = [["Company", "Phone", "Contact"], ["Acme", "4045550101", "Dee Ek"], [], ["Bo", "Li", ""]]
    warehouse.add_sheet("a", header, [["Ann", "Lee", "a@example.com"], [], *other, [], header, ["Cy", "Fox"]])
    warehouse.stage()
    assert warehouse.read(STAGING_CONTACT_ROWS, "row_number") == [(1,), (9,)]
    refused = warehouse.read(OPS_QUARANTINE, "row_number", "code")
    assert refused == [(3, "no_contact_row"), (4, "no_contact_row"), (6, "no_contact_row"), (8, "no_contact_row")]


def test_one_date_column_has_one_order_of_day_and_month(warehouse: Warehouse) -> None:
    warehouse.add_file("a")
    warehouse.add_sheet("a", ["Name", "Birthday"], [["Ann", "3/4/1985"], ["Bo", "13/4/1985"]])
    warehouse.stage()
    dates = [str(day) for (day,) in warehouse.read(STAGING_ATTRIBUTES, "date") if day]
    assert sorted(dates) == ["1985-04-03", "1985-04-13"]
