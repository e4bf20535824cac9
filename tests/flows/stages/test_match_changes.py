"""Matching what changed by a kept model comes out as matching everything by it, whatever came, changed and went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.runs import Run
from flows.settings import Matching, Settings
from flows.stages.judge import judge
from flows.stages.kept_models import decide_model, forget_keys, read_kept
from flows.stages.match import block, cluster, compare
from flows.stages.matched_values import read_reference, read_values
from flows.store import Store, open_store
from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS
from schemas.errors import ContractError, PipelineError
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_CONTACT_UPDATES,
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
    RAW_KEPT_MODELS,
    Table,
)
from transforms.matching.explaining import explain_pair
from transforms.matching.kept_model import read_model, write_model

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
LINEAGE = {"run_sequence": 1, "source": "file", "file_id": "f", "sheet": "", "row_number": 1}
TIMES = {"created_at": NOON, "updated_at": NOON}
#: Small enough that blocks grow over it, and that e-mails and phones are shared by too many.
SMALL = Settings(matching=Matching(block_size_limit=4, shared_value_limit=2))
#: What matching says of contacts, whatever it knows of the changes.
SAID = ("pairs", "scored_pairs", "clusters", "aliases", "model_parameters")
PEOPLE = {
    "a": {"first_name": "Hank", "last_name": "Zakroff", "email": "h@x.example"},
    "b": {"last_name": "Zakroff", "email": "h@x.example"},
    "c": {"first_name": "David", "phone_number": "+15556106679"},
    "d": {"first_name": "David", "last_name": "Taylor", "phone_number": "+15556106679"},
    "e": {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "birthday": date(1978, 1, 20)},
}
WRITTEN = (MATCHING_SCORED_PAIRS, MATCHING_CLUSTERS, MATCHING_ALIASES, MATCHING_MODEL_PARAMETERS)

PLACES = [
    {"city": "Dallas", "postcode": "75201"},
    {"city": "Dallas", "house_num": "1", "name": "Oak"},
    {"city": "Waco"},
]
person = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Bob", "Robert", "Jane", "Janet", "Miller"]),
        "last_name": st.sampled_from(["Miller", "Muller", "Taylor", "Bob"]),
        "company": st.sampled_from(["Acme Inc", "Bolt"]),
        "email": st.lists(st.sampled_from(["miller@x.example", "miller@y.example", "j@x.example"]), max_size=2),
        "partner_email": st.sampled_from(["miller@x.example", "j@x.example"]),
        "phone_number": st.lists(st.sampled_from(["+15550001", "+15550002", "+15559999"]), max_size=2),
        "address": st.sampled_from(PLACES),
        "birthday": st.sampled_from([date(1970, 1, 2), date(1980, 3, 4)]),
        "hobby": st.sampled_from(["chess", "golf"]),
        "owner": st.sampled_from(["u", "u", "u", "v"]),
        "deleted": st.sampled_from([False, False, False, True]),
    },
)
ids = st.sampled_from([f"c{number:02}" for number in range(24)])
#: Found in a book so often that not all of its copies are compared.
COPIED = {"first_name": "Jane", "last_name": "Taylor", "email": ["j@x.example", "taylor@x.example"]}
someone = st.one_of(person.filter(bool), st.just(COPIED))
book = st.dictionaries(ids, someone, min_size=12, max_size=20)
#: What becomes of contacts, by id: another person, or none.
change = st.dictionaries(ids, st.one_of(someone, st.none()), min_size=2, max_size=8)
judged = st.tuples(ids, ids, st.sampled_from(["same", "different", "unsure", "withdrawn"]))


@dataclass(frozen=True)
class OpenRun(Run):
    """A run whose warehouse stays open: opening it takes longer than matching so few."""

    opened: list[Store] = field(default_factory=list)

    def store(self, most_gb: float = inf) -> AbstractContextManager[Store]:
        return nullcontext(self.opened[0])


@contextmanager
def warehouse(chosen: Settings = SMALL) -> Iterator[Run]:
    with TemporaryDirectory() as folder, open_store(Path(folder) / "warehouse.duckdb") as store:
        yield OpenRun("r", 1, "run", Path(folder), Path(folder), NOON, chosen, opened=[store])


def rows_of(table: Table, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {name: dtype for name, dtype in polars_schema(table).items() if name != table.hashed_id}
    return pl.DataFrame(rows, schema=schema)


def put(run: Run, people: dict[str, dict[str, Any]]) -> None:
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
    with run.store() as store:
        store.replace(CORE_CONTACTS, rows_of(CORE_CONTACTS, contacts))
        store.replace(CORE_ATTRIBUTES, rows_of(CORE_ATTRIBUTES, attributes))


def typed(value: Any) -> dict[str, Any]:
    if isinstance(value, date):
        return {"date": value}
    if isinstance(value, dict):
        return {"address": dict.fromkeys(ADDRESS_PARTS) | value}
    return {"text": value, "match_key": value.lower()}


def say(run: Run, place: int, one: str, other: str, judgement: str) -> None:
    left, right = sorted((one, other))
    row = {"judgement_id": str(place), "contact_id_l": left, "contact_id_r": right, "judgement": judgement,
           "judged_at": NOON.replace(minute=place), "source": "review", "run_sequence": place}  # fmt: skip
    with run.store() as store:
        store.append(RAW_JUDGEMENTS, rows_of(RAW_JUDGEMENTS, [row]))


def match(run: Run) -> dict[str, dict[str, int]]:
    return {stage.__name__: stage(run) for stage in (judge, block, compare, cluster)}


def match_anew(run: Run) -> None:
    with run.store() as store:
        forget_keys(store)
    match(run)


def tell(run: Run) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that matching wrote, contacts by id."""
    with run.store() as store:
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


def keep(run: Run) -> None:
    """Match, keep the model, and match by it: nothing that matching says changes."""
    match(run)
    before = tell(run)
    decide_model(run, "keep", "kim")
    match(run)
    after = tell(run)
    assert {name: after[name] for name in SAID} == {name: before[name] for name in SAID}


@given(book, st.lists(st.tuples(change, st.lists(judged, max_size=2)), min_size=2, max_size=2))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_changed_matched_alone_is_what_all_matched_anew_is(people, steps) -> None:
    with warehouse() as run, warehouse() as other:
        put(run, people)
        keep(run)
        with run.store() as store, other.store() as copy:
            copy.append(RAW_KEPT_MODELS, store.read(RAW_KEPT_MODELS))
        for number, (changed, said) in enumerate(steps):
            people = {name: person for name, person in (people | changed).items() if person is not None}
            for each in (run, other):
                put(each, people)
                for place, (one, another, judgement) in enumerate(said):
                    if one != another:
                        say(each, 10 * number + place, one, another, judgement)
            match(run)
            match_anew(other)
            assert tell(run) == tell(other)


def test_only_what_is_new_is_compared_and_explained_by_the_kept_model() -> None:
    with warehouse(Settings()) as run:
        put(run, PEOPLE)
        keep(run)
        newcomer = {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "height": "170"}
        put(run, PEOPLE | {"z": newcomer})
        update = {"row_contact_id": "b1", "contact_id": "b", "matched_by": "email", "update_number": 1, "file_id": "g",
                  "created_for": "import_csv", "created_at": NOON, "is_changed": False}  # fmt: skip
        with run.store() as store:
            store.append(CORE_CONTACT_UPDATES, rows_of(CORE_CONTACT_UPDATES, [update]))
        counts = match(run)
        assert counts["block"]["contacts_changed"] == 1
        assert counts["compare"]["pairs_compared"] == 1
        assert counts["cluster"]["clusters_merged"] == 2
        again = match(run)
        assert (again["block"]["contacts_changed"], again["compare"]["pairs_compared"]) == (0, 0)
        with run.store() as store:
            pair = store.read(MATCHING_SCORED_PAIRS, where="contact_id_r = 'z'").row(0, named=True)
            aliases = dict(store.read(MATCHING_ALIASES, ["contact_id", "canonical_id"]).iter_rows())
            values, kept = read_values(store, "owner"), read_kept(store)
        assert (aliases["b"], aliases["b1"], aliases["z"]) == ("a", "a", "e")
        none = pl.DataFrame()
        found = explain_pair(values, none, none, read_reference(), (pair["contact_id_l"], "z"), 5, kept.model)
        assert (found.probability, found.evidence) == (pair["probability"], pair["evidence"])
        assert "height" not in found.evidence, "nobody had one when the model was kept"
        decide_model(run, "release", None)
        assert match(run)["compare"]["pairs_compared"] > 1
        with pytest.raises(PipelineError, match="no model is kept"):
            decide_model(run, "release", None)


def test_a_kept_model_is_read_as_it_was_written() -> None:
    with warehouse(Settings()) as run:
        put(run, PEOPLE)
        keep(run)
        with run.store() as store:
            text = store.read(RAW_KEPT_MODELS)["model"][0]
    assert write_model(read_model(text)) == text
    with pytest.raises(ContractError, match="another version"):
        read_model(text.replace('"level": "nickname"', '"level": "pet_name"'))
