"""raw.kept_models: the model that runs go by, how far all contacts have been matched by it, and what is stored for it.

Somebody keeps it until it is released. Of a large book a run keeps it by itself (`keep_model`), and a run that has to
match all contacts, or finds that the book has outgrown it, releases it; a rebuild goes by it, as the runs before did.
"""

# ruff: noqa: S608 - table names come from the registry; values are bound
from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import polars as pl

from flows.model_log import read_last_decision
from flows.settings import Matching
from flows.store import Store
from schemas.errors import ContractError
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    MATCHING_BLOCKING_KEYS,
    MATCHING_COMPONENTS,
    MATCHING_CONTACT_VALUES,
    MATCHING_KEY_COUNTS,
    MATCHING_PROGRESS,
    MATCHING_TOUCHED_CONTACTS,
)
from schemas.vocabulary import KEPT_BY_ITSELF
from transforms.matching.comparison import Numbers
from transforms.matching.kept_keys import KeyLimits, count_keys, limit_keys, tabulate_keys
from transforms.matching.kept_model import KeptModel, read_model
from transforms.matching.keys import RuleKeys
from transforms.matching.values import UNMATCHED_TYPES

__all__ = [
    "Kept",
    "forget_keys",
    "has_passed",
    "is_outgrown",
    "list_types",
    "pass_stage",
    "read_kept",
    "store_keys",
]

_DERIVED: Final = (
    MATCHING_BLOCKING_KEYS, MATCHING_KEY_COUNTS, MATCHING_CONTACT_VALUES, MATCHING_COMPONENTS,
    MATCHING_TOUCHED_CONTACTS, MATCHING_PROGRESS,
)  # fmt: skip
#: A model kept by itself goes on until the book has so many times its contacts, or a new attribute type is so common.
_GROWTH, _COMMON = 1.2, 0.01
_IS_LIVE: Final = "deleted_at IS NULL"
_IS_VALUE: Final = f"NOT list_contains(?, attribute_type) AND {_IS_LIVE} AND NOT is_partner"


@dataclass(frozen=True)
class Kept:
    """The model in force, the number of the run that kept it, and on how many contacts; by itself, or asked to."""

    sequence: int
    model: KeptModel
    contacts_count: int
    is_by_itself: bool

    def limits(self, settings: Matching) -> KeyLimits:
        """Of its blocking rules."""
        return limit_keys(self.model.rules, settings.block_size_limit, settings.shared_value_limit)


def read_kept(store: Store) -> Kept | None:
    """The model that runs go by, if one is kept.

    Raises:
        ContractError: somebody kept it in a version that compared otherwise.
    """
    for row in read_last_decision(store, ["contacts_count", "kept_by"]).iter_rows(named=True):
        is_by_itself = row["kept_by"] == KEPT_BY_ITSELF
        try:
            return Kept(row["run_sequence"], read_model(row["model"]), row["contacts_count"], is_by_itself)
        except ContractError:
            if not is_by_itself:
                raise
    return None


def is_outgrown(store: Store, kept: Kept) -> bool:
    """Whether a model that a run kept by itself is to be estimated anew: on many more contacts, or other types."""
    if not kept.is_by_itself:
        return False
    now = store.count(CORE_CONTACTS, _IS_LIVE)
    return now > _GROWTH * kept.contacts_count or bool(list_types(store, kept.model.attribute_types, _COMMON * now))


def list_types(store: Store, known: Collection[str] = (), least: float = 1) -> frozenset[str]:
    """Attribute types, apart from known ones, that so many values are of at least."""
    held = f"SELECT attribute_type FROM {CORE_ATTRIBUTES.full_name} WHERE {_IS_VALUE}"
    counted = store.query(f"{held} GROUP BY 1 HAVING count(*) >= ?", [[*UNMATCHED_TYPES, *known], least])
    return frozenset(counted["attribute_type"])


def forget_keys(store: Store) -> None:
    """Nothing is known of what matching all contacts found."""
    for table in _DERIVED:
        store.delete(table)


def pass_stage(store: Store, sequence: int, stage: str) -> None:
    """All contacts passed a stage by the model that the run of that number kept."""
    store.replace(MATCHING_PROGRESS, pl.DataFrame({"kept_sequence": [sequence], "stage": [stage]}))


def has_passed(store: Store, kept: Kept, stage: str) -> bool:
    """Whether that is the last stage that all contacts passed by this very model."""
    return store.count(MATCHING_PROGRESS, "kept_sequence = ? AND stage = ?", [kept.sequence, stage]) > 0


def store_keys(store: Store, number: int, keys: RuleKeys, floor: int, contacts: Numbers) -> None:
    """A rule's keys, and the counts of those that many contacts have.

    Args:
        store: the warehouse.
        number: place of the rule in the kept model.
        keys: of the rule.
        floor: keys of more contacts are counted.
        contacts: number that each contact is stored under.
    """
    table = tabulate_keys(number, keys, contacts)
    store.append(MATCHING_KEY_COUNTS, count_keys(number, table, floor))
    store.append(MATCHING_BLOCKING_KEYS, table)
