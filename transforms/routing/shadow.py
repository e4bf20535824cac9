"""The shadow rulebook: a candidate in the inbox that decides nothing, evaluated beside the rulebook in force.

A document with `"shadow": true` is one; the latest counts, and one without channels, rules and groups ends it. The
word is in the document and not in its name or folder, because files are known by their content: the file without
the word is a new one, so that a shadow comes into force by taking the word out.
"""

from __future__ import annotations

import msgspec
import polars as pl

from transforms.routing.backtest import History, decide_under
from transforms.routing.candidate import put_in_force, read_candidate
from transforms.routing.comparison import Comparison, compare_decisions
from transforms.routing.documents import Document, read_documents
from transforms.routing.versions import RulebookTables

__all__ = ["find_shadow", "run_shadow", "without_shadows"]


def without_shadows(records: pl.DataFrame) -> pl.DataFrame:
    """The records of rulebooks that count.

    Args:
        records: as `read_documents` takes them.
    """
    return records.filter(~_is_shadow(records))


def find_shadow(records: pl.DataFrame) -> Document | None:
    """The shadow rulebook; None where there is none.

    Args:
        records: as `read_documents` takes them.
    """
    documents = read_documents(records.filter(_is_shadow(records)))
    if not documents:
        return None
    latest = documents[-1]
    return latest if latest.channels or latest.rules or latest.groups or latest.problems else None


def run_shadow(
    live: RulebookTables, shadow: Document, history: History, decisions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of marts.shadow_decisions and marts.shadow_rates: the leads since the shadow's `valid_from`, all without.

    Args:
        live: the rulebook with all its versions.
        shadow: from `find_shadow`.
        history: the leads.
        decisions: rows of routing.decisions of the same leads.
    """
    known = history.organization
    candidate = read_candidate(shadow, known.regions, known.default_region)
    decided = decide_under(put_in_force(live, candidate, shadow.valid_from), history)[0]
    since = pl.lit(True) if shadow.valid_from is None else pl.col("captured_at") >= shadow.valid_from
    compared = compare_decisions(decisions.filter(since), decided)
    return compared.leads, _rate(compared, shadow.place[2])


def _rate(compared: Comparison, file: str) -> pl.DataFrame:
    differing = compared.leads.group_by("channel_id").agg(pl.len().alias("differing"))
    rates = compared.channels.join(differing, on="channel_id", how="left", nulls_equal=True, maintain_order="left")
    return rates.select(
        "channel_id",
        pl.lit(file).alias("shadow_file"),
        pl.col("leads").alias("leads_count"),
        "rule_changes",
        "holder_changes",
        (pl.col("differing").fill_null(0) / pl.col("leads")).alias("disagreement_rate"),
    )


def _is_shadow(records: pl.DataFrame) -> pl.Series:
    return pl.Series([_says_shadow(payload) for payload in records["payload"]], dtype=pl.Boolean)


def _says_shadow(payload: str) -> bool:
    try:
        document = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return False
    return isinstance(document, dict) and document.get("shadow") is True
