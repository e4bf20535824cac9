"""Which contacts a bulk request is for, asked of one contact at a time (SPEC EA12, FI1, FI2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.errors import UnsupportedError
from transforms.filters.attributes import AttributeFilter, read_attribute_filter
from transforms.filters.contacts import first_letters, read_conditions, read_ids, read_letter, read_moment
from transforms.importing.kinds import Junk, kind_of, normalize_values
from transforms.normalize.text import fold_text
from transforms.requests.contact_state import ContactState

__all__ = ["Condition", "Criteria", "read_criteria"]

_RANGES = {f"{name}_{side}": (name, side) for name in ("created", "updated") for side in ("gte", "lte")}
_KEYS = ("filter", "filters", "users", "ids", "excludes", "q", "alphabet", *_RANGES)
#: Documented for filters (004:2203), but not known of a contact at the moment of a request.
_REFUSED = {
    **dict.fromkeys(("lead_channels", "flows"), "leads go their way after requests"),
    **dict.fromkeys(("last_touch_gte", "last_touch_lte", "next_touch_gte", "next_touch_lte"),
                    "touches are counted after requests"),
    **dict.fromkeys(("created_by", "updated_by"), "a contact does not know its users while requests are applied"),
    "lists": "saved segments are filled from what is published",
    "crm_task": "leadpipe is given no CRM tasks",
    **dict.fromkeys(("order", "start", "limit"), "it is for every contact that satisfies its filters"),
}  # fmt: skip
#: What a query may hold that says how to answer, not for whom.
_SILENT = ("get", "associations", "activity", "relax")
_NO_JUNK = Junk(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Condition:
    """Some value of these definitions has one of these match keys; inverted: none has."""

    attribute_defs: frozenset[str]
    keys: frozenset[str]
    invert: bool

    def holds(self, state: ContactState) -> bool:
        """Whether a contact satisfies it as it stands."""
        found = any(
            held.key in self.keys and held.definition.attribute_def in self.attribute_defs for held in state.live()
        )
        return found is not self.invert


@dataclass(frozen=True, slots=True)
class Criteria:
    """Conditions that must all hold; None of users, ids or letter is any. Bounds are microseconds since 1970."""

    conditions: tuple[Condition, ...] = ()
    users: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    excludes: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    letter: str | None = None
    bounds: tuple[tuple[str, str, int], ...] = ()

    @property
    def anchor(self) -> Condition | None:
        """A condition that only contacts with some value satisfy, if there is one: the others need not be looked at."""
        return next((condition for condition in self.conditions if not condition.invert), None)

    def hold(self, state: ContactState) -> bool:
        """Whether a contact satisfies them as it stands."""
        return (
            (self.users is None or state.user_id in self.users)
            and (self.ids is None or state.contact_id in self.ids)
            and state.contact_id not in self.excludes
            and all(condition.holds(state) for condition in self.conditions)
            and all(_is_within(state, *bound) for bound in self.bounds)
            and (self.letter is None or _first_letter(_name(state, "last_name", "first_name")) == self.letter)
            and all(_has_word(state, word) for word in self.words)
        )


def read_criteria(given: Mapping[str, Any], defs: pl.DataFrame, region: str) -> Criteria:
    """Read the filters of POST /contacts/attributes (004:7236).

    Args:
        given: body and query in one, without the attributes.
        defs: core.attribute_defs.
        region: country of phone numbers without prefix.

    Raises:
        UnsupportedError: it asks for something that is not known of a contact at the moment of a request.
        NotFoundError: it names an attribute that is not there.
        SettingsError: a value has the wrong kind.
    """
    asked = {key: value for key, value in given.items() if value is not None and key not in _SILENT}
    if refused := sorted(set(asked) & set(_REFUSED)):
        raise UnsupportedError(f"a bulk request is not limited by {refused[0]!r}: {_REFUSED[refused[0]]}")
    if odd := sorted(set(asked) - set(_KEYS)):
        raise UnsupportedError(f"a bulk request cannot be limited by {odd[0]!r}", expected=", ".join(_KEYS))
    named = defs.rename({"attribute_def": "id"})
    conditions = [_read_condition(read_attribute_filter(item, named), region) for item in read_conditions(asked)]
    ids = {key: frozenset(read_ids(key, asked)) for key in ("users", "ids", "excludes") if key in asked}
    words = _fold(str(asked.get("q", ""))).split()
    letter = read_letter(asked["alphabet"]) if "alphabet" in asked else None
    bounds = [(*_RANGES[key], _microseconds(key, asked[key])) for key in _RANGES if key in asked]
    named_ids = (ids.get("users"), ids.get("ids"), ids.get("excludes", frozenset()))
    return Criteria(tuple(conditions), *named_ids, tuple(words), letter, tuple(bounds))


def _microseconds(key: str, given: object) -> int:
    return round(read_moment(key, given).timestamp() * 1_000_000)


def _is_within(state: ContactState, which: str, side: str, bound: int) -> bool:
    """Whether a contact came to be, or was last changed, at or after (before) a moment."""
    came_at = state.came_at if state.born_at is None else state.born_at
    moments = [came_at] if which == "created" else [came_at, state.arrived_at, state.updated_at]
    moment = max((moment for moment in moments if moment is not None), default=None)
    return moment is not None and (moment >= bound if side == "gte" else moment <= bound)


def _name(state: ContactState, *order: str) -> str:
    """What the contact is called: nickname, names in this order, else company, e-mail or phone (SPEC DV1, DV2)."""
    whole = " ".join(filter(None, map(state.text, order)))
    others = (state.text(name) for name in ("company", "email", "phone_number"))
    return state.text("nickname") or whole or next(filter(None, others), "Unnamed")


def _has_word(state: ContactState, word: str) -> bool:
    """Whether its name or a searchable value holds a word, as part of a longer one too."""
    keys = (held.key for held in state.live() if held.definition.is_searchable and held.key)
    return any(word in key for key in keys) or word in _fold(_name(state, "first_name", "last_name"))


def _first_letter(text: str) -> str:
    return str(first_letters(pl.Series([text]))[0] or "")


def _fold(text: str) -> str:
    return str(fold_text(pl.Series([text], dtype=pl.String))[0] or "")


def _read_condition(found: AttributeFilter, region: str) -> Condition:
    if found.data_type == "address":
        raise UnsupportedError("bulk requests are not limited by addresses", expected="another attribute")
    kind = kind_of(found.name, found.data_type)
    texts = pl.Series("value", [str(value) for value in found.values], dtype=pl.String)
    keys = normalize_values(texts, kind, region, _NO_JUNK)["match_key"].drop_nulls()
    return Condition(frozenset(found.attribute_defs), frozenset(keys), found.invert)
