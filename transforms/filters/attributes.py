"""One attribute filter: which contacts have a value of a definition (SPEC FI1, FI2, A-FI1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.dtypes import ADDRESS_PARTS
from schemas.errors import NotFoundError, SettingsError, UnsupportedError
from transforms.instants import read_instant
from transforms.normalize.emails import normalize_emails
from transforms.normalize.phones import normalize_phones
from transforms.normalize.text import fold_text

__all__ = ["AttributeFilter", "match_attribute", "read_attribute_filter"]

_KEYS = {"attribute_def", "attribute_type", "value", "invert"}


@dataclass(frozen=True)
class AttributeFilter:
    """One condition of a filter: some value of these definitions equals one of these values, or none does."""

    attribute_defs: tuple[str, ...]
    name: str
    data_type: str
    values: tuple[Any, ...]
    invert: bool


def read_attribute_filter(given: Mapping[str, Any], attribute_defs: pl.DataFrame) -> AttributeFilter:
    """Check one {attribute_def | attribute_type, value, invert} (004:2504, 2934).

    Args:
        given: the condition as documented; a list as value means any of them.
        attribute_defs: columns of marts.attribute_defs.

    Raises:
        NotFoundError: no such attribute.
        SettingsError: it names no attribute, or has a value of the wrong kind.
        UnsupportedError: it asks for something that is not documented.
    """
    if odd := sorted(set(given) - _KEYS):
        raise UnsupportedError(f"attribute filters have no {odd[0]!r}", where="filter", expected=f"{sorted(_KEYS)}")
    asked = {"id": given.get("attribute_def"), "name": given.get("attribute_type")}
    if not any(asked.values()):
        raise SettingsError("an attribute filter names no attribute", where="filter", expected="attribute_def or _type")
    found = attribute_defs
    for column, wanted in asked.items():
        found = found if wanted is None else found.filter(pl.col(column) == wanted)
    if found.is_empty():
        named = given.get("attribute_type") or given.get("attribute_def")
        raise NotFoundError(f"there is no attribute {named!r}", where="filter", todo="see the table attribute_defs")
    value = given.get("value")
    values = tuple(value) if isinstance(value, list) else (value,)
    if any(item is None for item in values):
        raise UnsupportedError("an attribute filter without value is not supported", where="filter")
    name, data_type = found.select("name", "data_type").row(0)
    return AttributeFilter(tuple(found["id"]), name, data_type, values, bool(given.get("invert")))


def match_attribute(condition: AttributeFilter, attributes: pl.DataFrame, region: str) -> pl.Series:
    """The contacts that have such a value; `invert` is left to the caller.

    Texts are compared folded, e-mails and phones in their match form as well (A-C8), dates by UTC day, addresses by
    the parts given.

    Args:
        condition: what is asked.
        attributes: columns of marts.contact_attributes.
        region: country in which a phone number without prefix is read.
    """
    own = attributes.filter(pl.col("attribute_def").is_in(condition.attribute_defs))
    compare = {"text": _equal_text, "number": _equal_number, "date": _equal_date, "address": _equal_address}
    return own.filter(compare[condition.data_type](condition, own, region))["contact_id"].unique()


def _equal_text(condition: AttributeFilter, own: pl.DataFrame, region: str) -> pl.Series:
    wanted = pl.Series("value", [_text(value) for value in condition.values], dtype=pl.String)
    is_equal = fold_text(own["text"]).is_in(fold_text(wanted).drop_nulls().to_list()).fill_null(False)
    if condition.name in ("email", "phone_number"):
        is_email = condition.name == "email"
        keys = normalize_emails(wanted) if is_email else normalize_phones(wanted, region)
        match_keys = keys["match_key"].drop_nulls().to_list()
        is_equal = is_equal | own["match_key"].is_in(match_keys).fill_null(False)
    return is_equal


def _equal_number(condition: AttributeFilter, own: pl.DataFrame, region: str) -> pl.Series:
    try:
        wanted = [float(value) for value in condition.values]
    except (TypeError, ValueError):
        raise SettingsError(f"{condition.name} is a number", where="filter", expected="a number as value") from None
    return own["number"].is_in(wanted).fill_null(False)


def _equal_date(condition: AttributeFilter, own: pl.DataFrame, region: str) -> pl.Series:
    moments = [read_instant(value) for value in condition.values]
    if None in moments:
        expected = "seconds since 1970, or an ISO date"
        raise SettingsError(f"{condition.name} is a date", where="filter", expected=expected)
    return own["date"].is_in([moment.date() for moment in moments if moment]).fill_null(False)


def _equal_address(condition: AttributeFilter, own: pl.DataFrame, region: str) -> pl.Series:
    is_equal = pl.Series([False]).new_from_index(0, own.height)
    for value in condition.values:
        if not isinstance(value, Mapping) or not value or set(value) - set(ADDRESS_PARTS):
            raise UnsupportedError("addresses are filtered by their parts", where="filter", expected='{"city": "…"}')
        is_same = pl.Series([True]).new_from_index(0, own.height)
        for part, wanted in value.items():
            folded = fold_text(pl.Series([_text(wanted)], dtype=pl.String))[0]
            is_same = is_same & (fold_text(own["address"].struct.field(part)) == folded).fill_null(False)
        is_equal = is_equal | is_same
    return is_equal


def _text(value: Any) -> str:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return str(value)
    raise SettingsError("a filter's value has the wrong kind", where="filter", expected="a text")
