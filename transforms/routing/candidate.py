"""A candidate: a rulebook document put in force in thought, beside the one that is (lint, back-test, shadow)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from transforms.leads.catalogue import Form
from transforms.routing.documents import Document
from transforms.routing.versions import RulebookTables, build_versions

__all__ = ["Candidate", "put_in_force", "read_candidate"]

_MOMENT = pl.Datetime("us", "UTC")
_VERSION = ["group_id", "rulebook_version"]


@dataclass(frozen=True)
class Candidate:
    """What a document says on its own.

    Attributes:
        tables: its rows, without validity.
        ruled: channels whose whole rule list it replaces, those that it leaves without any rule included.
    """

    tables: RulebookTables
    ruled: frozenset[str]


def read_candidate(
    document: Document,
    regions: Mapping[str, str],
    default_region: str,
    attributes: Mapping[str, Form] | None = None,
) -> Candidate:
    """Read one document by itself.

    Args:
        document: from `read_documents`.
        regions: brand id -> country its phone numbers are read in.
        default_region: country of every other brand.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields`.
    """
    return Candidate(build_versions([document], regions, default_region, attributes), frozenset(document.rules))


def put_in_force(live: RulebookTables, candidate: Candidate, since: datetime | None) -> RulebookTables:
    """The tables as they would be had the candidate come into force and nothing after it.

    It replaces what a document replaces: its channels, whole rule lists and groups. What else was to come into force
    later is passed over for those, so that the candidate counts until further notice.

    Args:
        live: the rulebook with all its versions.
        candidate: what is put in force; its version must not be one of the live ones.
        since: from when on it counts; None since ever.
    """
    new = candidate.tables
    channels, groups = set(new.channels["channel_id"]), set(new.groups["group_id"])
    return RulebookTables(
        channels=_replace(live.channels, new.channels, "channel_id", channels, since),
        rules=_replace(live.rules, new.rules, "channel_id", set(candidate.ruled), since),
        conditions=pl.concat([live.conditions, new.conditions]),
        groups=_replace(live.groups, new.groups, "group_id", groups, since),
        group_members=pl.concat([live.group_members, new.group_members, _keep_members(live, new, since)]),
        problems=new.problems,
    )


def _replace(old: pl.DataFrame, new: pl.DataFrame, key: str, named: set[str], since: datetime | None) -> pl.DataFrame:
    """Rows with those of the named objects ended at a time, and the new ones begun there."""
    moment = pl.lit(since, dtype=_MOMENT)
    is_named = pl.col(key).is_in(list(named))
    ends = pl.when(is_named).then(pl.min_horizontal("valid_to", moment)).otherwise("valid_to")
    stays = ~is_named | (pl.lit(since is not None) & (pl.col("valid_from").is_null() | (pl.col("valid_from") < moment)))
    begun = new.with_columns(moment.alias("valid_from"), pl.lit(None, dtype=_MOMENT).alias("valid_to"))
    return pl.concat([old.filter(stays).with_columns(ends.alias("valid_to")), begun])


def _keep_members(live: RulebookTables, new: RulebookTables, since: datetime | None) -> pl.DataFrame:
    """Members of groups that the candidate names without a list: those in force before it (SPEC GR2)."""
    silent = new.groups.join(new.group_members, on=_VERSION, how="anti").select(*_VERSION)
    started = pl.col("valid_from").is_null() | (pl.col("valid_from") <= since if since else pl.lit(True))
    before = live.groups.filter(started).sort("valid_from", nulls_last=False).group_by("group_id").last()
    members = live.group_members.join(before.select(*_VERSION), on=_VERSION, how="semi", maintain_order="left")
    return members.drop("rulebook_version").join(silent, on="group_id", maintain_order="left").select(members.columns)
