"""What a parsed payload says, as columns of texts: the ground of routing fields and of attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.dtypes import ADDRESS_PARTS
from transforms.normalize.addresses import parse_addresses

__all__ = ["LISTING_COLUMNS", "list_listing_values", "list_values"]

#: Keys whose values are taken as they stand.
_PLAIN_KEYS = (
    "first_name", "last_name", "name", "source_type", "lead_source", "note", "referer_url", "email", "phone_number",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "company", "job_title",
)  # fmt: skip
#: Fields of a listing (SPEC A-C10, LC6): where they stand in a listing object - itself, its property, or the address
#: of that - and under which keys beside it.
_LISTING, _PROPERTY, _ADDRESS = range(3)
_LISTING_KEYS: dict[str, tuple[tuple[tuple[int, str], ...], tuple[str, ...]]] = {
    "price": (((_LISTING, "price"),), ("price",)),
    "beds": (((_PROPERTY, "bedroom_count"), (_PROPERTY, "beds"), (_LISTING, "beds")), ("beds",)),
    "baths": (((_PROPERTY, "bathroom_count"), (_PROPERTY, "baths"), (_LISTING, "baths")), ("baths",)),
    "property_type": (((_PROPERTY, "property_type"), (_LISTING, "property_type")), ("property_type",)),
    "postal_code": (((_ADDRESS, "postal_code"),), ("postal_code",)),
    "city": (((_ADDRESS, "city"),), ("city",)),
    "state": (((_ADDRESS, "state_code"), (_ADDRESS, "state")), ("state_code", "state")),
    "county": (((_ADDRESS, "county"),), ("county",)),
    "mls": (((_LISTING, "mls"),), ("mls",)),
    "mls_number": (((_LISTING, "mls_number"),), ("mls_number", "mlsid")),
    "listing_agent_mls_id": (((_LISTING, "list_agent_mls_id"), (_LISTING, "agent_mlsid")), ("agent_mlsid",)),
}
LISTING_COLUMNS = tuple(_LISTING_KEYS)
_BESIDE = frozenset(key for _, keys in _LISTING_KEYS.values() for key in keys)
_LISTING_PLACES = [places for places, _ in _LISTING_KEYS.values()]
_NONE = (None,) * len(LISTING_COLUMNS)

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

_LISTED = ("tag", *(f"own_{name}" for name in LISTING_COLUMNS))
_COLUMNS = (*_PLAIN_KEYS, *_LISTED, *(f"beside_{name}" for name in LISTING_COLUMNS))
#: Lists are built as joined texts and split at once: making list columns of Python lists costs ten times as much.
_SEPARATOR = "\x1f"


def list_values(payloads: pl.Series) -> pl.DataFrame:
    """Parsed payloads as columns.

    Args:
        payloads: JSON texts, parsed_payload of staging.leads.

    Returns:
        Frame of the same height: the plain keys; `tag`; per listing field `own_…` (of the lead's listings) and
        `beside_…` (of the payload itself); `address` (stdaddr parts) with its `address_original` and `address_paths`.
    """
    leads = [msgspec.json.decode(payload) for payload in payloads]
    frame = _frame([_read_payload(lead) for lead in leads], _COLUMNS, _LISTED)
    return pl.concat([frame, _list_addresses(leads)], how="horizontal")


def list_listing_values(payloads: pl.Series) -> pl.DataFrame:
    """Listing objects of the directory, read as a lead's own listing: one column per listing field."""
    rows = [_read_listings(msgspec.json.decode(payload)) for payload in payloads]
    return _frame(rows, LISTING_COLUMNS, LISTING_COLUMNS)


def _frame(rows: list[tuple[str | None, ...]], names: Sequence[str], listed: Sequence[str]) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    named = zip(names, columns, strict=True)
    frame = pl.DataFrame([pl.Series(name, list(values), dtype=pl.String) for name, values in named])
    return frame.with_columns(pl.col(name).str.split(_SEPARATOR) for name in listed)


def _read_payload(lead: dict[str, Any]) -> tuple[str | None, ...]:
    """The values of one lead in the order of _COLUMNS."""
    beside = _NONE if _BESIDE.isdisjoint(lead) else tuple(_first(lead, keys) for _, keys in _LISTING_KEYS.values())
    return (*map(lead.get, _PLAIN_KEYS), _join(lead.get("tag")), *_read_listings(lead.get("listing")), *beside)


def _first(lead: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((_as_text(lead[key]) for key in keys if key in lead), None)


def _read_listings(listing: Any) -> tuple[str | None, ...]:
    """Per listing field the values of all listings."""
    if not listing:
        return _NONE
    if isinstance(listing, dict):
        return _read_listing(listing)
    read = [_read_listing(item) for item in listing]
    return tuple(_join([text for text in texts if text is not None]) for texts in zip(*read, strict=True))


def _read_listing(listing: dict[str, Any]) -> tuple[str | None, ...]:
    about = listing.get("property")
    about = about if isinstance(about, dict) else {}
    address = about.get("address")
    levels = (listing, about, address if isinstance(address, dict) else {})
    return tuple([_find(levels, keys) for keys in _LISTING_PLACES])


def _find(levels: tuple[dict[str, Any], ...], keys: tuple[tuple[int, str], ...]) -> str | None:
    for level, key in keys:
        value = levels[level].get(key)
        if value is not None and not isinstance(value, dict | list):
            return _as_text(value).replace(_SEPARATOR, " ")
    return None


def _join(texts: list[str] | None) -> str | None:
    return _SEPARATOR.join([text.replace(_SEPARATOR, " ") for text in texts]) if texts else None


def _list_addresses(leads: list[dict[str, Any]]) -> pl.DataFrame:
    """address, address_original and address_paths of the leads, of which few have any."""
    found = [(place, read) for place, lead in enumerate(leads) if (read := _read_address(lead))]
    part_columns = [[read.parts.get(part) for _, read in found] for part in ADDRESS_PARTS]
    named = zip(ADDRESS_PARTS, part_columns, strict=True)
    given = pl.DataFrame([pl.Series(part, column, dtype=pl.String) for part, column in named])
    lines = pl.Series("line", [read.line for _, read in found], dtype=pl.String)
    places = pl.select(place=pl.int_range(len(leads), dtype=pl.UInt32))
    addresses = pl.DataFrame(
        [
            pl.Series("place", [place for place, _ in found], dtype=pl.UInt32),
            _merge_addresses(given, parse_addresses(lines)),
            pl.Series("address_original", [read.original for _, read in found], dtype=pl.String),
            pl.Series("address_paths", [_join(read.paths) for _, read in found], dtype=pl.String).str.split(_SEPARATOR),
        ]
    )
    return places.join(addresses, on="place", how="left", maintain_order="left").drop("place")


class _Address(NamedTuple):
    """Line to parse, parts given, text as received and paths of an address."""

    line: str | None
    parts: dict[str, str]
    original: str
    paths: list[str]


def _read_address(lead: dict[str, Any]) -> _Address | None:
    """The person's own address; never the listing's."""
    given = lead.get("address")
    if isinstance(given, str):
        return _Address(given, {}, given, ["address"])
    if isinstance(given, dict):
        given = {key: value for key, value in given.items() if not isinstance(value, dict | list)}
        paths = [f"address.{key}" for key in given]
    else:
        given = {key: lead[key] for key in _BARE_ADDRESS_KEYS if key in lead}
        paths = list(given)
    parts = {_ADDRESS_PARTS[key]: _as_text(value) for key, value in given.items() if key in _ADDRESS_PARTS}
    line = next((str(given[key]) for key in _WHOLE_ADDRESSES if key in given and "name" not in parts), None)
    if not parts and line is None:
        return None
    return _Address(line, parts, msgspec.json.encode(given).decode(), paths)


def _merge_addresses(given: pl.DataFrame, read: pl.Series) -> pl.Series:
    """Parts given, filled from the line that was read; null where neither says anything."""
    both = pl.concat([given.select(pl.all().name.prefix("given_")), read.struct.unnest()], how="horizontal")
    parts = both.select(pl.coalesce(f"given_{part}", part).alias(part) for part in ADDRESS_PARTS)
    is_there = pl.any_horizontal(pl.col(part).is_not_null() for part in ADDRESS_PARTS)
    return parts.select(pl.when(is_there).then(pl.struct(ADDRESS_PARTS)).alias("address")).to_series()


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "true" if value is True else "false" if value is False else str(value)
