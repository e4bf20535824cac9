"""Normal forms: one function for a lead's values and for the values that conditions ask (SPEC A-C8, A-C9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl

from transforms.leads.catalogue import CATALOGUE, FieldType, Form
from transforms.normalize.addresses import normalize_postal_codes, normalize_states
from transforms.normalize.distinct import map_distinct
from transforms.normalize.phones import normalize_phones
from transforms.normalize.text import fold_text

__all__ = ["FIELD_TYPES", "FORMS", "MULTI_FIELDS", "normalize_as", "normalize_field", "parse_numbers"]

#: Field -> what its values are compared as (SPEC A-C9).
FIELD_TYPES: dict[str, FieldType] = {field.name: field.type for field in CATALOGUE}
#: Fields that may hold several values (SPEC A-C2 to A-C5).
MULTI_FIELDS: frozenset[str] = frozenset(field.name for field in CATALOGUE if field.is_multi)

#: Field -> how its texts are brought into normal form.
FORMS: dict[str, Form] = {field.name: field.form for field in CATALOGUE}

#: "500,000", "$500k", "USD 1.2 million", "650000+"; the comma parts thousands only.
_NUMBER = (
    r"^(?:usd|us\$|\$)?\s*([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+)\s*"
    r"(k|m|mm|thousand|million|mil)?\s*(?:usd|dollars|\$)?\+?$"
)
_FACTORS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mm": 1e6, "mil": 1e6, "million": 1e6}
#: Clients that count in milliseconds are told by size: as seconds the number would lie beyond the year 5138.
_MILLISECONDS_FROM = 1e11


def normalize_field(field: str, values: pl.Series, region: str) -> pl.Series:
    """Values of one field in normal form.

    Args:
        field: name in the catalogue.
        values: String series, as given; numbers as their digits, truth as "true" and "false".
        region: two-letter country phone numbers are read in.

    Returns:
        Series of the same height and name: String for text fields, Float64 for number fields, Float64 seconds since
        1970 for instants. Null where the value is blank or cannot be cast (missing on a lead, invalid in a condition).

    Raises:
        KeyError: the field is not in the catalogue.
    """
    return normalize_as(FORMS[field], values, region)


def normalize_as(form: Form, values: pl.Series, region: str) -> pl.Series:
    """Values in one normal form; see `normalize_field`."""
    return _NORMALIZERS[form](values, region).rename(values.name)


def parse_numbers(values: pl.Series) -> pl.Series:
    """Numbers as people write prices: "$500k", "500,000", "1.2m", "3+"; ranges and anything else are null."""
    frame = fold_text(values).to_frame("text").with_columns(plain=pl.col("text").cast(pl.Float64, strict=False))
    parts = pl.col("text").str.extract_groups(_NUMBER)
    digits = parts.struct["1"].str.replace_all(",", "").cast(pl.Float64, strict=False)
    factor = parts.struct["2"].replace_strict(_FACTORS, default=1.0, return_dtype=pl.Float64)
    number = pl.coalesce("plain", (digits * factor).round(6))
    return frame.select(pl.when(number.is_finite()).then(number).alias(values.name)).to_series()


def _parse_instants(values: pl.Series) -> pl.Series:
    """Seconds since 1970, as such or in milliseconds, or ISO dates and times; without zone they are UTC."""
    number = values.cast(pl.Float64, strict=False)
    seconds = number.to_frame("n").select(
        pl.when(pl.col("n").abs() >= _MILLISECONDS_FROM).then(pl.col("n") / 1000).otherwise("n")
    )["n"]
    written = map_distinct(values.str.strip_chars(), _read_iso, pl.Float64, where=number.is_null())
    both = pl.DataFrame({"seconds": seconds, "written": written})
    value = pl.coalesce("seconds", "written")
    return both.select(pl.when(value.is_finite()).then(value)).to_series()


def _read_iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


_NORMALIZERS: dict[Form, Callable[[pl.Series, str], pl.Series]] = {
    "number": lambda values, _: parse_numbers(values),
    "instant": lambda values, _: _parse_instants(values),
    "text": lambda values, _: fold_text(values),
    "postal_code": lambda values, _: normalize_postal_codes(values),
    "state": lambda values, _: normalize_states(values),
    "phone": lambda values, region: normalize_phones(values, region)["match_key"],
    "email": lambda values, _: fold_text(values),
}
