"""Fields that repeat each other (transforms.matching.repeats, own_texts)."""

from datetime import date

import numpy as np
import pytest

from transforms.matching.coincidences import compare_strangers
from transforms.matching.fields import prepare_comparisons
from transforms.matching.own_texts import find_said, leave_out_said
from transforms.matching.repeats import find_repeats, find_told

PLACES = ("Dallas", "Tiburon", "Union")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"office": lambda n: n % 3, "region": lambda n: n % 3}, {"region"}, id="the same in other words"),
        pytest.param({"office": lambda n: n % 6, "region": lambda n: n % 3}, {"region"}, id="the coarser of the two"),
        pytest.param({"office": lambda n: n % 3, "stage": lambda n: n // 3 % 4}, set(), id="of their own"),
        pytest.param({"office": lambda n: n % 3, "country": lambda n: 0}, set(), id="one value is nobody's copy"),
    ],
)
def test_repeats(matching, attributes, expected) -> None:
    people = [
        {
            "id": f"c{number:02}",
            "first_name": "Ann",
            **{name: f"{name} {of(number)}" for name, of in attributes.items()},
        }
        for number in range(48)
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    assert find_repeats(comparisons, compare_strangers(comparisons, len(people))) == expected


def test_a_field_that_repeats_the_company(matching) -> None:
    people = [
        {
            "id": f"c{number:02}",
            "first_name": "Ann",
            "company": PLACES[number % 3],
            "branch": f"at {PLACES[number % 3]}",
        }
        for number in range(48)
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    assert find_repeats(comparisons, compare_strangers(comparisons, len(people))) == {"branch"}


def test_an_age_beside_a_birthday(matching) -> None:
    people = [
        {
            "id": f"c{number:03}",
            "first_name": chr(97 + number % 23) * 5,
            "last_name": chr(97 + number % 19) * 6,
            "birthday": date(1950 + number % 40, 1 + number % 12, 1 + number % 28),
            "age": str(70 - number % 40),
            "grade": str(number // 40 % 4),
        }
        for number in range(240)
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    assert find_repeats(comparisons, compare_strangers(comparisons, len(people))) == {"age"}


def test_columns_that_hang_together_merge_nobody(matching) -> None:
    columns = [f"column {number}" for number in range(8)]
    people = [
        {"id": f"c{number:02}", "first_name": chr(97 + number % 24) * 5, "last_name": chr(98 + number % 23) * 6,
         **{column: f"list {number % 4}" for column in columns}}
        for number in range(96)
    ]  # fmt: skip
    assert matching.match(people).members("merged") == []


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({"user name": "ann{n}@example.com", "sex": "f"}, set(), id="an e-mail is left out one by one"),
        pytest.param({"line": "{n} oak lane, dallas"}, {"line"}, id="the whole address"),
        pytest.param({"provider": "examplecom"}, {"provider"}, id="a part of the e-mail"),
        pytest.param({"badge": "b{m}", "desk": "d{m}"}, set(), id="of their own"),
    ],
)
def test_attributes_made_of_own_values(matching, attributes, expected) -> None:
    people = [
        {
            "id": f"c{n:02}",
            "first_name": "Ann",
            "email": f"ann{n}@example.com",
            "address": {"house_num": str(n), "name": "oak", "city": "dallas"},
            **{name: text.format(n=n, m=n // 2) for name, text in attributes.items()},
        }
        for n in range(24)
    ]
    values = matching.values(people)
    comparisons = prepare_comparisons(values, matching.reference, 5)
    assert find_said(values, {name: comparisons[name] for name in attributes if name in comparisons}) == expected


def test_values_that_are_said_already(matching) -> None:
    people = [
        {
            "id": "c1",
            "phone_number": "+12125550101",
            "email": "ann@x.com",
            "tel": "(212) 555-0101",
            "user": "ann@x.com",
        },
        {
            "id": "c2",
            "phone_number": "+12125550102",
            "email": "bob@x.com",
            "tel": "(646) 555-0102",
            "user": "ann@x.com",
        },
    ]
    values = matching.values(people)
    left = {name: leave_out_said(values, rows).rows() for name, rows in values.others.items()}
    assert left == {"tel": [(1, "646 555 0102")], "user": [(1, "ann xcom")]}


def test_a_copy_in_another_writing(matching) -> None:
    people = [
        {"id": f"c{n:02}", "first_name": "Ann", "email": f"m{n // 2}@x.com", "hash": f"h{n // 2 * 7919}"}
        for n in range(48)
    ]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    assert find_repeats(comparisons, compare_strangers(comparisons, len(people))) == {"hash"}


def test_what_a_given_name_tells(matching) -> None:
    """Sexes, whatever they are called, but for a slip; no colors, no country of nearly all, no own number."""
    draw = np.random.default_rng(2)
    people = []
    for number in range(600):
        first, person = int(draw.integers(30)), number // 2 * 2 if number % 3 == 0 else number
        people.append(
            {
                "id": f"c{number:03}",
                "first_name": f"{chr(97 + first % 26) * 4}{first // 26}",
                "last_name": f"{chr(97 + person % 23) * 4}{person:03}",
                "salutation": ("herr", "frau")[first % 2 if draw.random() < 0.98 else 0],
                "color": ("red", "blue", "green")[int(draw.integers(3))],
                "country": "us" if draw.random() < 0.97 else "ca",
                "member": f"n{person:03}",
            }
        )
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    assert find_told(compare_strangers(comparisons, len(people))) == {"salutation"}
