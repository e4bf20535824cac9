"""A brokerage as routing sees it: its people and groups, and its rules compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from transforms.leads.catalogue import Form
from transforms.routing.conditions import channel_regions, read_terms
from transforms.routing.explain import describe_rules
from transforms.routing.rulebook import Rulebook, compile_rulebook

__all__ = ["CompiledRules", "Organization", "compile_rules"]


@dataclass(frozen=True)
class Organization:
    """Rows of core.users, core.brands, routing.groups and routing.group_members; regions and zones by brand id."""

    users: pl.DataFrame
    brands: pl.DataFrame
    groups: pl.DataFrame
    members: pl.DataFrame
    regions: Mapping[str, str]
    default_region: str
    time_zones: Mapping[str, str] = field(default_factory=dict)
    default_time_zone: str = "UTC"


@dataclass(frozen=True)
class CompiledRules:
    """All rules, the default rules among them once more on their own, and every rule in words."""

    rulebook: Rulebook
    defaults: Rulebook
    texts: pl.Series


def compile_rules(
    rules: pl.DataFrame,
    conditions: pl.DataFrame,
    channels: pl.DataFrame,
    organization: Organization,
    attributes: Mapping[str, Form] | None = None,
) -> CompiledRules:
    """Compile every version of the rulebook.

    Args:
        rules: rows of routing.rules.
        conditions: rows of routing.conditions.
        channels: rows of routing.channels.
        organization: for the countries that phone numbers in conditions are read in.
        attributes: `attr.<def>` -> form of its values, from `list_attribute_fields`.
    """
    regions = channel_regions(channels.sort("valid_from"), organization.regions, organization.default_region)
    usable = rules.filter(pl.col("invalid_reason").is_null())
    keys = ["rule_id", "rulebook_version"]
    asked = conditions.join(usable, on=keys, how="semi", maintain_order="left")
    terms = read_terms(asked, usable, regions, attributes)
    rulebook = compile_rulebook(usable, terms)
    defaults = compile_rulebook(usable.filter("is_default"), [])
    return CompiledRules(rulebook, defaults, describe_rules(rulebook.rules, terms))
