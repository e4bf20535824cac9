"""The matching model as the last run estimated it: what every level of agreement says, and how rare matches are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.homes import warehouse_of
from flows.model_log import read_last_decision
from flows.store import Store, open_published
from schemas.errors import BusyError, NotFoundError
from schemas.tables import (
    MATCHING_BLOCKING_REPORT,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CONTACTS,
    MATCHING_MODEL_PARAMETERS,
    OPS_RUNS,
)
from schemas.vocabulary import KEPT_BY_ITSELF

__all__ = ["ModelReport", "read_kept_lines", "read_model"]

_PRIOR = "prior"
#: What is shown: levels that so many pairs of one person are expected to have, or such a share of strangers' pairs.
_SEEN_PAIRS, _SEEN_SHARE = 0.5, 0.001
_OUTGROWN = 2  # times the contacts that a model was kept on


@dataclass(frozen=True)
class ModelReport:
    """Lines about the model as a whole, a table of its levels, and one of its blocking rules."""

    lines: list[str]
    levels: pl.DataFrame
    rules: pl.DataFrame


def read_model(home: Path, whole: bool) -> ModelReport:
    """The parameters stored with the last run that matched.

    Args:
        home: folder of the warehouse.
        whole: list also the levels that hardly a pair here has.

    Raises:
        NotFoundError: no run has stored any.
    """
    with open_published(warehouse_of(home)) as store:
        parameters = store.read(MATCHING_MODEL_PARAMETERS)
        rules = store.read(MATCHING_BLOCKING_REPORT).sort("pairs_count", "blocking_rule", descending=[True, False])
        pairs = store.count(MATCHING_CANDIDATE_PAIRS)
        runs = store.read(OPS_RUNS, ["run_sequence", "clock"], "status = 'done'").sort("run_sequence")
        kept = list(_tell_kept(store))
    if parameters.is_empty():
        raise NotFoundError("no model has been estimated yet", where=str(home), todo="run `leadpipe run` first")
    lines = [f"model of run {number}, clock {clock:%Y-%m-%d %H:%M} UTC" for number, clock in runs.tail(1).iter_rows()]
    lines.append(f"{pairs:,} candidate pairs were compared, by {rules.filter(pl.col('pairs_count') > 0).height} rules")
    lines += kept
    levels = _list_levels(parameters, whole)
    lines += _tell_priors(parameters)
    if left_out := parameters.filter(pl.col("comparison") != _PRIOR).height - levels.height:
        lines.append(f"{left_out:,} levels that hardly a pair here has are left out: --all shows them")
    return ModelReport(lines, levels, rules)


def read_kept_lines(home: Path) -> list[str]:
    """Lines on the kept model; none while a run is writing, which is when nobody can look."""
    try:
        with open_published(warehouse_of(home)) as store:
            return list(_tell_kept(store))
    except (BusyError, NotFoundError):
        return []


def _tell_kept(store: Store) -> Iterator[str]:
    kept = read_last_decision(store, ["contacts_count", "kept_by", "kept_at"])
    if kept.is_empty():
        yield "no model is kept: every run estimates it on all contacts, and matches all of them"
        return
    row, now = kept.row(0, named=True), store.count(MATCHING_CONTACTS)
    is_by_itself = row["kept_by"] == KEPT_BY_ITSELF
    by = "" if is_by_itself or not row["kept_by"] else f" by {row['kept_by']}"
    yield (
        f"kept by run {row['run_sequence']}, {row['kept_at']:%Y-%m-%d %H:%M} UTC{by}, on {row['contacts_count']:,}"
        f" contacts, now {now:,}: runs match what is new or changed"
    )
    if is_by_itself:
        yield "it is estimated anew when the contacts are a fifth more; `leadpipe model keep` has it stay as it is"
    elif now >= _OUTGROWN * row["contacts_count"]:
        yield "the contacts have doubled since: `leadpipe model release`, then `leadpipe model keep` learns from all"


def _tell_priors(parameters: pl.DataFrame) -> Iterator[str]:
    """Of all pairs, how many are of one person, of one home, of one office, of one name elsewhere or at home."""
    names = {
        "match": "one person", "home": "two people of one home", "office": "two people of one office",
        "namesake": "two of one name elsewhere", "junior": "two of one name and home, as father and son",
    }  # fmt: skip
    for level, share, count in parameters.filter(pl.col("comparison") == _PRIOR).select("level", "m", "matches").rows():
        rarity = f"1 pair in {1 / share:,.0f}" if share > 0 else "no pair"
        yield f"prior: {rarity} is of {names.get(level, level)}, about {count:,.0f} pairs"


def _list_levels(parameters: pl.DataFrame, whole: bool) -> pl.DataFrame:
    """Levels of each comparison in the order stored, best first; shares in percent, weights in bits."""
    levels = parameters.filter(pl.col("comparison") != _PRIOR)
    if not whole:
        levels = levels.filter((pl.col("matches") >= _SEEN_PAIRS) | (pl.col("u") >= _SEEN_SHARE))
    shares = {
        name: pl.Series(name, [f"{100 * share:.3g} %" for share in levels[name]], dtype=pl.String)
        for name in ("m", "u", "home", "office", "namesake", "junior")
    }
    return levels.select(
        "comparison",
        "level",
        shares["m"],
        shares["u"],
        pl.Series("weight", [f"{weight:+.1f}" for weight in levels["weight"]], dtype=pl.String),
        shares["home"],
        shares["office"],
        shares["namesake"],
        shares["junior"],
        pl.col("matches").round(0).cast(pl.Int64).alias("expected pairs"),
    )
