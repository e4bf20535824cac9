"""How the cells of a workbook show their numbers, by the number of their style."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flows.sources.workbooks.cell_texts import ZeroFormat, find_zero_format
from flows.sources.workbooks.serials import EPOCH_1900, SerialKind, find_serial_kind, to_moment

__all__ = ["NumberFormats"]


@dataclass(frozen=True)
class NumberFormats:
    """Styles that show numbers otherwise than as they are.

    Attributes:
        zeros: number of a cell's style -> its format, for formats of zeros.
        serials: number of a cell's style -> how it shows numbers as dates or times, where it does.
        epoch: day 0 of dates.
    """

    zeros: dict[int, ZeroFormat] = field(default_factory=dict)
    serials: dict[int, SerialKind] = field(default_factory=dict)
    epoch: datetime = EPOCH_1900

    @classmethod
    def of_styles(cls, formats: Iterable[tuple[int, str]], epoch: datetime) -> NumberFormats:
        """From number and code of each style's format, in the order of the styles; some have no code."""
        zeros: dict[int, ZeroFormat] = {}
        serials: dict[int, SerialKind] = {}
        for style, (number, code) in enumerate(formats):
            if found := find_zero_format(code):
                zeros[style] = found
            elif shown := find_serial_kind(number, code):
                serials[style] = shown
        return cls(zeros, serials, epoch)

    def show(self, value: float, style: int) -> Any:
        """A number as its style shows it: a date or time, else itself."""
        if style not in self.serials:
            return value
        shown = to_moment(value, self.serials[style], self.epoch)
        return self.epoch + timedelta(days=value) if self.is_leap_day(value, style) else shown

    def is_leap_day(self, value: float, style: int) -> bool:
        """Whether a number shows as 29 February 1900, a day that never was."""
        return int(value) == 60 and self.serials.get(style) == "moment" and self.epoch == EPOCH_1900
