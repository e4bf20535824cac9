"""Workbooks with fixed times inside, so that the same rows give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import xlsxwriter
import xlwt

__all__ = ["Sheets", "make_xls", "make_xlsx"]

#: Sheet name -> rows, each the same columns in the same order.
Sheets = Mapping[str, Sequence[Mapping[str, str | float]]]

_MADE_AT = datetime(2026, 7, 1, tzinfo=UTC).replace(tzinfo=None)  # the library writes it as it stands


def make_xlsx(sheets: Sheets) -> bytes:
    """Bytes of an .xlsx workbook."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"created": _MADE_AT})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows]):
            for column, value in enumerate(row.values()):
                if value != "":
                    sheet.write(number, column, value)
    book.close()
    return buffer.getvalue()


def make_xls(sheets: Sheets) -> bytes:
    """Bytes of an .xls workbook; numbers in a column ZIP show five digits, as Excel's ZIP format does."""
    buffer = io.BytesIO()
    book = xlwt.Workbook()
    zip_code = xlwt.easyxf(num_format_str="00000")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for column, header in enumerate(rows[0]):
            sheet.write(0, column, header)
        for number, row in enumerate(rows, 1):
            for column, (header, value) in enumerate(row.items()):
                if value != "":
                    sheet.write(number, column, value, *((zip_code,) if header == "ZIP" else ()))
    book.save(buffer)
    return buffer.getvalue()
