"""Evidence: what each comparison found, beside the pair it speaks of; and the model's parameters as a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.matching.comparison import Agreement, Codes, Comparison
from transforms.matching.estimation import OTHER_CLASSES, Chances, Model

__all__ = ["EvidenceWriter", "tabulate_model"]


class EvidenceWriter:
    """Writes what each comparison found as JSON; texts and levels are encoded once, however many pairs have them."""

    def __init__(self, comparisons: Mapping[str, Comparison], model: Model) -> None:
        """Encode them.

        Args:
            comparisons: for the values' texts.
            model: a field's weight is its log2 odds, one person against strangers.
        """
        self._least = {name: 1 if chances.field.is_fixed else 0 for name, chances in model.chances.items()}
        self._levels = {name: _encode_levels(name, chances) for name, chances in model.chances.items()}
        self._shown = {name: comparisons[name].shown for name in model.chances}
        self._encoded: dict[str, pl.Series] = {}

    def describe(self, agreements: Mapping[str, Agreement]) -> pl.Series:
        """JSON of each pair: a list of {field, level, weight, value_l, value_r}, for the fields both have."""
        parts: list[pl.Series | pl.Expr] = [pl.lit("[")]
        for name, agreement in agreements.items():
            parts += self._describe_field(name, agreement)
        listed = pl.concat_str(parts, separator="", ignore_nulls=True).str.replace("[,", "[", literal=True)
        return pl.select(pl.concat_str(listed, pl.lit("]")).alias("evidence")).to_series()

    def _describe_field(self, name: str, agreement: Agreement) -> list[pl.Series | pl.Expr]:
        # that both are people goes without saying
        known = pl.Series(agreement.levels >= self._least[name])
        left, right = (self._encode(name, codes) for codes in (agreement.left, agreement.right))
        pieces = {"head": self._levels[name].gather(agreement.levels.clip(0)), "left": left, "right": right}
        frame = pl.DataFrame(pieces).select(
            pl.when(known).then(pl.concat_str("head", "left", pl.lit(',"value_r":'), "right", pl.lit("}")))
        )
        return [frame.to_series().alias(name)]

    def _encode(self, name: str, codes: Codes) -> pl.Series:
        """JSON of texts by code, negative ones missing."""
        shown = self._shown[name]
        if len(codes) < len(shown):
            return _encode_texts(shown.gather(pl.Series(codes).set(pl.Series(codes < 0), None)))
        if name not in self._encoded:
            self._encoded[name] = _encode_texts(pl.concat([shown, pl.Series([None], dtype=pl.String)]))
        return self._encoded[name].gather(np.where(codes < 0, len(shown), codes))


def _encode_levels(name: str, chances: Chances) -> pl.Series:
    """JSON of an entry by level, up to the left value."""
    weights = np.log2(chances.match / chances.stranger).round(2)
    entry = pl.DataFrame({"level": chances.field.levels, "weight": weights}).select(
        pl.struct(pl.lit(name).alias("field"), "level", "weight").struct.json_encode().alias("head")
    )
    return entry.select(pl.concat_str(pl.lit(","), pl.col("head").str.head(-1), pl.lit(',"value_l":'))).to_series()


def _encode_texts(texts: pl.Series) -> pl.Series:
    """JSON of each text, null where it is missing."""
    encoded = pl.select(pl.struct(texts.alias("v")).struct.json_encode()).to_series()
    return encoded.str.slice(len('{"v":')).str.head(-1)


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
                    **{kind: float(chances.shares(kind)[place]) for kind in OTHER_CLASSES},
                }
            )  # fmt: skip
    for kind, expected in model.expected.items():
        share = expected / model.pairs_count
        rows.append(
            {
                "comparison": "prior", "level": kind, "m": share, "u": 1 - share, "weight": _weigh(share, 1 - share),
                "matches": expected, **dict.fromkeys(OTHER_CLASSES, 0.0),
            }
        )  # fmt: skip
    return pl.DataFrame(rows)


def _weigh(match: float, stranger: float) -> float:
    tiny: npt.NDArray[np.float64] = np.maximum(np.array([match, stranger]), 1e-12)
    return float(np.log2(tiny[0] / tiny[1]))
