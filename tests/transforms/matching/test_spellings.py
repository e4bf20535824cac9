"""Bounds against the similarities themselves: what they leave out is surely below."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_sort_ratio

from transforms.matching.comparison import rank_edits, rank_similarity, rank_words
from transforms.matching.spellings import Spellings

word = st.text("aab bc1123éж", min_size=1, max_size=9).map(lambda text: " ".join(text.split())).filter(bool)
texts = st.lists(word, min_size=1, max_size=12, unique=True)


@given(texts, st.sampled_from([0.85, 0.88, 0.9, 0.92]), st.sampled_from([1, 2]))
@settings(deadline=None)
def test_scores_above_the_least_are_those_of_each_pair(values, least, most) -> None:
    names = Spellings(pl.Series(values))
    left, right = (side.ravel().astype(np.int32) for side in np.indices((len(values), len(values))))
    pairs = [(values[one], values[other]) for one, other in zip(left, right, strict=True)]
    similar = [np.float32(JaroWinkler.normalized_similarity(*pair)) for pair in pairs]
    found = rank_similarity(names, left, right, least)
    assert (found >= least).tolist() == [score >= np.float32(least) for score in similar]
    words = rank_words(names, left, right, least)
    assert (words >= least).tolist() == [
        np.float32(token_sort_ratio(*pair)) / np.float32(100) >= least for pair in pairs
    ]
    edits = rank_edits(names, left, right, most)
    assert edits.tolist() == [min(OSA.distance(*pair), most + 1) for pair in pairs]


def test_plainly_different_names_are_not_held_against_each_other() -> None:
    names = Spellings(pl.Series(["robert", "margaret", "roberta", "wilhelmina"]))
    left, right = np.zeros(3, np.int32), np.arange(1, 4, dtype=np.int32)
    assert names.may_be_similar(left, right, 0.85).tolist() == [False, True, False]
