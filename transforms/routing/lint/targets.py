"""Findings on what rules give leads to: users, groups and brands (SPEC A-G2, A-G7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from schemas.vocabulary import Target
from transforms.routing.directory import Directory
from transforms.routing.lint.findings import Finding

__all__ = ["check_groups", "check_targets"]


def check_targets(
    rules: pl.DataFrame, groups: pl.DataFrame, members: pl.DataFrame, directory: Directory, is_alone: bool
) -> Iterator[Finding]:
    """Targets that cannot be given leads.

    Args:
        rules: rows of routing.rules in force.
        groups: rows of routing.groups in force.
        members: rows of routing.group_members of these.
        directory: from `index_directory`; an empty one knows of no user and refuses none.
        is_alone: the rules are those of one file, and groups may be in another.
    """
    served = _index_members(groups, members, directory)
    columns = ("channel_id", "rule_id", "target", "user_id", "group_id", "brand_id")
    for channel_id, rule_id, target, user_id, group_id, brand_id in rules.select(columns).iter_rows():
        head = f"rule {rule_id} gives to "
        if target == Target.USER:
            refused = _judge_user(user_id, brand_id, directory)
            if refused:
                yield Finding(refused, f"{head}a user who cannot be given leads: {directory.refuse(user_id, brand_id)}",
                              channel_id, rule_id, value=user_id)  # fmt: skip
        elif target == Target.GROUP:
            if group_id not in served:
                code, where = ("group_elsewhere", "in this file") if is_alone else ("unknown_group", "in force")
                text = f"{head}group {group_id}, which is not {where}"
                yield Finding(code, text, channel_id, rule_id, group_id=group_id)
            elif not served[group_id]:
                text = f"{head}group {group_id}, which has no active member"
                yield Finding("no_active_member", text, channel_id, rule_id, group_id=group_id)
        if brand_id is not None and directory.roots and brand_id not in directory.roots:
            text = f"{head}brand {brand_id}, which is not in the directory"
            yield Finding("unknown_brand", text, channel_id, rule_id, value=brand_id)


def check_groups(
    rules: pl.DataFrame, groups: pl.DataFrame, members: pl.DataFrame, directory: Directory
) -> Iterator[Finding]:
    """Groups without members, with members who are passed over, and groups that neither rule nor fallback names."""
    fallbacks = groups.filter(pl.col("fallback_target") == Target.GROUP.value)
    named = {*rules["group_id"], *fallbacks["fallback_id"]}
    brands = dict(groups.select("group_id", "brand_id").iter_rows())
    filled = set(members["group_id"])
    for group_id in groups["group_id"]:
        if group_id not in filled:
            yield Finding("empty_group", f"group {group_id} has no members", group_id=group_id)
        if group_id not in named:
            yield Finding("idle_group", f"no rule gives to group {group_id}", group_id=group_id)
    listed = members.filter(pl.col("group_id").is_in(list(brands)))
    for group_id, user_id, brand_id in listed.select("group_id", "user_id", "brand_id").iter_rows():
        refused = directory.refuse(user_id, brand_id or brands.get(group_id))
        if refused:
            text = f"group {group_id} passes over a member: {refused}"
            yield Finding("idle_member", text, group_id=group_id, value=user_id)


def _index_members(groups: pl.DataFrame, members: pl.DataFrame, directory: Directory) -> dict[str, list[str]]:
    """Group id -> members who may be given leads."""
    brands = dict(groups.select("group_id", "brand_id").iter_rows())
    served: dict[str, list[str]] = defaultdict(list, {group_id: [] for group_id in brands})
    for group_id, user_id, brand_id in members.select("group_id", "user_id", "brand_id").iter_rows():
        if group_id in brands and directory.refuse(user_id, brand_id or brands[group_id]) is None:
            served[group_id].append(user_id)
    return dict(served)


def _judge_user(user_id: str | None, brand_id: str | None, directory: Directory) -> str | None:
    if user_id is None or directory.refuse(user_id, brand_id) is None:
        return None
    if user_id not in directory.names:
        return "unknown_user"
    return "foreign_user" if user_id in directory.active else "inactive_user"
