"""One pair explained, whether or not it was worth keeping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.matching.kept_model import KeptFrequencies, KeptModel
from transforms.matching.scoring import Scorer, code_pairs, number_pairs
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["Explained", "explain_pair"]


@dataclass(frozen=True)
class Explained:
    """One pair: probability, what speaks against it if anything, and evidence as in matching.ScoredPair."""

    probability: float
    conflict: str | None
    evidence: str


def explain_pair(
    values: ContactValues,
    candidates: pl.DataFrame,
    asked: pl.DataFrame,
    reference: MatchingReference,
    pair: tuple[str, str],
    shared_value_limit: int,
    kept: KeptModel | None = None,
) -> Explained | None:
    """A pair compared by the model that its run went by; None when one of the contacts is not matched.

    Args:
        values: what matching knows of the contacts.
        candidates: contact_l, contact_r, and
        asked: parent_id, contact_id: the model is fitted to them, as in `score_candidates`.
        reference: nicknames.
        pair: two contact ids.
        shared_value_limit: an e-mail or phone that more contacts share is no evidence (SPEC A-D1).
        kept: the model that is kept; then nothing is fitted.
    """
    codes = number_pairs(values, pl.Series([pair[0]]), pl.Series([pair[1]]))
    if not len(codes):
        return None
    if kept:
        scorer = Scorer(values, reference, shared_value_limit, kept.model, KeptFrequencies(kept))
        return Explained(*scorer.explain(int(codes[0])))
    scorer = Scorer(values, reference, shared_value_limit)
    merges = number_pairs(values, asked["parent_id"], asked["contact_id"])
    scorer.score(np.union1d(code_pairs(values, candidates), merges), codes[:0])
    return Explained(*scorer.explain(int(codes[0])))
