"""Texts that cells share: how large they are where each cell has its own, as readers and tables have it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from zipfile import ZipFile

from flows.sources.workbooks.package import SheetPart, read_shared_xml, size_shared_xml
from flows.sources.workbooks.refusals import too_large
from flows.sources.workbooks.xlsx_scan import read_whole_rows

__all__ = ["RepeatedTexts", "measure_repeated"]

_LONG_BYTES = 1000
_FEW_BYTES = 128 << 20  # what each cell may have its own copy of
_BATCH_BYTES = 32 << 20
_LEAST_CELL = len('<c t="s"><v>0</v></c>')
_HEAD_BYTES = 1000
_COUNT = re.compile(rb'<(?:\w+:)?sst\b[^>]* count="(\d{1,9})"')
_TEXT_NUMBER = re.compile(rb"v>(\d+)</")


@dataclass(frozen=True)
class RepeatedTexts:
    """Long texts that many cells show.

    Attributes:
        longest: bytes of the longest.
        total: bytes of all of them, each as often as cells show it.
    """

    longest: int = 0
    total: int = 0

    @property
    def are_large(self) -> bool:
        """Whether a reader has to let cells share them."""
        return self.total > _FEW_BYTES

    def rows_at_once(self, width: int) -> int:
        """Rows of so many cells that may be written at once."""
        return max(1, _BATCH_BYTES // (self.longest * width))


def measure_repeated(archive: ZipFile, sheets: Iterable[SheetPart], most_bytes: int) -> RepeatedTexts:
    """Long texts that cells of a workbook share; counted only where they could be large.

    Args:
        archive: the workbook.
        sheets: its sheets.
        most_bytes: most that they may come to.

    Raises:
        SourceError: `too_large`.
    """
    parts = [sheet.part for sheet in sheets]
    most_cells = sum(archive.getinfo(part).file_size for part in parts) // _LEAST_CELL
    if size_shared_xml(archive) * most_cells <= _FEW_BYTES:
        return RepeatedTexts()
    xml = read_shared_xml(archive)
    sizes = list(map(len, xml.split(b"</si>")))
    longest = max(sizes)
    if said := _COUNT.search(xml, 0, _HEAD_BYTES):  # how many cells show any text
        most_cells = min(most_cells, max(0, int(said[1]) - len(sizes)))
    if longest < _LONG_BYTES or longest * most_cells + len(xml) <= _FEW_BYTES:
        return RepeatedTexts(longest)
    long = {str(number).encode(): size for number, size in enumerate(sizes) if size >= _LONG_BYTES}
    shown: Counter[bytes] = Counter()
    for part in parts:
        with archive.open(part) as stream:
            for block in read_whole_rows(stream):
                shown.update(_TEXT_NUMBER.findall(block))
    total = sum(size * shown[number] for number, size in long.items())
    if total > most_bytes:
        raise too_large(f"its cells show {total >> 20} MB of texts, again and again the same")
    return RepeatedTexts(longest, total)
