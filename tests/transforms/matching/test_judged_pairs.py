"""Scored pairs after what people said: done as they said, and never chained together otherwise (law 5)."""

from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_JUDGEMENTS, MATCHING_SCORED_PAIRS
from transforms.matching.clustering import cluster_pairs
from transforms.matching.judged_pairs import apply_judgements, list_positives

NAMES = "abcdefg"
NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
NO_MERGES = pl.DataFrame(schema={"parent_id": pl.String, "contact_id": pl.String})


def scored(*pairs: tuple[str, float]) -> pl.DataFrame:
    """('ab', 0.99) merges at 0.9 and above, else is for review."""
    rows = [
        (pair[0], pair[1], probability, "merge" if probability >= 0.9 else "review", "fuzzy", "[]")
        for pair, probability in pairs
    ]
    return pl.DataFrame(rows, schema=polars_schema(MATCHING_SCORED_PAIRS), orient="row")


def judged(source: str = "review", **words: str) -> pl.DataFrame:
    rows = [
        (pair, pair[0], pair[1], word, "in_force", None, None, NOON, source, None, None) for pair, word in words.items()
    ]
    return pl.DataFrame(rows, schema=polars_schema(MATCHING_JUDGEMENTS), orient="row")


def decided(pairs: pl.DataFrame, judgements: pl.DataFrame) -> dict[str, tuple[str, str]]:
    applied = apply_judgements(pairs, judgements, pl.Series(list(NAMES)))
    rows = applied.select("contact_id_l", "contact_id_r", "decision", "decided_by").rows()
    return {left + right: (decision, by) for left, right, decision, by in rows}


def clusters_of(pairs: pl.DataFrame) -> dict[str, list[str]]:
    found = cluster_pairs(pairs, NO_MERGES, auto_merge=True)
    grouped = found.group_by("status", "cluster_id").agg(pl.col("contact_id").str.join("").alias("members"))
    return {status: sorted(grouped.filter(pl.col("status") == status)["members"]) for status in ("merged", "review")}


def test_nothing_said_changes_nothing() -> None:
    pairs = scored(("ab", 0.99), ("bc", 0.7))
    assert apply_judgements(pairs, judged(), pl.Series(list(NAMES))).equals(pairs)


def test_each_judgement_settles_its_pair() -> None:
    pairs = scored(("ab", 0.99), ("cd", 0.7), ("ef", 0.95), ("eg", 0.7))
    assert decided(pairs, judged(ab="different", cd="same", ef="unsure", eg="unsure")) == {
        "ab": ("no_match", "judgement"),
        "cd": ("merge", "judgement"),
        "ef": ("review", "judgement"),
        "eg": ("review", "judgement"),
    }


def test_a_pair_that_no_comparison_kept_is_settled_too() -> None:
    assert decided(scored(), judged(ab="different", cd="same")) == {
        "ab": ("no_match", "judgement"),
        "cd": ("merge", "judgement"),
    }


def test_a_contact_that_is_not_matched_is_passed_over() -> None:
    assert decided(scored(("ab", 0.99)), judged(az="same")) == {"ab": ("merge", "fuzzy")}


def test_what_a_request_merged_keeps_its_name() -> None:
    pairs = scored(("ab", 1.0)).with_columns(decided_by=pl.lit("request"))
    assert decided(pairs, judged("request", ab="same")) == {"ab": ("merge", "request")}


def test_a_chain_is_cut_at_its_weakest_merge() -> None:
    pairs = scored(("ab", 0.99), ("bc", 0.95), ("cd", 0.99))
    assert decided(pairs, judged(ad="different")) == {
        "ab": ("merge", "fuzzy"),
        "bc": ("review", "judged_apart"),
        "cd": ("merge", "fuzzy"),
        "ad": ("no_match", "judgement"),
    }


def test_what_a_person_merged_is_not_cut() -> None:
    pairs = scored(("ab", 0.99), ("bc", 0.1))
    found = decided(pairs, judged(ac="different", bc="same"))
    assert found["bc"] == ("merge", "judgement")
    assert found["ab"] == ("review", "judged_apart")


def test_reviews_between_groups_that_are_apart_are_settled() -> None:
    pairs = scored(("ab", 0.99), ("cd", 0.99), ("ac", 0.7), ("bd", 0.6), ("be", 0.7))
    found = decided(pairs, judged(ac="different"))
    assert found["bd"] == ("no_match", "judged_apart")
    assert found["be"] == ("review", "fuzzy")


PAIRS = st.sampled_from([left + right for left in NAMES for right in NAMES if left < right])
SCORED = st.dictionaries(PAIRS, st.sampled_from([0.7, 0.92, 0.95, 0.99]), max_size=12)


@settings(deadline=None, max_examples=60)
@given(SCORED, st.dictionaries(PAIRS, st.sampled_from(["different", "unsure"]), max_size=4))
def test_contacts_judged_different_are_never_in_one_cluster(probabilities, words) -> None:
    pairs = scored(*sorted(probabilities.items()))
    applied = apply_judgements(pairs, judged(**words), pl.Series(list(NAMES)))
    clusters = clusters_of(applied)["merged"]
    for pair, word in words.items():
        if word == "different":
            assert not any(set(pair) <= set(members) for members in clusters)
    before = clusters_of(pairs)["merged"]
    apart = [set(pair) for pair in words]
    untouched = [members for members in before if not any(pair <= set(members) for pair in apart)]
    assert set(untouched) <= set(clusters), "a cluster that nothing was said of stays"
    assert all(any(set(members) <= set(old) for old in before) for members in clusters)


@settings(deadline=None, max_examples=60)
@given(SCORED, st.dictionaries(PAIRS, st.sampled_from(["different"]), max_size=4), st.integers(0, 99))
def test_the_order_of_pairs_does_not_matter(probabilities, words, seed) -> None:
    pairs, names = scored(*probabilities.items()), pl.Series(list(NAMES))
    shuffled = pairs.sample(fraction=1, shuffle=True, seed=seed)
    applied = apply_judgements(pairs, judged(**words), names).sort(pl.all())
    assert applied.equals(apply_judgements(shuffled, judged(**words), names).sort(pl.all()))


def test_positives_name_the_parent_that_a_request_named() -> None:
    by_request = judged("request", ab="same").with_columns(parent_id=pl.lit("b"))
    said = pl.concat([by_request, judged(cd="same"), judged(ef="different")])
    assert list_positives(said).sort("parent_id").rows() == [("b", "a"), ("c", "d")]
