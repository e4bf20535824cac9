"""A whole filter: which contacts satisfy all its conditions, in which order (SPEC FI1-FI4, LC10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from schemas.errors import NotFoundError, SettingsError, UnsupportedError
from transforms.filters.attributes import match_attribute, read_attribute_filter
from transforms.instants import read_instant
from transforms.normalize.text import fold_ascii, fold_text

__all__ = [
    "FilterTables",
    "filter_contacts",
    "first_letters",
    "read_conditions",
    "read_ids",
    "read_letter",
    "read_moment",
]

#: Documented (004:2223), but no request or file brings such a thing: nobody could tell no task from no match.
_REFUSED = {"crm_task": "leadpipe is given no CRM tasks, so that no contact is associated with any"}
_TIMES = {"created": "created_at", "updated": "updated_at", "last_touch": "last_touch", "next_touch": "next_touch"}
_RANGES = {f"{name}_{side}": (column, side) for name, column in _TIMES.items() for side in ("gte", "lte")}
_ORDERS = ("display_name", "sort_field", "last_touch", "next_touch", "created_at", "updated_at")
_KEYS = (
    "filter", "filters", "q", "alphabet", "users", "ids", "excludes", "created_by", "updated_by", "lists", "flows",
    "lead_channels", *_RANGES, "order", "start", "limit",
)  # fmt: skip


class FilterTables(NamedTuple):
    """The published tables that a filter asks, each with the columns of its mart; and segments without contacts."""

    contacts: pl.DataFrame
    contact_attributes: pl.DataFrame
    attribute_defs: pl.DataFrame
    contact_aliases: pl.DataFrame
    leads: pl.DataFrame
    flow_enrolments: pl.DataFrame
    segment_members: pl.DataFrame
    empty_segments: frozenset[str] = frozenset()


def filter_contacts(spec: Mapping[str, Any], tables: FilterTables, region: str = "US") -> pl.Series:
    """Ids of the contacts that satisfy every condition of a documented filter.

    Ids of merged contacts stand for the contact they went into. Without `order` the ids ascend (FI4); contacts without
    the value ordered by come last, either way. Without `limit` all are given: the document's own example shows eleven
    under a default of ten (004:2959).

    Args:
        spec: body and query parameters of POST /contacts/filter in one (004:2193, 000:810); null is as if absent.
        tables: what is published.
        region: country in which phone numbers without prefix are read.

    Raises:
        UnsupportedError: it has a key that is not supported.
        NotFoundError: it names an attribute that is not there.
        SettingsError: a value is of the wrong kind.
    """
    given = {key: value for key, value in spec.items() if value is not None}
    _check_keys(given)
    kept = tables.contacts
    for ids, is_wanted in _list_criteria(given, tables, region):
        kept = kept.join(ids.unique().to_frame("id"), on="id", how="semi" if is_wanted else "anti")
    for key, (column, side) in _RANGES.items():
        if key in given:
            moment = read_moment(key, given[key])
            kept = kept.filter(pl.col(column) >= moment if side == "gte" else pl.col(column) <= moment)
    ordered = _order(kept, str(given.get("order", "id")))
    return ordered["id"].slice(_read_count("start", given) or 0, _read_count("limit", given))


def _list_criteria(given: Mapping[str, Any], tables: FilterTables, region: str) -> Iterator[tuple[pl.Series, bool]]:
    """Contacts that a condition names, and whether they are wanted or not."""
    for condition in (read_attribute_filter(item, tables.attribute_defs) for item in read_conditions(given)):
        yield match_attribute(condition, tables.contact_attributes, region), not condition.invert
    contacts = tables.contacts
    if "ids" in given:
        yield _find_canonical(read_ids("ids", given), tables), True
    if "excludes" in given:
        yield _find_canonical(read_ids("excludes", given), tables), False
    yield from ((ids, True) for ids in _list_people(given, tables))
    if "lead_channels" in given:
        yield tables.leads.filter(pl.col("lead_channel").is_in(read_ids("lead_channels", given)))["contact_id"], True
    if "flows" in given:
        enrolments = tables.flow_enrolments
        yield enrolments.filter(pl.col("flow_id").is_in(read_ids("flows", given)))["contact_id"], True
    if "alphabet" in given:
        yield contacts.filter(first_letters(contacts["sort_field"]) == read_letter(given["alphabet"]))["id"], True
    for word in str(fold_text(pl.Series([str(given.get("q", ""))]))[0] or "").split():
        yield _search(word, tables), True


def _list_people(given: Mapping[str, Any], tables: FilterTables) -> Iterator[pl.Series]:
    """Contacts by whose they are, who made them, who changed them last, and by the lists they are on."""
    for key, column in (("users", "user_id"), ("created_by", "created_by"), ("updated_by", "updated_by")):
        if key in given:
            yield tables.contacts.filter(pl.col(column).is_in(read_ids(key, given)))["id"]
    if "lists" in given:
        yield _find_listed(read_ids("lists", given), tables)


def _search(word: str, tables: FilterTables) -> pl.Series:
    """Contacts that hold a word in their name or in a searchable attribute, as part of a longer one too."""
    searchable = tables.attribute_defs.filter("is_searchable")["id"]
    own = tables.contact_attributes.filter(pl.col("attribute_def").is_in(searchable.to_list()))
    address = own.select(pl.concat_str(pl.col("address").struct.field("*"), separator=" ", ignore_nulls=True))
    texts = pl.concat(
        [
            tables.contacts.select("id", pl.col("display_name").alias("text")),
            own.select(pl.col("contact_id").alias("id"), "text"),
            own.select(pl.col("contact_id").alias("id"), address.to_series().alias("text")),
        ]
    )
    return texts.filter(fold_text(texts["text"]).str.contains(word, literal=True))["id"]


def _find_canonical(ids: list[str], tables: FilterTables) -> pl.Series:
    return tables.contact_aliases.filter(pl.col("contact_id").is_in(ids))["canonical_id"]


def _find_listed(names: list[str], tables: FilterTables) -> pl.Series:
    """Contacts of lists, which are the saved segments, by name."""
    known = tables.segment_members.filter(pl.col("segment").is_in(names))
    if missing := sorted(set(names) - set(known["segment"]) - tables.empty_segments):
        todo = "name a saved segment that has contacts: see the table segment_members"
        raise NotFoundError(f"there is no list {missing[0]!r}, or nobody is on it", where="filter", todo=todo)
    return known["contact_id"]


def first_letters(texts: pl.Series) -> pl.Series:
    """First letters, accents and case folded (SPEC A-FI1)."""
    return fold_ascii(texts).str.slice(0, 1)


def read_letter(given: object) -> str:
    """The letter that `alphabet` asks for.

    Raises:
        SettingsError: it is none.
    """
    letter = first_letters(pl.Series([given if isinstance(given, str) else ""]))[0]
    if letter is None:
        raise SettingsError("alphabet is no letter", where="filter", expected="such as a")
    return str(letter)


def _order(kept: pl.DataFrame, order: str) -> pl.DataFrame:
    name = order.removeprefix("-")
    if name not in (*_ORDERS, "id"):
        raise SettingsError(f"contacts cannot be ordered by {name!r}", where="filter", expected=f"one of {_ORDERS}")
    key = fold_text(kept[name]) if name in ("display_name", "sort_field") else kept[name]
    is_descending = order.startswith("-")
    return kept.select("id", key.alias("key")).sort("key", "id", descending=[is_descending, False], nulls_last=True)


def _check_keys(given: Mapping[str, Any]) -> None:
    for key in given:
        if key in _REFUSED:
            raise UnsupportedError(f"contacts are not filtered by {key}: {_REFUSED[key]}", where="filter")
        if key not in _KEYS:
            raise UnsupportedError(f"there is no filter {key!r}", where="filter", expected=f"one of {', '.join(_KEYS)}")


def read_conditions(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The attribute filters of a documented filter: the documents call their list both filter and filters.

    Raises:
        SettingsError: it is no list of objects.
    """
    conditions: list[Mapping[str, Any]] = []
    for key in ("filter", "filters"):
        items = given.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise SettingsError(f"{key!r} is no list of conditions", where="filter", expected='[{"attribute_type": …}]')
        conditions += items
    return conditions


def read_ids(key: str, given: Mapping[str, Any]) -> list[str]:
    """A list of ids, or one text with commas between them.

    Raises:
        SettingsError: it is neither.
    """
    value = given[key]
    ids = value.split(",") if isinstance(value, str) else value
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise SettingsError(f"{key!r} is no list of ids", where="filter", expected='["…"]')
    return [item.strip() for item in ids]


def read_moment(key: str, value: object) -> datetime:
    """A bound of a range.

    Raises:
        SettingsError: it is no time.
    """
    moment = read_instant(value)
    if moment is None:
        raise SettingsError(f"{key} is no time", where="filter", expected="seconds since 1970, or ISO 8601")
    return moment


def _read_count(key: str, given: Mapping[str, Any]) -> int | None:
    value = given.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    raise SettingsError(f"{key} is no count", where="filter", expected="0, 1, 2 …")
