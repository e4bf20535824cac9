"""Evidence: what each comparison found, beside the pair it speaks of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from transforms.matching.comparison import MISSING, Agreement, Numbers
from transforms.matching.decision import Scores
from transforms.matching.fields import Comparison
from transforms.matching.model import FIELDS

__all__ = ["describe_evidence"]


def describe_evidence(
    comparisons: Mapping[str, Comparison], agreements: Mapping[str, Agreement], scores: Scores, rows: Numbers
) -> pl.Series:
    """JSON of each chosen pair: a list of {field, level, score, weight, value_l, value_r}, for the fields both have.

    Args:
        comparisons: for the values' texts.
        agreements: of all pairs.
        scores: of all pairs; a field's weight is its log2 odds, one person against strangers.
        rows: which pairs.
    """
    parts = []
    for name, agreement in agreements.items():
        levels, known = agreement.levels[rows], agreement.levels[rows] != MISSING
        shown = comparisons[name].shown
        entry = pl.DataFrame(
            {
                "field": pl.Series([name], dtype=pl.String).new_from_index(0, len(rows)),
                "level": pl.Series([level.name for level in FIELDS[name].levels]).gather(np.maximum(levels, 0)),
                "score": agreement.scores[rows].astype(np.float64).round(3),
                "weight": scores.weights[name][rows].round(2),
                "value_l": _show(shown, agreement.left[rows]),
                "value_r": _show(shown, agreement.right[rows]),
            }
        )
        text = pl.struct(entry.columns).struct.json_encode()
        parts.append(entry.select(pl.when(pl.Series(known)).then(text).alias(name)))
    listed = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
    return pl.concat(parts, how="horizontal").select(pl.format("[{}]", listed).alias("evidence")).to_series()


def _show(shown: pl.Series, codes: Numbers) -> pl.Series:
    found = pl.Series(codes, dtype=pl.Int64)
    return shown.gather(pl.select(pl.when(found >= 0).then(found)).to_series().cast(pl.UInt32))
