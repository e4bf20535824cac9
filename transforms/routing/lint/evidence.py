"""Findings from the leads at hand: rules that match and never win, and rules that match none (SPEC A-O2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from transforms.routing.evaluate import evaluate_rules
from transforms.routing.lint.findings import Finding
from transforms.routing.match_counts import count_matches
from transforms.routing.rulebook import Rulebook

__all__ = ["Evidence", "check_evidence", "gather_evidence"]


@dataclass(frozen=True)
class Evidence:
    """What the leads at hand say of each rule.

    Attributes:
        rules: rule_id, channel_id, is_default, matched_count, wins_count, and taker: the rule that takes the first
            lead that the rule matches.
        leads: leads at hand by channel.
    """

    rules: pl.DataFrame
    leads: dict[str, int]

    @property
    def wins(self) -> dict[str, int]:
        """Rule id -> leads whose first matching rule it is."""
        return dict(self.rules.select("rule_id", "wins_count").iter_rows())


def gather_evidence(rulebook: Rulebook, leads: pl.DataFrame, lead_fields: pl.DataFrame) -> Evidence:
    """Put the leads at hand to a rulebook, as if it had been in force at all times.

    Args:
        rulebook: compiled from rules without validity.
        leads: lead_id, channel_id and captured_at.
        lead_fields: rulebook.fields of the same leads, in the same order.
    """
    won = evaluate_rules(rulebook, leads, lead_fields)["rule"]
    row = pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    wins = won.drop_nulls().value_counts(name="wins_count").rename({"rule": "row"})
    matches = count_matches(rulebook, leads, lead_fields)
    ids = rulebook.rules["rule_id"]
    takers = ids.gather(won.gather(matches["first_lead"])).alias("taker")
    rules = (
        rulebook.rules.select("rule_id", "channel_id", "is_default", row)
        .hstack([matches["matched_count"], takers])
        .join(wins, on="row", how="left", maintain_order="left")
        .with_columns(pl.col("wins_count").fill_null(0).cast(pl.Int64))
    )
    by_channel = leads.drop_nulls("channel_id").group_by("channel_id").len().rows()
    return Evidence(rules.drop("row"), dict(by_channel))


def check_evidence(evidence: Evidence, dead: set[str]) -> Iterator[Finding]:
    """Rules without a win.

    Args:
        evidence: from `gather_evidence`.
        dead: rules of which more is known than the leads can tell.
    """
    idle = evidence.rules.filter((pl.col("wins_count") == 0) & ~pl.col("is_default"))
    for rule_id, channel_id, matched, taker in idle.select(
        "rule_id", "channel_id", "matched_count", "taker"
    ).iter_rows():
        if rule_id in dead or not evidence.leads.get(channel_id):
            continue
        if matched:
            text = f"rule {rule_id} matches {matched:,} of the leads at hand and wins none; rule {taker} takes one"
            yield Finding("never_wins", text, channel_id, rule_id, (taker,), leads=matched)
        else:
            text = f"rule {rule_id} matches none of the {evidence.leads[channel_id]:,} leads at hand of its channel"
            yield Finding("unmatched_rule", text, channel_id, rule_id, leads=0)
