"""Two birthdays that two records tell each, a generation apart."""

from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.fields import prepare_comparisons
from transforms.matching.generations import find_generations

BORN = [date(1950, 3, 4), date(1963, 3, 4), date(1964, 3, 4), date(1964, 5, 6), date(1978, 9, 6)]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([None, *BORN])), max_size=14))
def test_as_counted_one_by_one(matching, told) -> None:
    fill = [{"id": f"z{number}", "birthday": date(1901 + number % 20, 2, 3)} for number in range(2000)]
    people = [{"id": f"a{place:02}", "first_name": "Al"} | ({"birthday": born} if born else {})
              for place, (_, born) in enumerate(told)]  # fmt: skip
    comparison = prepare_comparisons(matching.values(people + fill), matching.reference, 5)["birthday"]
    labels = np.array([label for label, _ in told] + list(range(10, 10 + len(fill))))
    pairs = [pair for pair in combinations(range(len(told)), 2) if told[pair[0]][0] == told[pair[1]][0]]
    left, right = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    expected = [
        place for place, (one, other) in enumerate(pairs)
        if told[one][1] and told[other][1] and told.count(told[one]) > 1 and told.count(told[other]) > 1
        and abs(told[one][1].year - told[other][1].year) >= 14
        and (told[one][1].month != told[other][1].month or told[one][1].day != told[other][1].day)
    ]  # fmt: skip
    assert find_generations(comparison, labels, left, right).tolist() == expected


@pytest.mark.parametrize(("copies", "persons"), [(1, 1), (2, 2)])
def test_a_d2_a_father_and_his_son_are_parted_where_birthdays_are_often_wrong(matching, copies, persons) -> None:
    draw = np.random.default_rng(5)
    people: list[dict[str, object]] = []
    for number in range(300):
        name = {"first_name": chr(97 + number % 25) * 5, "last_name": f"{chr(97 + number % 23) * 2}{number // 23:04}"}
        born = [date.fromordinal(int(day)) for day in draw.integers(712000, 734000, 2)]
        for copy in range(2):
            told = born[copy if number % 8 == 0 else 0]
            people.append({"id": f"p{number:03}{copy}", **name, "birthday": told, "email": f"m{number * 7919}@x.com"})
    family = {"first_name": "Noel", "last_name": "Metts", "phone_number": "+18832302814",
              "address": {"house_num": "3041", "name": "Bridge", "city": "Reno", "postcode": "77562"}}  # fmt: skip
    fathers = [{"id": f"f{n}", **family, "birthday": date(1938, 7, 25), "job_title": f"f{n}"} for n in range(3)]
    sons = [{"id": f"s{n}", **family, "birthday": date(2003, 8, 12), "job_title": f"s{n}"} for n in range(copies)]
    matched = matching.match([*people, *fathers, *sons])
    clusters = {next(iter(ids))[0]: ids for ids in matched.members("merged") if ids[0][0] in "fs"}
    assert len(clusters) == persons
    if persons == 2:
        assert clusters == {"f": ["f0", "f1", "f2"], "s": ["s0", "s1"]}
        assert matched.decision("f0", "s1") == ("no_match", "conflict_birthday")
