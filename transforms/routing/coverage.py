"""Coverage: how many leads only the default rule takes, and which of their values no rule names."""

from __future__ import annotations

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import MARTS_UNASKED_VALUES
from schemas.vocabulary import Operator
from transforms.routing.conditions import Term, channel_regions, read_terms
from transforms.routing.decisions import Organization
from transforms.routing.versions import RulebookTables

__all__ = ["find_unasked_values", "list_asked_values", "mark_defaults", "measure_coverage"]

_MOST_VALUES = 100  # of each channel and field
_NAMING = (Operator.EQ, Operator.ANY, Operator.ALL)
_RULE = ["rule_id", "rulebook_version"]
_ASKED = {"channel_id": pl.String, "field": pl.String, "value": pl.String}


def mark_defaults(decisions: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    """lead_id, channel_id, rule_id and is_default of each lead's first matching rule; null where none matches.

    Args:
        decisions: rows of routing.decisions.
        rules: rows of routing.rules.
    """
    kinds = rules.select(*_RULE, "is_default")
    taken = decisions.select("lead_id", "channel_id", *_RULE).join(kinds, on=_RULE, how="left", maintain_order="left")
    return taken.drop("rulebook_version")


def measure_coverage(taken: pl.DataFrame, channels: pl.DataFrame) -> pl.DataFrame:
    """Rows of marts.routing_coverage.

    Args:
        taken: from `mark_defaults`.
        channels: rows of routing.channels.
    """
    names = channels.sort("valid_from").group_by("channel_id").agg(pl.col("name").last().alias("channel_name"))
    is_taken = pl.col("rule_id").is_not_null()
    counts = (
        taken.drop_nulls("channel_id")
        .group_by("channel_id")
        .agg(
            pl.len().cast(pl.Int64).alias("leads_count"),
            (is_taken & ~pl.col("is_default")).sum().cast(pl.Int64).alias("by_rule_count"),
            (is_taken & pl.col("is_default")).sum().cast(pl.Int64).alias("by_default_count"),
            (~is_taken).sum().cast(pl.Int64).alias("by_none_count"),
        )
    )
    share = (pl.col("by_default_count") / pl.col("leads_count")).alias("default_share")
    named = counts.join(names, on="channel_id", how="left")
    return named.select("channel_id", "channel_name", *counts.columns[1:], share).sort("channel_id")


def list_asked_values(tables: RulebookTables, organization: Organization) -> pl.DataFrame:
    """channel_id, field and value that the rules in force name; of fields that only are asked for what they are.

    A channel that compares a field by size, or asks whether it is there, names each of its values.

    Args:
        tables: the rulebook.
        organization: for the countries that phone numbers are read in.
    """
    in_force = pl.col("valid_to").is_null() & pl.col("deleted_at").is_null() & pl.col("invalid_reason").is_null()
    rules = tables.rules.filter(in_force & ~pl.col("is_default"))
    regions = channel_regions(tables.channels.sort("valid_from"), organization.regions, organization.default_region)
    conditions = tables.conditions.join(rules, on=_RULE, how="semi", maintain_order="left")
    channel_of = {tuple(key): channel for *key, channel in rules.select(*_RULE, "channel_id").iter_rows()}
    terms = [(channel_of[term.rule], term) for term in read_terms(conditions, rules, regions)]
    whole = {(channel, term.field) for channel, term in terms if not _names_values(term)}
    rows = {
        (channel, term.field, _show(value))
        for channel, term in terms
        if (channel, term.field) not in whole
        for value in term.values
    }
    return pl.DataFrame(sorted(rows), schema=_ASKED, orient="row")


def find_unasked_values(taken: pl.DataFrame, lead_fields: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Rows of marts.unasked_values.

    Args:
        taken: from `mark_defaults`.
        lead_fields: lead_id and fields of the same leads.
        asked: from `list_asked_values`.
    """
    found = [pl.DataFrame(schema=polars_schema(MARTS_UNASKED_VALUES))]
    for (name,), part in asked.group_by("field", maintain_order=True):
        if name in lead_fields.columns:
            values = lead_fields.select("lead_id", pl.col(str(name)).alias("value")).drop_nulls()
            found.append(_count_values(taken, values, part))
    order = ["channel_id", "field", "leads_count", "value"]
    return pl.concat(found).sort(order, descending=[False, False, True, False])


def _names_values(term: Term) -> bool:
    return term.operator in _NAMING and not term.asks_missing


def _show(value: str | float) -> str:
    return f"{value:.15g}" if isinstance(value, float) else value


def _count_values(taken: pl.DataFrame, values: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Values of one field that no rule of their channel names, in the channels whose rules ask the field."""
    leads = taken.join(asked.select("channel_id", "field").unique(), on="channel_id")
    listed = leads.join(values, on="lead_id").explode("value").unique(["lead_id", "value"])
    by_default = pl.col("is_default").fill_null(False).sum().cast(pl.Int64).alias("by_default_count")
    ranked = (
        _as_texts(listed)
        .join(asked, on=["channel_id", "value"], how="anti")
        .group_by("channel_id", "field", "value")
        .agg(pl.len().cast(pl.Int64).alias("leads_count"), by_default)
        .sort("leads_count", "value", descending=[True, False])
        .with_columns(pl.len().over("channel_id").cast(pl.Int64).alias("values_count"))
    )
    return ranked.filter(pl.int_range(pl.len()).over("channel_id") < _MOST_VALUES)


def _as_texts(listed: pl.DataFrame) -> pl.DataFrame:
    """Numbers as conditions show them."""
    values = listed["value"].unique()
    texts = pl.DataFrame([values, pl.Series("text", map(_show, values), dtype=pl.String)])
    return listed.join(texts, on="value").drop("value").rename({"text": "value"})
