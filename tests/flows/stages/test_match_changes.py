"""Matching what changed by a kept model comes out as matching everything by it, whatever came, changed and went."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.settings import Matching, Settings
from flows.stages.kept_models import read_kept
from flows.stages.matched_values import read_reference, read_values
from schemas.ddl import polars_schema
from schemas.errors import ContractError, PipelineError
from schemas.tables import CORE_CONTACT_UPDATES, MATCHING_ALIASES, MATCHING_SCORED_PAIRS, RAW_KEPT_MODELS
from transforms.matching.explaining import explain_pair
from transforms.matching.kept_model import read_model, write_model

#: Small enough that blocks grow over it, and that e-mails and phones are shared by too many.
SMALL = Settings(matching=Matching(block_size_limit=4, shared_value_limit=2))
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
contacts = st.dictionaries(ids, someone, min_size=12, max_size=20)
#: What becomes of contacts, by id: another person, or none.
change = st.dictionaries(ids, st.one_of(someone, st.none()), min_size=2, max_size=8)
judged = st.tuples(ids, ids, st.sampled_from(["same", "different", "unsure", "withdrawn"]))


@pytest.fixture(autouse=True)
def follow_any_share(monkeypatch) -> None:
    """However many of so few contacts are changed."""
    monkeypatch.setattr("flows.stages.match._MANY", 1.0)


def keep(book) -> None:
    """Match, keep the model, and match by it: nothing that matching says changes."""
    book.match()
    before = book.tell_said()
    book.decide("keep", "kim")
    book.match()
    assert book.tell_said() == before


@given(people=contacts, steps=st.lists(st.tuples(change, st.lists(judged, max_size=2)), min_size=2, max_size=2))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_changed_matched_alone_is_what_all_matched_anew_is(open_book, people, steps) -> None:
    with open_book(SMALL) as book, open_book(SMALL) as other:
        book.put(people)
        keep(book)
        with book.open() as store, other.open() as copy:
            copy.append(RAW_KEPT_MODELS, store.read(RAW_KEPT_MODELS))
        for number, (changed, said) in enumerate(steps):
            people = {name: person for name, person in (people | changed).items() if person is not None}
            for each in (book, other):
                each.put(people)
                for place, (one, another, judgement) in enumerate(said):
                    if one != another:
                        each.say(10 * number + place, one, another, judgement)
            book.match()
            other.match_anew()
            assert book.tell() == other.tell()


def test_only_what_is_new_is_compared_and_explained_by_the_kept_model(open_book, some_people) -> None:
    with open_book(Settings()) as book:
        book.put(some_people)
        keep(book)
        newcomer = {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "height": "170"}
        book.put(some_people | {"z": newcomer})
        update = {"row_contact_id": "b1", "contact_id": "b", "matched_by": "email", "update_number": 1, "file_id": "g",
                  "created_for": "import_csv", "created_at": book.run.clock, "is_changed": False}  # fmt: skip
        with book.open() as store:
            store.append(CORE_CONTACT_UPDATES, pl.DataFrame([update], polars_schema(CORE_CONTACT_UPDATES)))
        counts = book.match()
        assert counts["block"]["contacts_changed"] == 1
        assert counts["compare"]["pairs_compared"] == 1
        assert counts["cluster"]["clusters_merged"] == 2
        again = book.match()
        assert (again["block"]["contacts_changed"], again["compare"]["pairs_compared"]) == (0, 0)
        with book.open() as store:
            pair = store.read(MATCHING_SCORED_PAIRS, where="contact_id_r = 'z'").row(0, named=True)
            aliases = dict(store.read(MATCHING_ALIASES, ["contact_id", "canonical_id"]).iter_rows())
            values, kept = read_values(store, "owner"), read_kept(store)
        assert (aliases["b"], aliases["b1"], aliases["z"]) == ("a", "a", "e")
        none = pl.DataFrame()
        found = explain_pair(values, none, none, read_reference(), (pair["contact_id_l"], "z"), 5, kept.model)
        assert (found.probability, found.evidence) == (pair["probability"], pair["evidence"])
        assert "height" not in found.evidence, "nobody had one when the model was kept"
        book.decide("release", None)
        assert book.match()["compare"]["pairs_compared"] > 1
        with pytest.raises(PipelineError, match="no model is kept"):
            book.decide("release", None)


def test_a_kept_model_is_read_as_it_was_written(open_book, some_people) -> None:
    with open_book(Settings()) as book:
        book.put(some_people)
        keep(book)
        with book.open() as store:
            text = store.read(RAW_KEPT_MODELS)["model"][0]
    assert write_model(read_model(text)) == text
    with pytest.raises(ContractError, match="another version"):
        read_model(text.replace('"level": "nickname"', '"level": "pet_name"'))
