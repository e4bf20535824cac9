"""What is certain, what conflicts, what is left for a person (SPEC A-D1 to A-D5, 1.14 golden 4)."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from transforms.matching.fields import compare_fields, prepare_comparisons
from transforms.matching.model import EMAIL

BOB = {"first_name": "Bob", "last_name": "Miller"}
JANE = {"first_name": "Jane", "last_name": "Miller"}


def test_golden_4_clusters_of_the_documents(matching) -> None:
    people = [
        {"id": "a", "last_name": "Zakroff", "email": "hank@work.example"},
        {"id": "b", "first_name": "Hank", "last_name": "Zakroff", "email": "Hank@Work.example"},
        {"id": "c", "first_name": "Goat", "last_name": "Boy 2", "email": "goat@x.example", "ios": "52EAB13E"},
        {"id": "d", "first_name": "Goat", "last_name": "Boy", "email": "goat@x.example", "ios": "52EAB13E"},
        {"id": "e", "first_name": "David", "phone_number": "+15556106679", "ios": "E94CD15C"},
        {"id": "f", "first_name": "David", "last_name": "Taylor", "phone_number": "+15556106679", "ios": "E94CD15C"},
        {"id": "g", "first_name": "Kate", "last_name": "Bell", "email": "kate@x.example"},
    ]
    matched = matching.match(people)
    assert matched.members("merged") == [["a", "b"], ["c", "d"]]
    assert matched.members("review") == [["e", "f"]]
    assert matched.decision("a", "b") == ("merge", "same_email")
    assert matched.decision("e", "f") == ("review", "same_address_book_id")
    parents = matched.aliases.filter(pl.col("contact_id") != pl.col("canonical_id"))
    assert parents.select("contact_id", "canonical_id").rows() == [("b", "a"), ("d", "c")]


def test_a_few_contacts_that_are_alike_in_nothing_but_slips_are_for_a_person_to_see(matching) -> None:
    people = [
        {"id": "a", "first_name": "Jan", "last_name": "Van der Berg", "phone_number": "+14155550190"},
        {"id": "b", "first_name": "Jean", "last_name": "Riker", "phone_number": "+14155550193"},
        {"id": "c", "first_name": "Anna", "last_name": "Smith", "phone_number": "+14155550111"},
        {"id": "d", "first_name": "Bob", "last_name": "Jones", "phone_number": "+12125550142"},
    ]
    assert matching.match(people).decision("a", "b") == ("review", "fuzzy")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(
            {**BOB, "phone_number": "+1555"}, {**BOB, "phone_number": "+1555"}, ("merge", "same_phone_and_name"),
            id="a_d1_same_phone_and_name",
        ),
        pytest.param(
            {**BOB, "phone_number": "+1555"}, {"first_name": "Robert", "last_name": "Miller", "phone_number": "+1555"},
            ("merge", "fuzzy"), id="same_phone_and_nickname",
        ),
        pytest.param(
            {**BOB, "phone_number": "+1555"}, {**JANE, "phone_number": "+1555"}, None, id="a_d1_phone_of_a_couple"
        ),
        pytest.param(
            {**BOB, "phone_number": "+1555"}, {**JANE, "phone_number": "+1555", "source": "lead"},
            ("review", "same_phone"), id="a_p4_lead_with_the_phone_only",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example", "birthday": date(1970, 1, 2)},
            {**BOB, "email": "x@x.example", "birthday": date(1999, 5, 6)},
            ("no_match", "conflict_birthday"), id="a_d2_birthday",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example", "birthday": date(1970, 1, 2)},
            {**BOB, "email": "x@x.example", "birthday": date(1970, 2, 1)},
            ("review", "conflict_birthday"), id="a_d2_birthday_a_slip_apart",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example", "middle_name": "Lee"},
            {**BOB, "email": "x@x.example", "middle_name": "Ray"},
            ("no_match", "conflict_middle_name"), id="a_d2_middle_name",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example", "middle_name": "Lee"}, {**BOB, "email": "x@x.example", "middle_name": "L."},
            ("merge", "same_email"), id="a_d2_middle_initial",
        ),
        pytest.param(
            {**BOB, "last_name": "Miller Jr.", "email": "x@x.example"},
            {**BOB, "last_name": "Miller Sr", "email": "x@x.example"},
            ("no_match", "conflict_name_suffix"), id="father_and_son_by_name",
        ),
        pytest.param(
            {**BOB, "last_name": "Miller Jr.", "email": "x@x.example"},
            {**BOB, "last_name": "Miller II", "email": "x@x.example"}, ("merge", "same_email"), id="junior_the_second",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example"}, {**JANE, "email": "x@x.example"}, ("review", "conflict_first_name"),
            id="a_couple_with_one_mailbox",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example"}, {"first_name": "Robert", "email": "X@x.example"}, ("merge", "same_email"),
            id="a_d1_nickname",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example"}, {"first_name": "Miller", "last_name": "Bob", "email": "x@x.example"},
            ("merge", "same_email"), id="a_d1_names_swapped",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example"}, {"company": "Acme Inc", "email": "x@x.example"},
            ("no_match", "conflict_kind"), id="person_and_company",
        ),
        pytest.param(
            {"company": "Acme Realty", "email": "x@x.example"}, {"company": "Bolt Roofing", "email": "x@x.example"},
            ("review", "conflict_company_name"), id="two_companies_with_one_mailbox",
        ),
        pytest.param(
            {"company": "The Acme", "email": "x@x.example"}, {"company": "ACME Inc.", "email": "x@x.example"},
            ("merge", "same_email"), id="legal_form_of_a_company",
        ),
        pytest.param(
            {**BOB, "partner_email": "j@x.example"}, {"first_name": "Jane", "email": "j@x.example"},
            ("review", "partner_email"), id="a_d3_partner_and_own",
        ),
        pytest.param(
            {"first_name": "Ann", "partner_email": "j@x.example"}, {"first_name": "Jo", "partner_email": "j@x.example"},
            None, id="a_d3_two_partners",
        ),
        pytest.param(
            {**BOB, "email": "x@x.example"}, {**BOB, "email": "x@x.example", "owner": "other"}, None,
            id="a_d5_another_owner",
        ),
    ],
)  # fmt: skip
def test_two_contacts(matching, left, right, expected) -> None:
    assert matching.match([{"id": "l", **left}, {"id": "r", **right}]).decision("l", "r") == expected


def test_a_d5_scope_brand_compares_owners(matching) -> None:
    people = [{"id": owner, "owner": owner, "email": "x@x.example", **BOB} for owner in ("u", "v")]
    assert matching.match(people, scope="brand").members("merged") == [["u", "v"]]


def test_a_d1_values_that_many_share_are_no_evidence(matching) -> None:
    office = [
        {"id": f"c{place}", "first_name": name, "last_name": last, "email": "info@x.example"}
        for place, (name, last) in enumerate(
            [("Ann", "Abel"), ("Ben", "Brook"), ("Cid", "Carter"), ("Dora", "Ellis"), ("Eve", "Frost"), ("Fay", "Holt")]
        )
    ]
    assert matching.match(office).scored.is_empty()
    alike = [{"id": f"c{place}", **BOB, "email": "info@x.example"} for place in range(6)]
    assert set(matching.match(alike).scored["decided_by"]) == {"fuzzy"}, "their names say it"
    assert set(matching.match(alike, shared_value_limit=6).scored["decided_by"]) == {"same_email"}


@pytest.mark.parametrize(("mailbox", "level"), [("info", "shared_by_many"), ("jd", "shared")])
def test_a_d1_a_desk_of_many_is_nobodys(matching, mailbox, level) -> None:
    people = [{"id": f"c{number}", "company": f"Acme {number}", "email": f"{mailbox}@x.example"} for number in range(7)]
    comparisons = prepare_comparisons(matching.values(people), matching.reference, 5)
    found = compare_fields(comparisons, np.array([0]), np.array([1]))["email"].levels[0]
    assert found == EMAIL.place(level)


def test_one_contact_over_and_over_is_one_person(matching) -> None:
    others = [
        {"id": f"o{number:03}", "first_name": chr(97 + number % 25) * 4, "last_name": chr(97 + number % 23) * 5,
         "email": f"{number}@x.example"}
        for number in range(120)
    ]  # fmt: skip
    again = {"first_name": "Walter", "last_name": "Zimmer", "email": "wz@x.example", "phone_number": "+14155550199",
             "address": {"house_num": "12", "name": "Elm", "city": "Reno"}}  # fmt: skip
    twins = [{"id": f"t{number:03}", **again} for number in range(80)]
    assert matching.match([*others, *twins]).members("merged") == [[twin["id"] for twin in twins]]


def test_a_d2_a_chain_does_not_join_what_conflicts(matching) -> None:
    people = [
        {"id": "a", **BOB, "email": "x@x.example", "birthday": date(1970, 1, 2)},
        {"id": "b", "last_name": "Miller", "email": ["x@x.example", "y@x.example"]},
        {"id": "c", **BOB, "email": "y@x.example", "birthday": date(1999, 5, 6), "phone_number": "+1555"},
    ]
    matched = matching.match(people)
    merged = matched.members("merged")
    assert merged in ([["a", "b"]], [["b", "c"]])
    assert matched.decision("a", "c") == ("no_match", "conflict_birthday")
    assert sorted(matched.scored["decided_by"]) == ["conflict_birthday", "same_email", "weak_link"]


def test_a_name_without_suffix_does_not_join_father_and_son(matching) -> None:
    home = {
        "address": {"house_num": "12", "name": "Oak", "city": "Dallas", "postcode": "75201"},
        "email": "x@x.example",
    }
    names = {"any": "Miller", "sr": "Miller Sr", "jr": "Miller Jr"}
    people = [{"id": name, "first_name": "Bob", "last_name": last, **home} for name, last in names.items()]
    assert matching.match(people).members("merged") in ([["any", "jr"]], [["any", "sr"]])


def test_without_auto_merge_all_waits_for_a_person(matching) -> None:
    people = [{"id": name, **BOB, "email": "x@x.example"} for name in "abc"]
    matched = matching.match(people, auto_merge=False)
    assert matched.members("merged") == []
    assert matched.members("review") == [["a", "b", "c"]]
    assert (matched.aliases["canonical_id"] == matched.aliases["contact_id"]).all()


def test_fuzzy_pairs_are_merged_above_their_threshold(matching) -> None:
    home = {"house_num": "12", "name": "Oak", "city": "Dallas", "postcode": "75201-1234"}
    people = [
        {"id": "a", "first_name": "Katherine", "last_name": "Kowalczyk", "address": home, "birthday": date(1980, 3, 4)},
        {"id": "b", "first_name": "Catherine", "last_name": "Kowalczyk", "address": {**home, "postcode": "75201"}},
        {"id": "c", "first_name": "Thomas", "last_name": "Kowalczyk", "address": home},
    ]
    matched = matching.match(people)
    assert matched.decision("a", "b") == ("merge", "fuzzy")
    assert matched.decision("a", "c") is None, "one household is not one person"
    assert matched.members("merged") == [["a", "b"]]


def test_namesakes_of_whom_little_is_known_make_no_one_else_alike(matching) -> None:
    bobs = [{"id": f"b{number}", "first_name": "Bob"} for number in range(6)]
    janes = [
        {"id": "j1", "first_name": "Jane", "last_name": "Taylor", "ios": "A"},
        {"id": "j2", "first_name": "Jane", "last_name": "Miller", "ios": "B"},
    ]
    matched = matching.match([*bobs, *janes])
    assert matched.members("merged") == []
    assert matched.decision("j1", "j2") is None


def test_evidence_names_levels_values_and_weights(matching) -> None:
    people = [{"id": "l", **BOB, "email": "x@x.example"}, {"id": "r", "first_name": "Róbert", "email": "x@x.example"}]
    scored = matching.match(people).scored
    evidence = {item["field"]: item for item in json.loads(scored["evidence"][0])}
    assert evidence.keys() == {"first_name", "email"}, "what one of them lacks is no evidence"
    assert evidence["first_name"]["level"] == "nickname"
    assert (evidence["first_name"]["value_l"], evidence["first_name"]["value_r"]) == ("bob", "robert")
    assert evidence["email"]["level"] == "exact"
    assert evidence["email"]["weight"] > 5
    assert 0.9 < scored["probability"][0] <= 1


def test_no_contacts_and_one_contact(matching) -> None:
    for people in ([], [{"id": "a", **BOB}]):
        matched = matching.match(people)
        assert matched.pairs.is_empty()
        assert matched.clusters.is_empty()
        assert matched.aliases.height == len(people)


def test_a_d1_an_email_that_is_all_that_is_known(matching) -> None:
    people = [{"id": f"c{number:02}", "email": f"{number // 2}@x.example"} for number in range(40)]
    assert matching.match(people).members("merged") == [[f"c{n:02}", f"c{n + 1:02}"] for n in range(0, 40, 2)]


def test_what_is_no_person_is_merged_by_what_it_has(matching) -> None:
    letters = "abcdefghijklmnopqrst"
    papers = [
        {"id": f"c{copy:02}", "title": f"{letters[copy // 2] * 9} {copy // 2}", "year": f"{1980 + copy // 2 % 7}",
         "authors": letters[-1 - copy // 2] * 8}
        for copy in range(40)
    ]  # fmt: skip
    assert matching.match(papers).members("merged") == [[f"c{n:02}", f"c{n + 1:02}"] for n in range(0, 40, 2)]
