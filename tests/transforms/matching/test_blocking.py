"""Blocking against all pairs, its cap, and what it reports."""

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.keys import EMAIL_RULE, list_keys, sound_of

CITIES = {"city": "Dallas", "postcode": "75201"}
person = st.fixed_dictionaries(
    {},
    optional={
        "first_name": st.sampled_from(["Bob", "Robert", "Jane", "Miller"]),
        "last_name": st.sampled_from(["Miller", "Muller", "Taylor", "Bob"]),
        "company": st.sampled_from(["Acme Inc", "The Acme", "Bolt"]),
        "email": st.lists(st.sampled_from(["robert@x.example", "robert@y.example", "j@x.example"]), max_size=2),
        "partner_email": st.sampled_from(["robert@x.example", "j@x.example"]),
        "phone_number": st.sampled_from(["+1555", "+1556"]),
        "address": st.sampled_from([CITIES, {**CITIES, "house_num": "1", "name": "Oak"}, {"city": "Austin"}]),
        "birthday": st.sampled_from([date(1970, 1, 2), date(1980, 3, 4)]),
        "ios": st.sampled_from(["A", "B"]),
        "owner": st.sampled_from(["u", "v"]),
    },
)
people = st.lists(person, max_size=12).map(lambda given: [{"id": f"c{n:02}", **one} for n, one in enumerate(given)])


def pairs_of_every_pair(values, reference) -> dict[tuple[str, str], list[str]]:
    """Two contacts of like kind that hold one key of a rule, from different sides where the rule says so."""
    ids, kinds = values.ids.to_list(), values.contacts["kind"].to_list()
    found: dict[tuple[str, str], list[str]] = {}
    for keys in list_keys(values, reference):
        sides = keys.sides if keys.sides is not None else np.zeros(len(keys.keys), bool)
        held = list(zip(keys.contacts.tolist(), sides.tolist(), keys.keys.tolist(), strict=True))
        for left, right in combinations(range(len(ids)), 2):
            meets = any(
                (one, other) == (left, right) and key == its_key and (keys.sides is None or side != its_side)
                for one, side, key in held
                for other, its_side, its_key in held
            )
            if meets and (keys.rule == EMAIL_RULE or {kinds[left], kinds[right]} != {"person", "company"}):
                found.setdefault((ids[left], ids[right]), []).append(keys.rule)
    return found


@given(people)
@settings(max_examples=25, deadline=None)
def test_pairs_are_those_of_every_pair(matching, people) -> None:
    values = matching.values(people)
    blocked = matching.block(people)
    found = matching.name_pairs(people, blocked)
    assert found == pairs_of_every_pair(values, matching.reference)
    counts = dict(blocked.report.select("blocking_rule", "pairs_count").rows())
    rules = [rule for rules in found.values() for rule in rules]
    assert counts == {rule: rules.count(rule) for rule in counts}


def test_scopes_never_meet(matching) -> None:
    people = [{"id": f"{owner}{n}", "owner": owner, "email": "x@x.example"} for owner in "uv" for n in range(2)]
    assert [*matching.name_pairs(people, matching.block(people))] == [("u0", "u1"), ("v0", "v1")]


def test_a_block_over_the_cap_is_parted_by_name(matching) -> None:
    names = [("Ann", "Abel"), ("Ann", "Abel"), *((f"{chr(65 + n)}im", f"Name{n}") for n in range(60))]
    people = [
        {"id": f"c{n:02}", "first_name": first, "last_name": last, "phone_number": "+1555"}
        for n, (first, last) in enumerate(names)
    ]
    blocked = matching.block(people)
    by_phone = [pair for pair, rules in matching.name_pairs(people, blocked).items() if "phone" in rules]
    assert ("c00", "c01") in by_phone
    assert len(by_phone) < 100
    report = blocked.report.row(by_predicate=pl.col("blocking_rule") == "phone", named=True)
    assert (report["split_keys_count"], report["dropped_keys_count"]) == (1, 0)


def test_what_the_cap_drops_is_counted(matching) -> None:
    people = [{"id": f"c{n:03}", "email": "info@x.example"} for n in range(60)]
    blocked = matching.block(people)
    assert blocked.pairs.is_empty()
    report = blocked.report.row(by_predicate=pl.col("blocking_rule") == "email", named=True)
    assert report["dropped_keys_count"] == 1
    assert report["dropped_contacts_count"] == 60
    assert report["keys_count"] == 0


def test_pairs_grow_with_contacts_when_all_share_one_phone(matching) -> None:
    people = [
        {"id": f"c{n:04}", "first_name": f"{chr(97 + n % 26)}im", "last_name": f"Name{n}", "phone_number": "+1555"}
        for n in range(3000)
    ]
    assert matching.block(people).pairs.height < 5 * len(people)


def test_names_that_sound_alike() -> None:
    sounds = sound_of(pl.Series(["smith", "smyth", "philips", "fillips", "kowalczyk", None, "王"]))
    assert sounds[0] == sounds[1]
    assert sounds[2] == sounds[3]
    assert sounds[4] != sounds[0]
    assert sounds[5] is None
    assert sounds[6] == "王"
