"""Conditions read for use: the value in the field's type and normal form, or why the rule has to be off."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
import polars as pl

from schemas.vocabulary import Operator
from transforms.leads.catalogue import Form, type_of
from transforms.leads.normal_form import FORMS, normalize_as

__all__ = ["Term", "channel_regions", "is_numeric", "read_terms"]

_LIST_OPERATORS = (Operator.ANY, Operator.ALL)
_ORDER_OPERATORS = (Operator.GTE, Operator.LTE)


@dataclasses.dataclass(slots=True)
class Term:
    """One condition, ready to be asked.

    Attributes:
        rule: rule id and rulebook version.
        field: field asked.
        operator: what is asked of it.
        negated: flips the outcome.
        order: place in the rule, for explanation only (SPEC CO3).
        text: the value as given, JSON.
        values: its distinct values in normal form; texts or numbers as the field's type says.
        asks_missing: `eq null`, which asks whether the field is missing (SPEC A-C6).
        problem: why it cannot be asked; None when it can.
        form: how the field's texts are brought into normal form.
    """

    rule: tuple[str, str]
    field: str
    operator: str
    negated: bool
    order: int
    text: str
    values: list[str] | list[float] = dataclasses.field(default_factory=list)
    asks_missing: bool = False
    problem: str | None = None
    form: Form = "text"

    @property
    def is_numeric(self) -> bool:
        """Whether the field's values are numbers; times are, as seconds since 1970."""
        return type_of(self.form) != "text"


def is_numeric(field: str) -> bool:
    """Whether a catalogue field's values are numbers; of an `attr.` field its terms know."""
    return type_of(FORMS.get(field, "text")) != "text"


def channel_regions(channels: pl.DataFrame, brand_regions: Mapping[str, str], default_region: str) -> dict[str, str]:
    """Channel id -> two-letter country its brand's phone numbers are read in.

    Args:
        channels: channel_id and brand_id, in the order of the versions: the last one counts.
        brand_regions: brand id -> country.
        default_region: country of every other brand.
    """
    pairs = channels.select("channel_id", "brand_id").iter_rows()
    return {channel_id: brand_regions.get(brand_id, default_region) for channel_id, brand_id in pairs}


def read_terms(
    conditions: pl.DataFrame,
    rules: pl.DataFrame,
    regions: Mapping[str, str],
    attributes: Mapping[str, Form] | None = None,
) -> list[Term]:
    """Read conditions for use (SPEC A-C2 to A-C9): types and normal forms as on the leads' side.

    Args:
        conditions: rows of routing.conditions.
        rules: rule_id, rulebook_version and channel_id of their rules.
        regions: channel id -> country phone numbers are read in; "US" for others.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields` (SPEC A-C10).

    Returns:
        One term per condition, in order.
    """
    forms = {**(attributes or {}), **FORMS}
    keys = rules.select("rule_id", "rulebook_version", "channel_id").rows()
    channel_of = {(rule_id, version): channel for rule_id, version, channel in keys}
    terms: list[Term] = []
    wanted: dict[tuple[str, str], list[tuple[Term, list[str]]]] = defaultdict(list)
    names = ("rule_id", "rulebook_version", "field", "operator", "negated", "order", "value")
    for rule_id, version, asked, operator, negated, order, value in conditions.select(names).iter_rows():
        term = Term((rule_id, version), asked, operator, negated, order, value)
        if asked in forms:
            term.form = forms[asked]
        else:
            term.problem = f"unknown field {asked!r}"
        texts = [] if term.problem else _read_value(term)
        if texts:
            wanted[asked, regions.get(channel_of.get(term.rule, ""), "US")].append((term, texts))
        terms.append(term)
    for (asked, region), entries in wanted.items():
        _normalize(asked, region, entries)
    return terms


def _read_value(term: Term) -> list[str]:
    """The condition's values as texts; sets `problem` or `asks_missing` where there are none to normalize."""
    if term.operator not in list(Operator):
        term.problem = f"unknown operator {term.operator!r}"
    elif term.operator in _ORDER_OPERATORS and not term.is_numeric:
        term.problem = f"{term.operator} compares numbers and times, {term.field} is text"
    if term.problem:
        return []
    value = msgspec.json.decode(term.text)
    listed = value if isinstance(value, list) else [value]
    if term.operator not in _LIST_OPERATORS and len(listed) != 1:
        term.problem = f"{term.operator} takes one value, not a list of {len(listed)}"
    elif any(isinstance(item, list | dict) for item in listed):
        term.problem = "the value must be a text, a number, true or false"
    elif term.operator == Operator.EQ and listed[0] is None:
        term.asks_missing = True
    elif None in listed:
        term.problem = "only eq may be asked of null"
    return [] if term.problem or term.asks_missing else [_as_text(item) for item in listed]


def _as_text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _normalize(asked: str, region: str, entries: Sequence[tuple[Term, list[str]]]) -> None:
    """Give each term its values in normal form, all terms of one field together."""
    texts = pl.Series(asked, [text for _, listed in entries for text in listed], dtype=pl.String)
    form = entries[0][0].form
    normal = normalize_as(form, texts, region).to_list()
    start = 0
    for term, listed in entries:
        values = normal[start : start + len(listed)]
        start += len(listed)
        if None in values:
            bad = listed[values.index(None)]
            term.problem = f"{bad!r} is no {type_of(form)} that {asked} can have"
        else:
            term.values = list(dict.fromkeys(values))
