"""What a parsed payload says, as columns of texts: the ground of routing fields and of attributes."""

from __future__ import annotations

from typing import Any

import msgspec
import polars as pl

from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from transforms.normalize.addresses import parse_addresses

__all__ = ["LISTING_COLUMNS", "list_listing_values", "list_values"]

_TEXTS = pl.List(pl.String())

#: Keys whose values are taken as they stand.
_PLAIN_KEYS = (
    "first_name", "last_name", "name", "source_type", "lead_source", "note", "referer_url", "email", "phone_number",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
)  # fmt: skip
#: Fields of a listing: where they stand in a listing object, and under which keys beside it (SPEC A-C10, LC6).
_LISTING_PATHS: dict[str, tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = {
    "price": ((("price",),), ("price",)),
    "beds": ((("property", "bedroom_count"), ("property", "beds"), ("beds",)), ("beds",)),
    "baths": ((("property", "bathroom_count"), ("property", "baths"), ("baths",)), ("baths",)),
    "property_type": ((("property", "property_type"), ("property_type",)), ("property_type",)),
    "postal_code": ((("property", "address", "postal_code"),), ("postal_code",)),
    "city": ((("property", "address", "city"),), ("city",)),
    "state": ((("property", "address", "state_code"), ("property", "address", "state")), ("state_code", "state")),
    "county": ((("property", "address", "county"),), ("county",)),
    "mls": ((("mls",),), ("mls",)),
    "mls_number": ((("mls_number",),), ("mls_number", "mlsid")),
    "listing_agent_mls_id": ((("list_agent_mls_id",), ("agent_mlsid",)), ("agent_mlsid",)),
}
LISTING_COLUMNS = tuple(_LISTING_PATHS)

#: Parts of an address in a payload -> stdaddr (SPEC LC6, A-EA9); stdaddr's own names stand for themselves.
_ADDRESS_PARTS = {
    "street_number": "house_num", "street_dir_prefix": "predir", "street_prefix": "predir", "street_name": "name",
    "street_suffix": "suftype", "street_dir_suffix": "sufdir", "unit_number": "unit", "postal_code": "postcode",
    "state_code": "state", **{part: part for part in ADDRESS_PARTS},
}  # fmt: skip
#: Address keys that may stand in the payload itself, as in leads that tell city and state only (SPEC LC5).
_BARE_ADDRESS_KEYS = ("city", "state", "state_code", "postal_code", "country")
#: Whole addresses inside an address object, read where no street is given in parts.
_WHOLE_ADDRESSES = ("full_address", "street_address")

_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(_PLAIN_KEYS, pl.String()),
    "tag": _TEXTS,
    **{f"own_{name}": _TEXTS for name in LISTING_COLUMNS},
    **{f"beside_{name}": pl.String() for name in LISTING_COLUMNS},
    "address_line": pl.String(),
    "address_parts": ADDRESS_TYPE,
    "address_original": pl.String(),
    "address_paths": _TEXTS,
}


def list_values(payloads: pl.Series) -> pl.DataFrame:
    """Parsed payloads as columns.

    Args:
        payloads: JSON texts, parsed_payload of staging.leads.

    Returns:
        Frame of the same height: the plain keys; `tag`; per listing field `own_…` (of the lead's listings) and
        `beside_…` (of the payload itself); `address` (stdaddr parts) with its `address_original` and `address_paths`.
    """
    rows = [_read_payload(msgspec.json.decode(payload)) for payload in payloads]
    columns = zip(*rows, strict=True) if rows else ([] for _ in _SCHEMA)
    named = zip(_SCHEMA.items(), columns, strict=True)
    frame = pl.DataFrame([pl.Series(name, list(values), dtype=dtype) for (name, dtype), values in named])
    return frame.with_columns(_merge_addresses(frame).alias("address")).drop("address_line", "address_parts")


def list_listing_values(payloads: pl.Series) -> pl.DataFrame:
    """Listing objects of the directory, read as a lead's own listing: one column per listing field."""
    rows = [_read_listings(msgspec.json.decode(payload)) for payload in payloads]
    columns = zip(*rows, strict=True) if rows else ([] for _ in LISTING_COLUMNS)
    named = zip(LISTING_COLUMNS, columns, strict=True)
    return pl.DataFrame([pl.Series(name, list(values), dtype=_TEXTS) for name, values in named])


def _read_payload(lead: dict[str, Any]) -> tuple[Any, ...]:
    get = lead.get
    beside = (next((_as_text(lead[key]) for key in keys if key in lead), None) for _, keys in _LISTING_PATHS.values())
    return (
        *map(get, _PLAIN_KEYS),
        get("tag"),
        *_read_listings(get("listing")),
        *beside,
        *_read_address(lead),
    )


_NO_LISTING = (None,) * len(LISTING_COLUMNS)


def _read_listings(listing: Any) -> tuple[list[str] | None, ...]:
    """Per listing field the values of all listings."""
    if not listing:
        return _NO_LISTING
    listings = listing if isinstance(listing, list) else [listing]
    return tuple(
        [text for item in listings if (text := _find(item, paths)) is not None] or None
        for paths, _ in _LISTING_PATHS.values()
    )


def _find(listing: Any, paths: tuple[tuple[str, ...], ...]) -> str | None:
    for path in paths:
        value = listing
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and not isinstance(value, dict | list):
            return _as_text(value)
    return None


def _read_address(lead: dict[str, Any]) -> tuple[str | None, dict[str, str] | None, str | None, list[str] | None]:
    """Line to parse, parts given, original and paths of the person's own address; never the listing's."""
    given = lead.get("address")
    if isinstance(given, str):
        return given, None, given, ["address"]
    if isinstance(given, dict):
        given = {key: value for key, value in given.items() if not isinstance(value, dict | list)}
        paths = [f"address.{key}" for key in given]
    else:
        given = {key: lead[key] for key in _BARE_ADDRESS_KEYS if key in lead}
        paths = list(given)
    parts = {_ADDRESS_PARTS[key]: _as_text(value) for key, value in given.items() if key in _ADDRESS_PARTS}
    line = next((str(given[key]) for key in _WHOLE_ADDRESSES if key in given and "name" not in parts), None)
    if not parts and line is None:
        return None, None, None, None
    return line, parts or None, msgspec.json.encode(given).decode(), paths


def _merge_addresses(frame: pl.DataFrame) -> pl.Series:
    """Parts given, filled from the line; null where neither says anything."""
    read = parse_addresses(frame["address_line"]).struct.unnest()
    given = frame["address_parts"].struct.unnest()
    both = pl.concat([given.select(pl.all().name.prefix("given_")), read], how="horizontal")
    parts = both.select(pl.coalesce(f"given_{part}", part).alias(part) for part in ADDRESS_PARTS)
    is_there = pl.any_horizontal(pl.col(part).is_not_null() for part in ADDRESS_PARTS)
    return parts.select(pl.when(is_there).then(pl.struct(ADDRESS_PARTS)).alias("address")).to_series()


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "true" if value is True else "false" if value is False else str(value)
