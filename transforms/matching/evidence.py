"""Evidence: what each comparison found, beside the pair it speaks of; and the model's parameters as a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.matching.comparison import Agreement, Comparison, Flags
from transforms.matching.estimation import OTHER_CLASSES, Chances, Model
from transforms.matching.model import FIRST_NAME
from transforms.matching.patterns import is_namesake

__all__ = ["EvidenceWriter", "tabulate_model"]

_ESCAPED = r'["\\\x00-\x1f]'  # characters that are escaped in JSON


class EvidenceWriter:
    """Writes what each comparison found as JSON; levels, and texts that are escaped, are encoded once for all pairs."""

    def __init__(self, comparisons: Mapping[str, Comparison], model: Model) -> None:
        """Encode them.

        Args:
            comparisons: for the values' texts.
            model: a field's weight is its log2 odds, one person against strangers.
        """
        self._least = {name: 1 if chances.field.is_fixed else 0 for name, chances in model.chances.items()}
        self._heads = {name: _encode_heads(name, chances) for name, chances in model.chances.items()}
        self._shown = {name: _escape(comparisons[name].shown) for name in model.chances}
        self._told = {name for name, chances in model.chances.items() if chances.is_told}

    def describe(self, agreements: Mapping[str, Agreement]) -> pl.Series:
        """JSON of each pair: a list of {field, level, weight, value_l, value_r}, for the fields both have."""
        height = max((len(agreement.levels) for agreement in agreements.values()), default=0)
        is_begun = np.zeros(height, np.bool_)
        entries = []
        for name, agreement in agreements.items():
            known = agreement.levels >= self._least[name]  # that both are people goes without saying
            if name in self._told and FIRST_NAME.name in agreements:  # so does what their given name tells
                known &= ~is_namesake(agreements[FIRST_NAME.name].levels)
            entries.append(self._describe_field(name, agreement, known, is_begun))
            is_begun |= known
        opened = pl.when(~pl.Series(is_begun)).then(pl.lit("["))
        return pl.select(pl.concat_str(*entries, opened, pl.lit("]"), ignore_nulls=True).alias("evidence")).to_series()

    def _describe_field(self, name: str, agreement: Agreement, known: Flags, is_begun: Flags) -> pl.Series:
        """The entry of each pair, null where it is not known; it begins the list where none did."""
        shown = self._shown[name]
        pieces = {
            "head": self._heads[name].gather(agreement.levels.clip(0) * 2 + is_begun),
            "left": shown.gather(agreement.left),
            "right": shown.gather(agreement.right),
        }
        entry = pl.concat_str("head", "left", pl.lit('","value_r":"'), "right", pl.lit('"}'))
        return pl.DataFrame(pieces).select(pl.when(pl.Series(known)).then(entry).alias(name)).to_series()


def _encode_heads(name: str, chances: Chances) -> pl.Series:
    """JSON of an entry by level, up to the left value: each as what begins the list, and as what goes on with it."""
    weights = np.log2(chances.match / chances.stranger).round(2)
    entry = pl.DataFrame({"level": chances.field.levels, "weight": weights}).select(
        pl.struct(pl.lit(name).alias("field"), "level", "weight").struct.json_encode().str.head(-1).alias("head")
    )
    opened = pl.concat_list(pl.lit("[") + pl.col("head"), pl.lit(",") + pl.col("head"))
    return entry.select(opened.list.eval(pl.element() + ',"value_l":"').explode()).to_series()


def _escape(texts: pl.Series) -> pl.Series:
    """Texts by code as they stand between the quotes of JSON, and null last, where the code -1 finds it."""
    places = texts.str.contains(_ESCAPED).arg_true()
    encoded = pl.select(pl.struct(texts.gather(places).alias("v")).struct.json_encode()).to_series()
    escaped = texts.scatter(places, encoded.str.slice(len('{"v":"')).str.head(-2)) if len(places) else texts.clone()
    return escaped.extend_constant(None, 1)


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
