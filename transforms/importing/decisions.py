"""How a contact file is to be imported: whose it is, which sheets count, and by which mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.vocabulary import Cause
from transforms.ids import hash_id
from transforms.importing.side_files import SideFile, read_side_file

__all__ = ["Defaults", "ImportDecision", "decide_import", "find_home_brand", "find_skip_reason"]

_CAUSES: Final = {
    "csv": Cause.IMPORT_CSV, "xls": Cause.IMPORT_XLS, "xlsx": Cause.IMPORT_XLSX,
    "xml": Cause.IMPORT_XLS, "html": Cause.IMPORT_XLS,  # what Excel opens as .xls
    "xlsb": Cause.IMPORT_XLSX, "ods": Cause.IMPORT_XLSX,
    "json": Cause.IMPORT_JSON, "jsonl": Cause.IMPORT_JSON,
}  # fmt: skip
#: Countries that write the month first.
_MONTH_FIRST: Final = frozenset({"us", "ph", "pw", "fm", "mh", "gu", "as", "pr"})


@dataclass(frozen=True)
class Defaults:
    """What holds for files that do not say otherwise.

    Attributes:
        owner: owner of the contacts.
        brand: brand of the contacts.
        region: country of phone numbers for brands not in `regions`.
        regions: brand id -> country.
        reference: hash of the header tables, so that a file is read anew when they grow.
    """

    owner: str | None
    brand: str | None
    region: str
    regions: Mapping[str, str]
    reference: str


@dataclass(frozen=True)
class ImportDecision:
    """Everything that decides how one file is read, besides its rows.

    Attributes:
        side: the side file.
        user_id: owner of the contacts (SPEC IM4).
        brand_id: brand of the contacts.
        region: country of phone numbers without prefix.
        created_for: cause.
        source_type: source type of contacts of a table that bring none (SPEC A-IM3).
        day_first: order of day and month that the side file's locale asks for; None lets the values decide.
        habit: whether the day comes first where the values do not decide either, by the brand's region; where it
            does not, it does in a sheet whose headers are not in English.
        fingerprint: changes when any of these does.
    """

    side: SideFile
    user_id: str | None
    brand_id: str | None
    region: str
    created_for: str
    source_type: str
    day_first: bool | None
    habit: bool
    fingerprint: str


def decide_import(side_text: str | None, file_format: str, defaults: Defaults) -> ImportDecision:
    """Settle the import of one file from its side file and the defaults.

    Args:
        side_text: text of the side file, None without one.
        file_format: csv, xls, xlsx, xlsb, ods, xml, html, json or jsonl.
        defaults: what holds otherwise.
    """
    side = read_side_file(side_text)
    user_id, brand_id = side.owner or defaults.owner, side.brand or defaults.brand
    region = defaults.regions.get(brand_id or "", defaults.region)
    is_json = file_format in ("json", "jsonl")
    return ImportDecision(
        side=side,
        user_id=user_id,
        brand_id=brand_id,
        region=region,
        created_for=_CAUSES[file_format],
        source_type="JSON" if is_json else "CSV",
        day_first=_day_first(side.locale),
        habit=region.lower() not in _MONTH_FIRST,
        fingerprint=hash_id(side_text, user_id, brand_id, region, defaults.reference),
    )


def find_home_brand(brands: pl.DataFrame) -> str | None:
    """The one live brand that has no brand above it; None when there are several or none.

    Args:
        brands: core.brands.
    """
    roots = brands.filter(pl.col("parent_id").is_null() & pl.col("deleted_at").is_null())["brand_id"].to_list()
    return roots[0] if len(roots) == 1 else None


def find_skip_reason(sheet: str, is_hidden: bool, side: SideFile) -> str | None:
    """Why a sheet is not imported; None when it is. A side file may name a hidden sheet."""
    if side.is_unusable:
        return "The side file cannot be used."
    if side.sheet is not None:
        return None if sheet == side.sheet else f"The side file selects the sheet {side.sheet!r}."
    return "It is hidden in the workbook." if is_hidden else None


def _day_first(locale: str | None) -> bool | None:
    """Day or month first by a locale such as en-GB; without a country the values decide."""
    parts = (locale or "").replace("_", "-").lower().split(".")[0].split("-")
    return parts[-1] not in _MONTH_FIRST if len(parts) > 1 and len(parts[-1]) == 2 else None
