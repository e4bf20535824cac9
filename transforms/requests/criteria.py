"""Which contacts a bulk request is for, asked of one contact at a time (SPEC EA12, FI1, FI2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.errors import UnsupportedError
from transforms.filters.attributes import AttributeFilter, read_attribute_filter
from transforms.filters.contacts import read_conditions, read_ids
from transforms.importing.kinds import Junk, kind_of, normalize_values
from transforms.requests.contact_state import ContactState

__all__ = ["Condition", "Criteria", "read_criteria"]

_KEYS = ("filter", "filters", "users", "ids", "excludes")
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
    """Conditions that must all hold; None of users or ids is any."""

    conditions: tuple[Condition, ...] = ()
    users: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    excludes: frozenset[str] = frozenset()

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
        )


def read_criteria(given: Mapping[str, Any], defs: pl.DataFrame, region: str) -> Criteria:
    """Read the filters of POST /contacts/attributes (004:7236).

    Args:
        given: body and query in one, without the attributes.
        defs: core.attribute_defs.
        region: country of phone numbers without prefix.

    Raises:
        UnsupportedError: it asks for something else than attributes, owners and ids.
        NotFoundError: it names an attribute that is not there.
        SettingsError: a value has the wrong kind.
    """
    asked = {key: value for key, value in given.items() if value is not None and key not in _SILENT}
    if odd := sorted(set(asked) - set(_KEYS)):
        raise UnsupportedError(f"a bulk request cannot be limited by {odd[0]!r}", expected=", ".join(_KEYS))
    named = defs.rename({"attribute_def": "id"})
    conditions = [_read_condition(read_attribute_filter(item, named), region) for item in read_conditions(asked)]
    ids = {key: frozenset(read_ids(key, asked)) for key in ("users", "ids", "excludes") if key in asked}
    return Criteria(tuple(conditions), ids.get("users"), ids.get("ids"), ids.get("excludes", frozenset()))


def _read_condition(found: AttributeFilter, region: str) -> Condition:
    if found.data_type == "address":
        raise UnsupportedError("bulk requests are not limited by addresses", expected="another attribute")
    kind = kind_of(found.name, found.data_type)
    texts = pl.Series("value", [str(value) for value in found.values], dtype=pl.String)
    keys = normalize_values(texts, kind, region, _NO_JUNK)["match_key"].drop_nulls()
    return Condition(frozenset(found.attribute_defs), frozenset(keys), found.invert)
