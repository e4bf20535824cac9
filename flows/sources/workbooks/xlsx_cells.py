"""Cells of a sheet's XML, a megabyte at once: where its tags stand tells what each cell is and where its value is.

Takes what programs write that export tables: rows of cells that say where they stand, each empty, with a value or with
a text of one piece. Formulas, rich texts, comments, prefixes and places out of order are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from flows.sources.workbooks.xml_tags import Numbers, Tags, find_tags, name_tag, require

__all__ = ["Cells", "find_cells"]

_ROW, _ROW_END, _CELL, _CELL_END = map(name_tag, (b"<row", b"</row", b"<c ", b"</c"))
_VALUE, _VALUE_END, _INLINE, _INLINE_END = map(name_tag, (b"<v>", b"</v", b"<is", b"</is"))
_TEXT_END: Final = name_tag(b"</t")
_REFERENCE: Final = b'<c r="'
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_LONGEST_ATTRIBUTES: Final = 80
_MIXER: Final = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Cells:
    """Cells with a value, in the order of the sheet; arrays of one entry each but for `attributes`.

    Attributes:
        rows, columns: where they stand, from 1.
        kinds: which of `attributes` each has.
        attributes: distinct texts of the attributes behind the reference, from its closing quote on.
        is_inline: whether the value is a text in tags of its own.
        begins, ends: where the value stands in the XML.
    """

    rows: Numbers
    columns: Numbers
    kinds: Numbers
    attributes: list[bytes]
    is_inline: npt.NDArray[np.bool_]
    begins: Numbers
    ends: Numbers


def find_cells(xml: bytes) -> Cells:
    """Cells in the XML of some whole rows.

    Raises:
        IrregularError: anything in it is otherwise than expected.
    """
    tags = find_tags(xml)
    cells = np.flatnonzero(tags.names == _CELL)
    child = tags.names[cells + 1]
    is_inline = child == _INLINE
    is_filled = is_inline | (child == _VALUE)
    values, inlines = cells[is_filled & ~is_inline], cells[is_inline]
    require(tags.are(values + 2, _VALUE_END, _CELL_END))
    require(tags.are(inlines + 3, _TEXT_END, _INLINE_END, _CELL_END))
    others = (child == _CELL_END).sum() + (tags.names == _ROW).sum() + (tags.names == _ROW_END).sum()
    require(len(cells) + 3 * len(values) + 5 * len(inlines) + others == tags.count)
    rows, columns, behind = _read_references(tags, tags.places[cells])
    closes = tags.places[cells + 1] - 1
    require((tags.codes[closes] == ord(">")).all())
    kinds, attributes = _distinguish(tags, behind[is_filled], closes[is_filled])
    begins, ends = tags.places[cells + 1] + len(b"<v>"), tags.places[cells + 2]
    begins[is_inline], ends[is_inline] = tags.trim_texts(
        inlines + 2, tags.begin_texts(inlines + 2), tags.places[inlines + 3]
    )
    return Cells(
        rows[is_filled], columns[is_filled], kinds, attributes, is_inline[is_filled], begins[is_filled], ends[is_filled]
    )


def _read_references(tags: Tags, places: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Row and column that cells stand in, and where their reference ends; each cell stands behind the one before."""
    codes = tags.codes
    require(all((codes[places + at] == code).all() for at, code in enumerate(_REFERENCE)))
    at = places + len(_REFERENCE)
    columns, rows = np.zeros(len(places), np.int64), np.zeros(len(places), np.int64)
    for _ in range(3):
        code = codes[at]
        is_letter = (code >= ord("A")) & (code <= ord("Z"))
        columns = np.where(is_letter, columns * 26 + code - (ord("A") - 1), columns)
        at = at + is_letter
    for _ in range(7):
        code = codes[at]
        is_digit = (code >= ord("0")) & (code <= ord("9"))
        rows = np.where(is_digit, rows * 10 + code - ord("0"), rows)
        at = at + is_digit
    require((codes[at] == ord('"')).all())
    if len(places):
        require(rows.min() > 0 and rows.max() <= _LAST_ROW and columns.min() > 0 and columns.max() <= _LAST_COLUMN)
        require((np.diff(rows * (_LAST_COLUMN + 1) + columns) > 0).all())
    return rows, columns, at


def _distinguish(tags: Tags, begins: Numbers, ends: Numbers) -> tuple[Numbers, list[bytes]]:
    """Which of the distinct attributes each cell has, and these; a hash tells them apart, eight bytes after eight."""
    words = np.ndarray((len(tags.codes) - 8,), "<u8", tags.codes.data, strides=(1,))
    lengths = ends - begins
    longest = int(lengths.max(initial=0))
    require(longest <= _LONGEST_ATTRIBUTES)
    hashes = lengths.astype(np.uint64)
    for place in range(0, longest, 8):
        unused = np.clip(8 - (lengths - place), 0, 8).astype(np.uint64) * np.uint64(8)  # bits
        word = np.where(unused < 64, words[np.minimum(begins + place, len(words) - 1)] << unused, np.uint64(0))
        hashes = (hashes ^ word) * _MIXER
        hashes ^= hashes >> np.uint64(29)
    _, first, kinds = np.unique(hashes, return_index=True, return_inverse=True)
    return kinds.astype(np.int64), [tags.xml[begins[at] : ends[at]] for at in first]
