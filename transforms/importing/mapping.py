"""Columns to attributes, as a side file says; and the form in which every mapping is kept (SPEC IM2, IM3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from schemas.dtypes import ADDRESS_PARTS
from transforms.attribute_defs import AttributeDef, AttributeDefs
from transforms.importing.side_files import GivenColumn

__all__ = [
    "CONTACT_FIELDS", "DATE_PARTS", "NAME_SUFFIX", "OLD_ADDRESS_NAMES", "TOLD_BY_LABEL", "ColumnMapping", "find_def",
    "leave_hidden", "leave_unmapped", "map_as_given", "missing_columns", "unknown_types",
]  # fmt: skip

#: Old names of address parts (SPEC A-EA9, 004:8771-8778).
OLD_ADDRESS_NAMES: Final = {
    "street_number": "house_num", "street_prefix": "predir", "street_name": "name", "street_suffix": "suftype",
    "unit_number": "unit", "city": "city", "state": "state", "country": "country", "postal_code": "postcode",
}  # fmt: skip

#: Columns that fill a field of the contact itself, not an attribute.
CONTACT_FIELDS: Final = ("contact.ios_address_book_id", "contact.android_address_book_id")

#: A date in three columns.
DATE_PARTS: Final = ("year", "month", "day")

#: What stands behind a last name, in a column of its own.
NAME_SUFFIX: Final = "last_name.suffix"

#: Columns whose kind the label beside each value tells, with an attribute that they may be of. A brand's own definition
#: of that name comes first.
TOLD_BY_LABEL: Final = {"event": "wedding_anniversary", "relation": "first_name"}


@dataclass(frozen=True)
class ColumnMapping:
    """What becomes of one column. `attribute_type` is None for a column left unmapped.

    Besides attributes there are address parts (address.city), a whole address in one cell (address), a whole name
    (full_name), what stands behind a last name (last_name.suffix), parts of a date (birthday.year), labels of other
    columns (email.label), columns whose kind is told by such labels (event, relation) and CONTACT_FIELDS.
    """

    column_index: int
    column_name: str
    attribute_type: str | None
    label: str | None
    index: int | None
    is_partner: bool
    confidence: float
    reason: str

    @property
    def base(self) -> str:
        """Attribute without the part; empty when unmapped."""
        return (self.attribute_type or "").partition(".")[0]

    @property
    def part(self) -> str:
        """Part after the dot, or nothing."""
        return (self.attribute_type or "").partition(".")[2]


def leave_unmapped(column_index: int, column_name: str, reason: str, confidence: float = 0.0) -> ColumnMapping:
    """A column that is kept raw and reported by name."""
    return ColumnMapping(column_index, column_name, None, None, None, False, confidence, reason)


def leave_hidden(mappings: Sequence[ColumnMapping], hidden: Sequence[str]) -> list[ColumnMapping]:
    """The same mappings, but columns that nobody sees in the workbook unmapped.

    Args:
        mappings: one per header column.
        hidden: names of the hidden columns.
    """
    reason = "the column is hidden in the workbook"
    return [
        leave_unmapped(column.column_index, column.column_name, reason) if column.column_name in hidden else column
        for column in mappings
    ]


def find_def(attribute_type: str, defs: AttributeDefs, brand_id: str | None) -> AttributeDef | None:
    """The definition behind a mapped type; None when there is none."""
    base, _, part = attribute_type.partition(".")
    found = defs.find("first_name" if base == "full_name" and not part else base, brand_id)
    if found is None and base in TOLD_BY_LABEL and part in ("", "label"):
        return defs.find(TOLD_BY_LABEL[base], brand_id)
    if found is None or not part:
        return found
    if part == "label" or attribute_type == NAME_SUFFIX or (part in ADDRESS_PARTS and found.data_type == "address"):
        return found
    return found if part in DATE_PARTS and found.data_type == "date" else None


def map_as_given(
    header: Sequence[str], given: Mapping[str, GivenColumn], defs: AttributeDefs, brand_id: str | None
) -> list[ColumnMapping]:
    """Mappings of a side file; columns it does not name stay unmapped.

    Args:
        header: column names of the file.
        given: header -> what the side file says. Spaces around a header and its case do not matter.
        defs: attribute definitions.
        brand_id: brand whose own definitions count too.

    Returns:
        One mapping per column. Old names of address parts come back as address.city and so on (SPEC A-EA9).
    """
    loose = {_loosen(name): column for name, column in given.items()}
    columns = []
    for position, name in enumerate(header):
        column = given.get(name) or loose.get(_loosen(name))
        if column is None:
            columns.append(leave_unmapped(position, name, "the side file does not name this column"))
            continue
        kind = _current_type(column.attribute_type)
        if kind not in CONTACT_FIELDS and find_def(kind, defs, brand_id) is None:
            reason = f"the side file maps it to {column.attribute_type!r}, which no attribute definition has"
            columns.append(leave_unmapped(position, name, reason))
            continue
        columns.append(
            ColumnMapping(
                position, name, kind, column.label, column.index, column.is_partner, 1.0, "given by the side file"
            )
        )
    return columns


def missing_columns(headers: Sequence[Sequence[str]], given: Mapping[str, GivenColumn]) -> list[str]:
    """Headers that a side file names and that none of the file's tables has."""
    known = {_loosen(name) for header in headers for name in header}
    return [name for name in given if _loosen(name) not in known]


def unknown_types(given: Mapping[str, GivenColumn], defs: AttributeDefs, brand_id: str | None) -> list[str]:
    """Headers that a side file maps to an attribute type that there is no definition of."""
    return [
        name
        for name, column in given.items()
        if (kind := _current_type(column.attribute_type)) not in CONTACT_FIELDS and not find_def(kind, defs, brand_id)
    ]


def _current_type(attribute_type: str) -> str:
    part = OLD_ADDRESS_NAMES.get(attribute_type)
    return f"address.{part}" if part else attribute_type


def _loosen(name: str) -> str:
    return " ".join(name.split()).casefold()
