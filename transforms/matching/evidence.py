"""Evidence: what each comparison found, beside the pair it speaks of; and the model's parameters as a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.matching.comparison import Agreement, Comparison
from transforms.matching.estimation import Model

__all__ = ["describe_evidence", "tabulate_model"]


def describe_evidence(
    comparisons: Mapping[str, Comparison], agreements: Mapping[str, Agreement], model: Model
) -> pl.Series:
    """JSON of each pair: a list of {field, level, weight, value_l, value_r}, for the fields both have.

    Args:
        comparisons: for the values' texts.
        agreements: of the pairs.
        model: a field's weight is its log2 odds, one person against strangers.
    """
    parts = []
    for name, agreement in agreements.items():
        chances = model.chances[name]
        least = 1 if chances.field.is_fixed else 0  # that both are people goes without saying
        rows = np.flatnonzero(agreement.levels >= least)
        levels = agreement.levels[rows]
        weights = np.log2(chances.match / chances.stranger)
        shown = comparisons[name].shown
        entry = pl.DataFrame(
            {
                "field": pl.Series([name], dtype=pl.String).new_from_index(0, len(rows)),
                "level": pl.Series(chances.field.levels).gather(levels),
                "weight": pl.Series(weights.round(2)).gather(levels),
                "value_l": shown.gather(agreement.left[rows]),
                "value_r": shown.gather(agreement.right[rows]),
            }
        )
        text = entry.select(pl.struct(entry.columns).struct.json_encode()).to_series()
        whole = pl.repeat(None, len(agreement.levels), dtype=pl.String, eager=True)
        parts.append(whole.scatter(rows, text).alias(name) if len(rows) else whole.alias(name))
    listed = pl.concat_str(pl.all(), separator=",", ignore_nulls=True)
    return pl.DataFrame(parts).select(pl.format("[{}]", listed).alias("evidence")).to_series()


def tabulate_model(model: Model) -> pl.DataFrame:
    """Columns of matching.ModelParameter."""
    rows: list[dict[str, object]] = []
    for name, chances in model.chances.items():
        for place, level in enumerate(chances.field.levels):
            match, stranger = float(chances.match[place]), float(chances.stranger[place])
            rows.append(
                {
                    "comparison": name, "level": level, "m": match, "u": stranger,
                    "weight": _weigh(match, stranger), "matches": float(chances.counts[place]),
                    "home": float(chances.shares("home")[place]), "office": float(chances.shares("office")[place]),
                }
            )  # fmt: skip
    for kind, expected in model.expected.items():
        share = expected / model.pairs_count
        rows.append(
            {
                "comparison": "prior", "level": kind, "m": share, "u": 1 - share, "weight": _weigh(share, 1 - share),
                "matches": expected, "home": 0.0, "office": 0.0,
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def _weigh(match: float, stranger: float) -> float:
    tiny: npt.NDArray[np.float64] = np.maximum(np.array([match, stranger]), 1e-12)
    return float(np.log2(tiny[0] / tiny[1]))
