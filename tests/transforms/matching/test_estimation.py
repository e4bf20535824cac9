"""Coincidences against all pairs, patterns against a counter, and EM against pairs whose truth is known."""

from collections import Counter
from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.matching.coincidences import compare_strangers, estimate_coincidences
from transforms.matching.estimation import fit_model, weigh_patterns
from transforms.matching.fields import compare_levels, prepare_comparisons
from transforms.matching.patterns import count_patterns

FIRST = ["Ann", "Ben", "Cid", "Dora", "Eve", "Fay", "Gus", "Hal"]
LAST = ["Abel", "Brook", "Carter", "Ellis", "Frost", "Holt", "Ives", "Jung", "Kerr", "Lunt"]


NAMES = ("first_name", "last_name", "company")


def people_of_two_records() -> list[dict[str, str]]:
    """Eighty people; the odd ones are there twice, with a phone of their own."""
    people = []
    for number in range(80):
        person = {
            "first_name": FIRST[number % 8],
            "last_name": LAST[number // 8],
            "phone_number": f"+1212555{number * 97:04}",
        }
        people += [{"id": f"c{number:02}{copy}", **person} for copy in range(1 + number % 2)]
    return people


@given(st.lists(st.lists(st.integers(-1, 3), min_size=2, max_size=2), min_size=1, max_size=30))
def test_patterns_are_those_of_a_counter(rows) -> None:
    columns = np.array(rows, np.int16).T
    patterns = count_patterns(dict(zip(("kind", "other"), columns, strict=True)))
    assert Counter(
        dict(zip(map(tuple, patterns.levels.tolist()), patterns.counts.astype(int), strict=True))
    ) == Counter(map(tuple, rows))
    assert patterns.levels[patterns.of_pair].tolist() == rows


def test_equal_values_are_counted_exactly(matching) -> None:
    people = people_of_two_records()
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    shares = estimate_coincidences(comparisons, compare_strangers(comparisons, len(people)))["last_name"].shares
    pairs = list(combinations([person["last_name"] for person in people], 2))
    wanted = sum(one == other for one, other in pairs) / len(pairs)
    drawn = (wanted * len(pairs) + 0.002 * 500) / (len(pairs) + 500)
    assert shares[:4].sum() == pytest.approx(drawn, rel=0.01), "drawn to what is believed of any table"
    assert shares.sum() == pytest.approx(1)


def test_em_finds_how_many_pairs_are_one_person(matching) -> None:
    people = people_of_two_records()
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    left, right = (side.astype(np.int64) for side in np.triu_indices(len(people), 1))
    levels = compare_levels(comparisons, left, right)
    patterns = count_patterns(levels)
    coincidences = estimate_coincidences(comparisons, compare_strangers(comparisons, len(people)))
    model = fit_model(patterns, list(levels), coincidences, len(people), float(len(left)))
    assert model.expected["match"] == pytest.approx(40, rel=0.1)
    odds = weigh_patterns(model, patterns.levels)[patterns.of_pair]
    truth = np.array([people[one]["id"][:3] == people[other]["id"][:3] for one, other in zip(left, right, strict=True)])
    assert odds[truth].min() > 0 > odds[~truth].max()


def count_merged(matching, entities: list[dict[str, object]]) -> tuple[int, int]:
    """Right and wrong pairs; every third entity is there twice, and what is not its name is missing now and then."""
    draw = np.random.default_rng(5)
    contacts = []
    for number, entity in enumerate(entities):
        for copy in range(1 + (number % 3 == 0)):
            held = {name: value for name, value in entity.items() if name in NAMES or draw.random() < 0.6}
            contacts.append({"id": f"c{number:04}{copy}", **held})
    pairs = [pair for ids in matching.match(contacts).members("merged") for pair in combinations(ids, 2)]
    wrong = sum(one[:5] != other[:5] for one, other in pairs)
    return len(pairs) - wrong, wrong


def test_namesakes_are_no_matches(matching) -> None:
    """First and last names go together: each of three peoples has its own."""
    draw = np.random.default_rng(3)
    people: list[dict[str, object]] = []
    for number in range(1200):
        first, last = draw.integers(5, size=2) + number % 3 * 8
        person = {"first_name": chr(97 + first) * 5, "last_name": chr(97 + last) * 6}
        people.append(
            person | {"phone_number": f"+1{2000000000 + number * 7919}", "email": f"m{number * 7919:07}@x.com"}
        )
    right, wrong = count_merged(matching, people)
    assert right > 100 > 10 > wrong


def test_offices_of_one_firm_are_no_matches(matching) -> None:
    """Half of them are offices of six firms, of one name and mailbox."""
    draw = np.random.default_rng(5)
    offices = []
    for number in range(600):
        firm = "abcdef"[number % 6] if number < 300 else str(number)
        place = {"house_num": str(draw.integers(999)), "name": f"{chr(97 + number % 23) * 5} street"}
        office = {"company": f"firm {firm * 5}", "email": f"info@{firm}.com", "address": place}
        offices.append(office | {"phone_number": f"+1{2000000000 + number * 7919}"})
    right, wrong = count_merged(matching, offices)
    assert right > 100 > 10 > wrong


def test_couples_are_no_matches_where_nothing_but_given_names_tells_them_apart(matching) -> None:
    """Names and phones alone: couples share both but given names, and so do no records of one person."""
    draw = np.random.default_rng(7)
    people: list[dict[str, object]] = []
    for number in range(600):
        home = {"last_name": f"{chr(97 + number % 23) * 2}{chr(97 + number // 23) * 4}"}
        home |= {"phone_number": f"+1{2000000000 + number * 7919}"}
        givens = draw.choice([chr(97 + letter) * 5 for letter in range(26)], 2, replace=False)
        people += [{"first_name": str(given), **home} for given in givens[: 1 + (number % 5 == 0)]]
    right, wrong = count_merged(matching, people)
    assert right > 100 > 10 > wrong


def test_given_names_that_go_with_sex_and_age_make_no_matches(matching) -> None:
    """Nobody is there twice: more people share a given name and what goes with it than chance would make."""
    draw = np.random.default_rng(1)
    people = []
    for number in range(3000):
        sex, age = (int(place) for place in draw.integers((2, 4)))
        last = "".join(chr(97 + letter) * 3 for letter in draw.integers(26, size=2))
        people.append(
            {
                "id": f"c{number:04}",
                "first_name": f"{'aeioubcdfghklm'[draw.zipf(1.4) % 14]}{'mf'[sex]}{'wxyz'[age]}ann",
                "last_name": last,
                "birthday": date.fromordinal(date(1940 + 20 * age, 1, 1).toordinal() + int(draw.integers(7300))),
                "sex": "mf"[sex],
                "place in family": ("grandchild", "child", "spouse", "head")[min(3, age + int(draw.integers(2)))],
            }
        )
    assert len(matching.match(people).members("merged")) < 5


def test_fathers_and_sons_of_one_name_are_told_from_records_of_one_person(matching) -> None:
    draw = np.random.default_rng(11)
    people: list[dict[str, object]] = []
    for number in range(400):
        name = {"first_name": chr(97 + number % 25) * 5, "last_name": f"{chr(97 + number % 23) * 2}{number // 23:04}"}
        home = name | {"address": {"house_num": str(number), "name": f"{chr(97 + number % 26) * 5} street"}}
        born = [date.fromordinal(int(day)) for day in draw.integers(712000, 734000, 2)]
        for place, birthday in enumerate(born[: 1 + (number % 7 == 0)]):
            own = {"birthday": birthday, "email": f"m{7919 * (2 * number + place)}@x.com"}
            for copy in range(1 + (number % 3 == 0)):
                held = {name: value for name, value in own.items() if draw.random() < 0.8}
                people.append({"id": f"c{number:03}{place}{copy}", **home, **held})
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    left, right = (side.astype(np.int64) for side in np.triu_indices(len(people), 1))
    levels = compare_levels(comparisons, left, right)
    patterns = count_patterns(levels)
    coincidences = estimate_coincidences(comparisons, compare_strangers(comparisons, len(people)))
    model = fit_model(patterns, list(levels), coincidences, len(people), float(len(left)))
    ids = [person["id"] for person in people]
    truth = Counter(ids[one][4] == ids[other][4] for one, other in zip(left, right, strict=True)
                    if ids[one][:4] == ids[other][:4])  # fmt: skip
    assert model.expected["match"] == pytest.approx(truth[True], rel=0.2)
    assert truth[False] / 3 < model.expected["junior"] < truth[False], "drawn to what is believed of any table"
    assert model.expected["home"] < 20


def test_a_sex_says_nothing_of_two_of_one_given_name(matching) -> None:
    """Names, sexes and homes alone, few there twice: namesakes elsewhere are no more than chance makes."""
    draw = np.random.default_rng(13)
    people = []
    for number in range(2000):
        first, last = int(draw.integers(60)), int(draw.integers(60))
        person = {
            "first_name": f"{chr(97 + first % 26) * 3}{chr(97 + first * 7 % 26) * 2}{chr(97 + first // 26) * 2}",
            "last_name": f"{chr(97 + last % 26) * 3}{chr(97 + last * 11 % 26) * 2}{chr(97 + last // 26) * 3}",
            "sex": "mf"[first % 2],
            "address": {
                "house_num": str(number),
                "name": f"{chr(97 + number % 26) * 5} street",
                "postcode": f"{number}",
            },
        }
        people += [{"id": f"c{number:04}{copy}", **person} for copy in range(1 + (number % 20 == 0))]
    scored = matching.match(people).scored
    wrong = scored.filter(pl.col("contact_id_l").str.head(5) != pl.col("contact_id_r").str.head(5))
    assert scored.height - wrong.height > 90
    assert wrong.height < 10
    told = scored.filter(pl.col("evidence").str.contains("first_name")).select(pl.col("evidence").str.contains("sex"))
    assert not told.to_series().any(), "evidence is what counted"


def test_one_name_at_one_address_is_one_person_where_nothing_speaks_of_two(matching) -> None:
    """Names and addresses alone, one of ninety people there twice: more than there would be fathers and sons."""
    people = []
    for number in range(900):
        person = {
            "first_name": f"{chr(97 + number % 26) * 3}{chr(97 + number * 7 % 23) * 2}",
            "last_name": f"{chr(97 + number % 19) * 3}{chr(97 + number * 5 % 17) * 3}{chr(97 + number % 7)}",
            "address": {"house_num": str(number), "name": f"{chr(97 + number % 26) * 5} street", "city": "town"},
        }
        people += [{"id": f"c{number:03}{copy}", **person} for copy in range(1 + (number % 90 == 0))]
    matched = matching.match(people)
    assert matched.members("merged") == [[f"c{n:03}0", f"c{n:03}1"] for n in range(0, 900, 90)]
    assert matched.scored["probability"].min() > 0.8
