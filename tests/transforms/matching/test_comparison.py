"""Sets of values compared, against loops over every pair of values."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.comparison import MISSING, Comparison, compare_values, index_values
from transforms.matching.fields import compare_fields, field_of, prepare_comparisons
from transforms.matching.model import ADDRESS, EMAIL, FIELDS, OTHER

CODES = "abcdef"
holdings = st.lists(st.lists(st.sampled_from(CODES), max_size=4, unique=True), min_size=2, max_size=8)


def measure_distance(left, right):
    return np.minimum(np.abs(left - right), 2).astype(np.int16)


@given(holdings)
def test_best_agreement_is_that_of_every_pair_of_values(holdings) -> None:
    contacts = np.array([contact for contact, values in enumerate(holdings) for _ in values], np.int64)
    codes = np.array([CODES.index(value) for values in holdings for value in values], np.int32)
    sets = index_values(contacts, codes, len(holdings), len(CODES))
    comparison = Comparison(sets, np.zeros(len(CODES), np.int16), measure_distance, pl.Series(list(CODES)))
    left, right = (np.array(side) for side in zip(*np.ndindex(len(holdings), len(holdings)), strict=True))
    found = compare_values(comparison, left, right)
    for place, (one, other) in enumerate(zip(left, right, strict=True)):
        mine, its = holdings[one], holdings[other]
        if not mine or not its:
            assert found.levels[place] == MISSING
            continue
        distance = min(abs(CODES.index(a) - CODES.index(b)) for a in mine for b in its)
        assert found.levels[place] == min(distance, 2)
        chosen = CODES[found.left[place]], CODES[found.right[place]]
        assert chosen[0] in mine
        assert chosen[1] in its
        assert min(abs(CODES.index(chosen[0]) - CODES.index(chosen[1])), 2) == min(distance, 2)


@pytest.mark.parametrize(
    ("field", "left", "right", "level"),
    [
        ("first_name", {"first_name": "Bob"}, {"first_name": "Robert"}, "nickname"),
        ("first_name", {"first_name": "Bob"}, {"first_name": "Rob"}, "nickname"),
        ("first_name", {"first_name": "José"}, {"first_name": "JOSE"}, "exact"),
        ("first_name", {"first_name": "Katherine"}, {"first_name": "Katherien"}, "close"),
        ("first_name", {"first_name": "Mary Ann", "last_name": "Li"}, {"first_name": "Ann"}, "part"),
        ("first_name", {"first_name": "Dan"}, {"first_name": "Daniel"}, "part"),
        ("first_name", {"first_name": "J."}, {"first_name": "Jane"}, "initial"),
        ("first_name", {"first_name": "Bob"}, {"first_name": "Jane"}, "different"),
        ("first_name", {"first_name": "William", "nickname": "Duke"}, {"first_name": "Duke"}, "exact"),
        ("first_name", {"first_name": "Ann Lee"}, {"first_name": "Ann", "last_name": "Lee"}, "exact"),
        ("last_name", {"first_name": "Ann Lee"}, {"first_name": "Ann", "last_name": "Lee"}, "exact"),
        ("last_name", {"last_name": "Smith-Jones"}, {"last_name": "Jones"}, "part"),
        ("last_name", {"last_name": "Jones, M.D."}, {"last_name": "Jones PhD Esq."}, "exact"),
        ("first_name", {"first_name": "Wu", "last_name": "Li"}, {"first_name": "Li", "last_name": "Wu"}, "swapped"),
        (
            "first_name",
            {"first_name": "Bob", "last_name": "Li"},
            {"first_name": "Li", "last_name": "Robert"},
            "swapped",
        ),
        ("first_name", {"first_name": "R", "last_name": "Li"}, {"first_name": "Li", "last_name": "Robert"}, "swapped"),
        ("middle_name", {"middle_name": "L"}, {"middle_name": "Lee"}, "initial"),
        ("email", {"email": ["a@x.example", "robert@x.example"]}, {"email": "robert@y.example"}, "local_part"),
        ("email", {"email": "robertm@x.example"}, {"email": "robertmm@x.example"}, "close"),
        ("email", {"email": "ann@x.example"}, {"email": "ann@y.example"}, "different"),
        ("phone_number", {"phone_number": "+12125550123"}, {"phone_number": "+12125550132"}, "close"),
        ("phone_number", {"phone_number": "+12125550123"}, {"phone_number": "+13105559876"}, "different"),
        ("birthday", {"birthday": date(1980, 3, 4)}, {"birthday": date(1980, 4, 3)}, "day_month_swapped"),
        ("birthday", {"birthday": date(1980, 3, 4)}, {"birthday": date(1981, 3, 4)}, "one_part_differs"),
        ("birthday", {"birthday": date(1980, 3, 4)}, {"birthday": date(1981, 4, 4)}, "different"),
        ("company", {"first_name": "A", "company": "Acme"}, {"first_name": "B", "company": "Acme Inc"}, "exact"),
        ("company_name", {"company": "Acme Homes"}, {"company": "Homes Acme"}, "close"),
        ("company_name", {"company": "Acme"}, {"company": "Acme Homes and Gardens"}, "part"),
        ("partner_email", {"partner_email": "j@x.example"}, {"email": "j@x.example"}, "exact"),
        ("birthday", {"birthday": date(1980, 3, 4)}, {"birthday": date(1980, 1, 1)}, "year_alone"),
        ("occupation", {"occupation": "painter"}, {"occupation": "paintre"}, "close"),
        ("address_book", {"ios": "A"}, {"ios": "a"}, "exact"),
    ],
)
def test_levels(matching, field, left, right, level) -> None:
    values = matching.values([{"id": "l", **left}, {"id": "r", **right}])
    comparisons = prepare_comparisons(values, matching.reference, 5)
    for pair in ((0, 1), (1, 0)):
        found = compare_fields(comparisons, np.array(pair[:1]), np.array(pair[1:]))[field]
        name = field_of(field).levels[found.levels[0]]
        assert name.removesuffix("_frequent") == level


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        pytest.param("ann.smith@a.example", "ann.smith@elsewhere.example", None, id="a name elsewhere says no more"),
        pytest.param("a.smith@a.example", "asmith@a.example", None, id="a name spelt otherwise"),
        pytest.param("ann.smith1976@a.example", "ann.smith1958@a.example", None, id="a name and another year"),
        pytest.param("ann.smith76@a.example", "ann.smith76@elsewhere.example", "local_part", id="more than a name"),
        pytest.param("ann.smith@mail.example", "ann.smith@mial.example", "close", id="a slip in the domain"),
        pytest.param("ann.smith@a.example", "ann.smiht@a.example", "close", id="a slip in the name"),
    ],
)
def test_emails_made_of_names(matching, left, right, level) -> None:
    people = [
        {"id": "l", "first_name": "Ann", "last_name": "Smith", "email": left},
        {"id": "r", "first_name": "Ann", "last_name": "Smiht", "email": right},
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    found = compare_fields(comparisons, np.array([0]), np.array([1]))["email"].levels[0]
    assert found == (MISSING if level is None else EMAIL.place(level))


@pytest.mark.parametrize(("holders", "street"), [(20, "equal"), (21, "equal_many")])
def test_a_street_and_number_of_more_contacts_than_live_in_a_home(matching, holders, street) -> None:
    address = {"house_num": "1", "name": "Oak", "city": "A"}
    people = [{"id": f"c{number:02}", "address": address} for number in range(holders)]
    people.append({"id": "elsewhere", "address": address | {"city": "B"}})
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    found = compare_fields(comparisons, np.array([0]), np.array([1]))["address"].levels[0]
    assert ADDRESS.levels[found] == f"street {street}, postcode missing, city equal_frequent"


@pytest.mark.parametrize("field", ["company", "web"])
def test_what_is_called_like_its_holder_says_no_more_than_the_name(matching, field) -> None:
    people = [
        {"id": "a", "first_name": "Ann", "last_name": "Smith", field: "Smith & Co"},
        {"id": "b", "first_name": "Ann", "last_name": "Smith", field: "Smith & Co"},
        {"id": "c", "first_name": "Bea", "last_name": "Jones", field: "Smith & Co"},
        {"id": "d", "first_name": "Bea", "last_name": "Jones", field: "Smith & Co"},
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    found = compare_fields(comparisons, np.array([0, 0, 2]), np.array([1, 2, 3]))[field].levels
    assert (found == MISSING).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (
            {"house_num": "1", "name": "Oak"}, {"house_num": "1", "name": "Oak"},
            "street equal, postcode missing, city missing",
        ),
        (
            {"house_num": "1", "name": "Maple", "city": "A"}, {"house_num": "1", "name": "Mapel", "city": "A"},
            "street close, postcode missing, city equal_frequent",
        ),
        (
            {"house_num": "1", "name": "Oak", "city": "A"}, {"house_num": "2", "name": "Oak", "city": "A"},
            "street same_street, postcode missing, city equal_frequent",
        ),
        (
            {"city": "A", "postcode": "75201"}, {"city": "B", "postcode": "75201-1234"},
            "street missing, postcode equal, city different",
        ),
        ({"city": "Dallas"}, {"city": "Dalas"}, "street missing, postcode missing, city close"),
        ({"postcode": "75201"}, {"postcode": "75210"}, "street missing, postcode close, city missing"),
    ],
)  # fmt: skip
def test_an_address_is_one_comparison(matching, left, right, level) -> None:
    values = matching.values([{"id": "l", "address": left}, {"id": "r", "address": right}])
    comparisons = prepare_comparisons(values, matching.reference, 5)
    found = compare_fields(comparisons, np.array([0]), np.array([1]))["address"]
    assert FIELDS["address"].levels[found.levels[0]] == level


@pytest.mark.parametrize(
    ("left", "right", "is_close"),
    [
        ("M", "Male", True), ("M", "Female", False), ("5", "55", False), ("AB-1042", "AB-1024", True),
        ("2018-01-19", "2018-01-29", True), ("2018-01-19", "2018-10-11", False), ("2018-03-04", "2018-04-03", True),
        ("1/3/1960", "1960-01-04", True),
    ],
)  # fmt: skip
def test_what_is_close_in_an_attribute_of_any_type(matching, left, right, is_close) -> None:
    values = matching.values([{"id": "l", "anything": left}, {"id": "r", "anything": right}])
    comparisons = prepare_comparisons(values, matching.reference, 5)
    found = compare_fields(comparisons, np.array([0]), np.array([1]))["anything"]
    assert OTHER.levels[found.levels[0]] == ("close" if is_close else "different")


def test_one_absurd_value_is_cut(matching) -> None:
    people = [{"id": name, "first_name": name * 10_000, "email": "x@x.example"} for name in "ab"]
    assert matching.values(people).names["first_name"].str.len_chars().to_list() == [256, 256]


@pytest.mark.parametrize("name", ["kind", "company_name", "address_book", "other", "member no"])
def test_a_custom_attribute_may_have_any_name(matching, name) -> None:
    people = [{"id": place, "first_name": "Kate", "last_name": "Bell", name: "gold"} for place in "ab"]
    scored = matching.match(people).scored
    told = [fact["field"] for fact in json.loads(scored["evidence"][0])]
    assert name in told or f"{name} (attribute)" in told
