"""Workbook cells as the text a person sees in them, by one rule for every reader."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

__all__ = ["ZeroFormat", "cell_text", "find_zero_format", "is_imprecise"]

#: Excel keeps 15 significant digits; a number beyond has lost some when it was written.
_EXACT_BELOW = 1e15

_ZEROS = re.compile(r"0+(-0+)*")
_SECTION = re.compile(r"(?:\[<=(\d+)\])?(.*)")
_NOISE = re.compile(r"\\|\"|\[\$[^\]]*\]")  # escapes, quotes and locale tags of a number format


def cell_text(value: object) -> str:
    """A cell's value as text: no `.0` on whole numbers, dates in ISO form, TRUE and FALSE, empty as ''."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        is_midnight = value.time() == time(0)
        return value.date().isoformat() if is_midnight else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, time):
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(abs(round(value.total_seconds())), 60)
        sign = "-" if value < timedelta(0) else ""
        return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    return str(value)


def is_imprecise(value: object) -> bool:
    """Whether a number has more digits than a workbook can hold, so that the last ones may be invented."""
    return isinstance(value, int | float) and abs(value) >= _EXACT_BELOW


def _number_text(value: float) -> str:
    if value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


class ZeroFormat:
    """A number format of zeros and dashes, as ZIP codes and social security numbers have: 2134 shows as 02134."""

    def __init__(self, sections: list[tuple[float, str]]):
        self._sections = sections

    def text(self, value: float) -> str:
        """The number as it shows."""
        template = next(template for limit, template in self._sections if value <= limit)
        zeros = template.count("0")
        digits = str(int(value)).zfill(zeros)
        if zeros == len(template):
            return digits
        surplus = len(digits) - zeros
        shown = iter(digits[surplus:])
        return digits[:surplus] + "".join(next(shown) if sign == "0" else sign for sign in template)


def find_zero_format(code: str) -> ZeroFormat | None:
    """A number format's zeros, or None when it shows numbers otherwise.

    Args:
        code: such as `00000`, `000\\-00\\-0000` or Excel's ZIP + 4, `[<=99999]00000;00000\\-0000`.
    """
    sections: list[tuple[float, str]] = []
    for section in _NOISE.sub("", code).split(";"):
        match = _SECTION.fullmatch(section)
        if match is None or not _ZEROS.fullmatch(match.group(2)):
            break
        sections.append((float(match.group(1) or "inf"), match.group(2)))
    if not sections or sections[-1][0] != float("inf") or sections[0][1] == "0":
        return None
    return ZeroFormat(sections)
