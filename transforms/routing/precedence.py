"""Precedence: payload assignees, then the contact's owner, then the rules, then the brand (SPEC A-G1)."""

from __future__ import annotations

import polars as pl

from schemas.vocabulary import DecidedBy, Distribution, Target
from transforms.routing.turns import take_turns

__all__ = ["find_repeats", "settle_leads"]

_BY_RULE = (DecidedBy.RULE.value, DecidedBy.DEFAULT_RULE.value)


def find_repeats(leads: pl.DataFrame) -> pl.DataFrame:
    """The lead that each repeat repeats: the latest before it of the same person and payload (SPEC A-P6).

    Args:
        leads: lead_id, contact_id, payload_key, captured_at and is_repeat.

    Returns:
        lead_id and repeat_of, the first lead of the series, which is no repeat itself; null where there is none,
        and then the lead is decided as any other.
    """
    series = pl.when(~pl.col("is_repeat")).then("lead_id").forward_fill().over("contact_id", "payload_key")
    ordered = leads.sort("captured_at", "lead_id")
    return ordered.select("lead_id", pl.when("is_repeat").then(series).alias("repeat_of"))


def settle_leads(leads: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """Settle who gets each lead, turns of groups included.

    A contact's owner is the one its file names; without a usable one, the user whom the contact's first lead
    with a user went to. Only which lead of a contact is that first one has to be known, not who the user is,
    and it does not depend on turns: so there is no loop over leads.

    Args:
        leads: lead_id, contact_id, captured_at, repeat_of, is_sticky (policy of the channel), assignee (user found
            for the first usable payload assignee), owner (usable owner of the contact, from its file), and of
            `resolve_targets`: gives, by_default, plan_user, plan_group and group_version.
        members: from `eligible_members`.

    Returns:
        `leads` by (captured_at, lead_id), with outcome, user_id, group_turn, previous_user_id and owner_from (the
        lead that made the user the contact's owner).
    """
    ordered = leads.sort("captured_at", "lead_id").with_row_index("place")
    is_repeat = pl.col("repeat_of").is_not_null()
    by_owner = pl.col("is_sticky") & pl.col("owner").is_not_null()
    gives_user = pl.col("gives").is_in([Target.USER.value, Distribution.ROUND_ROBIN.value]).fill_null(False)
    finds_user = ~is_repeat & (pl.col("assignee").is_not_null() | by_owner | gives_user)
    first = pl.col("place").filter(finds_user).min().over("contact_id")
    inherits = pl.col("is_sticky") & (pl.col("place") > pl.col("first_place")).fill_null(False)
    outcome = (
        pl.when(is_repeat)
        .then(pl.lit(DecidedBy.REPEAT.value))
        .when(pl.col("assignee").is_not_null())
        .then(pl.lit(DecidedBy.ASSIGNEE.value))
        .when(by_owner | inherits)
        .then(pl.lit(DecidedBy.OWNER.value))
        .when(pl.col("gives").is_null())
        .then(pl.lit(DecidedBy.BRAND.value))
        .when("by_default")
        .then(pl.lit(DecidedBy.DEFAULT_RULE.value))
        .otherwise(pl.lit(DecidedBy.RULE.value))
    )
    decided = ordered.with_columns(first.alias("first_place")).with_columns(outcome.alias("outcome"))
    return _name_users(decided, _give_turns(decided, members))


def _give_turns(decided: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    by_group = pl.col("outcome").is_in(_BY_RULE) & (pl.col("gives") == Distribution.ROUND_ROBIN.value)
    given = decided.filter(by_group).select(
        "lead_id", "captured_at", pl.col("plan_group").alias("group_id"), "group_version"
    )
    return take_turns(given, members).rename({"user_id": "turn_user"})


def _name_users(decided: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Users of all outcomes but repeats, whose leads keep what the repeated one has."""
    own_user = (
        pl.when(pl.col("outcome") == DecidedBy.ASSIGNEE.value)
        .then("assignee")
        .when((pl.col("outcome") == DecidedBy.OWNER.value) & pl.col("is_sticky"))
        .then("owner")
        .when(pl.col("outcome").is_in(_BY_RULE))
        .then(pl.coalesce("plan_user", "turn_user"))
    )
    named = decided.join(turns, on="lead_id", how="left", maintain_order="left").with_columns(own_user.alias("user_id"))
    owners = named.select(
        pl.col("place").alias("first_place"), pl.col("user_id").alias("made_owner"), pl.col("lead_id").alias("made_by")
    )
    inherits = (pl.col("outcome") == DecidedBy.OWNER.value) & pl.col("user_id").is_null()
    return (
        named.join(owners, on="first_place", how="left", maintain_order="left")
        .with_columns(
            pl.when(inherits).then("made_owner").otherwise("user_id").alias("user_id"),
            pl.when(inherits).then("made_by").alias("owner_from"),
        )
        .drop("place", "first_place", "made_owner", "made_by", "turn_user")
    )
