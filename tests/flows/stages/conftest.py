"""Homes whose tables are there, and a book of a few contacts in one, matched by the stages themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from flows.homes import warehouse_of
from flows.runs import Run
from flows.settings import Settings
from flows.stages.judge import judge
from flows.stages.keep_model import decide_model
from flows.stages.kept_models import forget_keys
from flows.stages.match import block, cluster, compare
from flows.store import Store, open_store
from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    MATCHING_ALIASES,
    MATCHING_BLOCKING_KEYS,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CLUSTERS,
    MATCHING_COMPONENTS,
    MATCHING_CONTACT_VALUES,
    MATCHING_CONTACTS,
    MATCHING_KEY_COUNTS,
    MATCHING_MODEL_PARAMETERS,
    MATCHING_SCORED_PAIRS,
    RAW_JUDGEMENTS,
    Table,
)

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
LINEAGE = {"run_sequence": 1, "source": "file", "file_id": "f", "sheet": "", "row_number": 1}
TIMES = {"created_at": NOON, "updated_at": NOON}
WRITTEN = (MATCHING_SCORED_PAIRS, MATCHING_CLUSTERS, MATCHING_ALIASES, MATCHING_MODEL_PARAMETERS)
#: What matching says of contacts, whatever it knows of the changes.
SAID = ("pairs", "scored_pairs", "clusters", "aliases", "model_parameters")
PEOPLE = {
    "a": {"first_name": "Hank", "last_name": "Zakroff", "email": "h@x.example"},
    "b": {"last_name": "Zakroff", "email": "h@x.example"},
    "c": {"first_name": "David", "phone_number": "+15556106679"},
    "d": {"first_name": "David", "last_name": "Taylor", "phone_number": "+15556106679"},
    "e": {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "birthday": date(1978, 1, 20)},
}


@dataclass(frozen=True)
class OpenRun(Run):
    """A run whose warehouse stays open: opening it takes longer than matching so few."""

    opened: list[Store] = field(default_factory=list)

    def store(self, most_gb: float = inf) -> AbstractContextManager[Store]:
        return nullcontext(self.opened[0])


class Book:
    """Contacts by id, each with its values by attribute type."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def open(self) -> AbstractContextManager[Store]:
        return self.run.store()

    def put(self, people: dict[str, dict[str, Any]]) -> None:
        """From now on there are these, and no others."""
        contacts = [
            {"contact_id": name, "brand_id": "b", "user_id": person.get("owner", "u"), "created_for": "x", **LINEAGE,
             **TIMES, "deleted_at": NOON if person.get("deleted") else None}
            for name, person in people.items()
        ]  # fmt: skip
        attributes = [
            {
                "contact_id": name, "attribute_def": kind, "attribute_type": kind.removeprefix("partner_"),
                "is_primary": False, "is_partner": kind.startswith("partner_"), "position": position, "columns": [kind],
                **LINEAGE, **TIMES, **typed(value),
            }
            for name, person in people.items()
            for kind, held in person.items()
            if kind not in ("owner", "deleted")
            for position, value in enumerate(held if isinstance(held, list) else [held])
        ]  # fmt: skip
        with self.open() as store:
            store.replace(CORE_CONTACTS, rows_of(CORE_CONTACTS, contacts))
            store.replace(CORE_ATTRIBUTES, rows_of(CORE_ATTRIBUTES, attributes))

    def say(self, place: int, one: str, other: str, judgement: str) -> None:
        left, right = sorted((one, other))
        row = {"judgement_id": str(place), "contact_id_l": left, "contact_id_r": right, "judgement": judgement,
               "judged_at": NOON.replace(minute=place), "source": "review", "run_sequence": place}  # fmt: skip
        with self.open() as store:
            store.append(RAW_JUDGEMENTS, rows_of(RAW_JUDGEMENTS, [row]))

    def begin(self, command: str = "run") -> Run:
        """The next run."""
        self.run = replace(self.run, command=command, run_sequence=self.run.run_sequence + 1)
        return self.run

    def decide(self, action: str, decided_by: str | None) -> None:
        decide_model(self.begin("model"), action, decided_by)

    def match(self, command: str = "run") -> dict[str, dict[str, int]]:
        run = self.begin(command)
        return {stage.__name__: stage(run) for stage in (judge, block, compare, cluster)}

    def match_anew(self, command: str = "run") -> None:
        with self.open() as store:
            forget_keys(store)
        self.match(command)

    def tell(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that matching wrote, contacts by id."""
        with self.open() as store:
            told = {table.name: sorted(store.read(table).rows(), key=str) for table in WRITTEN}
            told["contacts"] = sorted(store.read(MATCHING_CONTACTS).drop("contact").rows(), key=str)
            id_of = dict(store.read(MATCHING_CONTACTS, ["contact", "contact_id"]).iter_rows())
            pairs = store.read(MATCHING_CANDIDATE_PAIRS).rows()
            told["pairs"] = sorted((*sorted((id_of[left], id_of[right])), rules) for left, right, rules in pairs)
            keys = store.read(MATCHING_BLOCKING_KEYS, ["rule", "key", "split", "is_partner", "contact"]).rows()
            told["keys"] = sorted((*row[:4], id_of[row[4]]) for row in keys)
            values = store.read(MATCHING_CONTACT_VALUES).rows()
            told["values"] = sorted(((id_of[row[0]], *row[1:]) for row in values), key=str)
            told["key_counts"] = sorted(store.read(MATCHING_KEY_COUNTS).rows())
            components: dict[int, set[str]] = {}
            for contact, component in store.read(MATCHING_COMPONENTS).rows():
                components.setdefault(component, set()).add(id_of[contact])
            told["components"] = sorted(sorted(members) for members in components.values())
        return told

    def tell_said(self) -> dict[str, list[tuple[Any, ...]]]:
        """What matching says of contacts, whatever it knows of changes."""
        told = self.tell()
        return {name: told[name] for name in SAID}


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    return pl.DataFrame(rows, schema=schema)


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, date):
        return {"date": value}
    if isinstance(value, dict):
        return {"address": dict.fromkeys(ADDRESS_PARTS) | value}
    return {"text": value, "match_key": value.lower()}


@pytest.fixture(autouse=True)
def _tables(tmp_path: Path, lay_out: Callable[[Path], Path]) -> None:
    """How tables are created is tested elsewhere."""
    lay_out(tmp_path)


@pytest.fixture(scope="session")
def open_book(lay_out: Callable[[Path], Path]) -> Callable[[Settings], AbstractContextManager[Book]]:
    """Opens a book under given settings."""

    @contextmanager
    def open_one(chosen: Settings) -> Iterator[Book]:
        with TemporaryDirectory() as folder:
            home = lay_out(Path(folder))
            with open_store(warehouse_of(home)) as store:
                yield Book(OpenRun("r", 1, "run", home, home, NOON, chosen, opened=[store]))

    return open_one


@pytest.fixture(scope="session")
def some_people() -> dict[str, dict[str, Any]]:
    return PEOPLE
