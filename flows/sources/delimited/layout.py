"""How delimited text is written: what separates cells, what encloses them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """What a line is cut by.

    Attributes:
        delimiter: one character between cells.
        quote: character around cells that hold the delimiter; doubled, it stands for itself.
        is_escaped: a backslash before a quote stands for the quote, too.
        is_spaced: every delimiter has a blank behind it, which belongs to no cell.
    """

    delimiter: str
    quote: str = '"'
    is_escaped: bool = False
    is_spaced: bool = False

    @property
    def is_plain(self) -> bool:
        """As RFC 4180 has it, whatever the delimiter."""
        return self.quote == '"' and not self.is_escaped and not self.is_spaced

    def unescape(self, text: str) -> str:
        """Backslashed quotes doubled instead; as it was, where the layout has none."""
        return text.replace("\\" + self.quote, self.quote * 2) if self.is_escaped else text

    def is_regular(self, record: str) -> bool:
        """Whether quotes stand only around whole cells, and doubled inside them: all readers agree on those.

        Args:
            record: text of one record, unescaped.
        """
        return self._regular_record.fullmatch(record) is not None

    @cached_property
    def _regular_record(self) -> re.Pattern[str]:
        delimiter, quote = re.escape(self.delimiter), re.escape(self.quote)
        blank = " ?+" if self.is_spaced else ""
        cell = f"{blank}(?:{quote}(?:[^{quote}]|{quote}{quote})*+{quote}|[^{quote}{delimiter}\r\n]*+)"
        return re.compile(f"{cell}(?:{delimiter}{cell})*+[\r\n]*+")
