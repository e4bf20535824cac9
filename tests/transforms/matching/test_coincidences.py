"""Fields that repeat each other (transforms.matching.coincidences)."""

import pytest

from transforms.matching.coincidences import compare_strangers, find_repeats
from transforms.matching.fields import prepare_comparisons

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


def test_columns_that_hang_together_merge_nobody(matching) -> None:
    columns = [f"column {number}" for number in range(8)]
    people = [
        {"id": f"c{number:02}", "first_name": chr(97 + number % 24) * 5, "last_name": chr(98 + number % 23) * 6,
         **{column: f"list {number % 4}" for column in columns}}
        for number in range(96)
    ]  # fmt: skip
    assert matching.match(people).members("merged") == []
