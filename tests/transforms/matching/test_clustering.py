"""Clusters against loops; the same whatever the order, and unmoved by strangers."""

import random
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.matching.clustering import CLUSTER_SIZE_LIMIT, alias_contacts, cluster_pairs, cut_chains

SCORED = {"contact_id_l": pl.String, "contact_id_r": pl.String, "decision": pl.String, "decided_by": pl.String}
NO_MERGES = pl.DataFrame(schema={"parent_id": pl.String, "contact_id": pl.String})
edge = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1])
decided = st.sampled_from([("merge", "same_email"), ("review", "fuzzy"), ("no_match", "conflict_birthday")])


def name_of(number: int) -> str:
    return f"c{number}"


def scored_rows(edges: dict[tuple[int, int], tuple[str, str]]) -> pl.DataFrame:
    rows = [(name_of(left), name_of(right), *what) for (left, right), what in edges.items()]
    return pl.DataFrame(rows, schema=SCORED, orient="row")


def join_naively(pairs: list[tuple[str, str]]) -> list[set[str]]:
    groups = [set(pair) for pair in pairs]
    while True:
        meeting = next(((one, other) for one, other in combinations(groups, 2) if one & other), None)
        if meeting is None:
            return groups
        groups = [group for group in groups if group not in meeting] + [meeting[0] | meeting[1]]


@given(st.dictionaries(edge, decided))
def test_clusters_are_what_pairs_join(edges) -> None:
    clusters = cluster_pairs(scored_rows(edges), NO_MERGES, True)
    merged = clusters.filter(pl.col("status") == "merged")
    found = merged.group_by("cluster_id").agg("contact_id", pl.col("suggested_parent").unique())
    wanted = join_naively(
        [(name_of(left), name_of(right)) for (left, right), (what, _) in edges.items() if what == "merge"]
    )
    assert sorted(map(sorted, found["contact_id"])) == sorted(map(sorted, wanted))
    assert all(parents == [min(members)] for _, members, parents in found.rows())
    aliases = dict(
        alias_contacts(pl.Series([name_of(n) for n in range(10)]), clusters)
        .select("contact_id", "canonical_id").iter_rows()
    )  # fmt: skip
    assert aliases == {
        name_of(n): min(next((group for group in wanted if name_of(n) in group), {name_of(n)})) for n in range(10)
    }
    review = clusters.filter(pl.col("status") == "review")
    apart = {
        contact
        for (left, right), (what, _) in edges.items()
        if what == "review" and aliases[name_of(left)] != aliases[name_of(right)]
        for contact in (name_of(left), name_of(right))
    }
    assert set(review["contact_id"]) == apart
    assert set(review["cluster_id"]).isdisjoint(merged["cluster_id"])


@given(st.dictionaries(edge, st.sampled_from(["merge", "request", "conflict"]), max_size=20), st.randoms())
def test_a_d2_no_cluster_holds_a_conflict_that_no_person_overruled(edges, shuffler) -> None:
    rows = [
        {
            "left": left, "right": right, "probability": (left * 7 + right) % 5 / 5,
            "decision": "no_match" if what == "conflict" else "merge",
            "decided_by": "request" if what == "request" else "same_email" if what == "merge" else "conflict_birthday",
            "conflict": "conflict_birthday" if what == "conflict" else None,
        }
        for (left, right), what in edges.items()
    ]  # fmt: skip
    schema = {
        "left": pl.UInt32, "right": pl.UInt32, "probability": pl.Float64, "decision": pl.String,
        "decided_by": pl.String, "conflict": pl.String,
    }  # fmt: skip
    shuffler.shuffle(rows)
    cut = cut_chains(pl.DataFrame(rows, schema=schema), 10)
    shuffler.shuffle(rows)
    again = cut_chains(pl.DataFrame(rows, schema=schema), 10)
    assert cut.sort("left", "right").equals(again.sort("left", "right"))
    merged = cut.filter(pl.col("decision") == "merge")
    asked = [pair for pair, what in edges.items() if what == "request"]
    assert set(asked) <= set(merged.select("left", "right").rows()), "what a person asked for is done"
    groups = join_naively(merged.select(pl.col("left", "right").cast(pl.String)).rows())
    by_request = join_naively([(str(left), str(right)) for left, right in asked])
    for (left, right), what in edges.items():
        together = {str(left), str(right)}
        if what == "conflict" and not any(together <= group for group in by_request):
            assert not any(together <= group for group in groups)
    if "conflict" not in edges.values():
        assert (cut["decision"] == "merge").all(), "without a conflict nothing is cut"


def test_a_cluster_too_large_for_one_person_is_left_for_review() -> None:
    size = CLUSTER_SIZE_LIMIT + 1
    chain = pl.DataFrame(
        {"left": np.arange(size - 1), "right": np.arange(1, size), "probability": 1.0, "decision": "merge"}
    ).with_columns(decided_by=pl.lit("same_email"), conflict=pl.lit(None, pl.String))
    assert set(cut_chains(chain, size)["decided_by"]) == {"oversize_cluster"}
    assert set(cut_chains(chain.head(size - 2), size)["decided_by"]) == {"same_email"}


def test_du3_the_parent_a_person_named_stays() -> None:
    merges = pl.DataFrame({"parent_id": ["c5"], "contact_id": ["c1"]})
    scored = scored_rows({(1, 5): ("merge", "request"), (0, 1): ("merge", "same_email")})
    clusters = cluster_pairs(scored, merges, True)
    assert set(clusters["suggested_parent"]) == {"c5"}
    manual = cluster_pairs(scored, merges, False)
    assert manual.filter(pl.col("status") == "merged")["contact_id"].to_list() == ["c1", "c5"]
    assert manual.filter(pl.col("status") == "review")["contact_id"].to_list() == ["c0", "c1"]


person = st.fixed_dictionaries(
    {"first_name": st.sampled_from(["Bob", "Robert", "Jane", "Rob"])},
    optional={
        "last_name": st.sampled_from(["Miller", "Taylor"]),
        "middle_name": st.sampled_from(["Lee", "Ray"]),
        "email": st.lists(st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]), max_size=2),
        "phone_number": st.lists(st.sampled_from(["+1555", "+1556"]), max_size=2),
        "ios": st.sampled_from(["A", "B"]),
    },
)
people = st.lists(person, max_size=9).map(lambda given: [{"id": f"c{n}", **one} for n, one in enumerate(given)])


@given(people, st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_the_order_of_the_input_changes_nothing(matching, people, seed) -> None:
    first = matching.match(people, {"parent_id": ["c1"], "contact_id": ["c0"]})
    again = matching.match(
        random.Random(seed).sample(people, len(people)),
        {"parent_id": ["c1"], "contact_id": ["c0"]},
        shuffle=lambda frame: frame.sample(fraction=1, shuffle=True, seed=seed),
    )
    assert first.pairs.equals(again.pairs)
    assert first.scored.equals(again.scored)
    assert first.clusters.equals(again.clusters)
    assert first.aliases.equals(again.aliases)


@given(people)
@settings(max_examples=6, deadline=None)
def test_a_stranger_changes_no_merged_cluster(matching, people) -> None:
    stranger = {"id": "c00", "first_name": "Xaver", "last_name": "Zzyzx", "email": "zz@z.example"}
    assert matching.match(people).members("merged") == matching.match([stranger, *people]).members("merged")
