"""People in a few words, and the whole of matching on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS, ADDRESS_TYPE
from schemas.tables import CORE_ATTRIBUTES, CORE_CONTACTS
from transforms.matching.blocking import Blocked, block_contacts
from transforms.matching.clustering import alias_contacts, cluster_pairs
from transforms.matching.scoring import score_candidates
from transforms.matching.values import ContactValues, MatchingReference, collect_values

REFERENCE = MatchingReference(
    pl.DataFrame({"name": ["robert", "robert", "john"], "nickname": ["bob", "rob", "johnny"]}),
    frozenset({"inc", "the"}),
    frozenset({"info"}),
)
CONTACT_SCHEMA = {
    name: polars_schema(CORE_CONTACTS)[name]
    for name in ("contact_id", "brand_id", "user_id", "source", "ios_address_book_id", "android_address_book_id")
}
ATTRIBUTE_SCHEMA = {
    name: polars_schema(CORE_ATTRIBUTES)[name]
    for name in (
        "contact_id",
        "attribute_type",
        "is_partner",
        "text",
        "number",
        "match_key",
        "date",
        "address",
        "position",
    )
}
NO_MERGES: dict[str, Sequence[str]] = {"parent_id": [], "contact_id": []}

#: A contact: id, brand, owner, source, ios, and attribute types; `partner_` before a type makes it the partner's.
Person = Mapping[str, Any]


@dataclass(frozen=True)
class Matched:
    """What matching made of some people."""

    pairs: pl.DataFrame
    scored: pl.DataFrame
    clusters: pl.DataFrame
    aliases: pl.DataFrame

    def decision(self, left: str, right: str) -> tuple[str, str] | None:
        """(decision, decided_by) of a pair; None when it was not kept."""
        both = (pl.col("contact_id_l") == min(left, right)) & (pl.col("contact_id_r") == max(left, right))
        rows = self.scored.filter(both).select("decision", "decided_by").rows()
        return rows[0] if rows else None

    def members(self, status: str) -> list[list[str]]:
        """Contacts of each cluster of a status, clusters by their lowest contact."""
        of_status = self.clusters.filter(pl.col("status") == status)
        return sorted(of_status.group_by("cluster_id").agg(pl.col("contact_id").sort())["contact_id"].to_list())


def contact_rows(people: Sequence[Person]) -> pl.DataFrame:
    rows = [
        {
            "contact_id": person["id"],
            "brand_id": person.get("brand", "b"),
            "user_id": person.get("owner", "u"),
            "source": person.get("source", "file"),
            "ios_address_book_id": person.get("ios"),
        }
        for person in people
    ]
    return pl.DataFrame(rows, schema=CONTACT_SCHEMA)


def attribute_rows(people: Sequence[Person]) -> pl.DataFrame:
    rows = []
    for person in people:
        for name, given in person.items():
            if name in ("id", "brand", "owner", "source", "ios"):
                continue
            for position, value in enumerate(given if isinstance(given, list) else [given]):
                kind = name.removeprefix("partner_")
                row = {"contact_id": person["id"], "attribute_type": kind, "is_partner": kind != name}
                rows.append({**row, "position": position, **typed(value)})
    return pl.DataFrame(rows, schema=ATTRIBUTE_SCHEMA)


def typed(value: object) -> dict[str, object]:
    if isinstance(value, date):
        return {"date": value}
    if isinstance(value, dict):
        parts = dict.fromkeys(ADDRESS_PARTS) | value
        return {"address": pl.Series([parts], dtype=ADDRESS_TYPE)[0]}
    return {"text": value, "match_key": str(value).lower()}


@dataclass(frozen=True)
class Matching:
    """The transforms of matching, on people."""

    reference: MatchingReference = REFERENCE

    def values(self, people: Sequence[Person], scope: str = "owner") -> ContactValues:
        return collect_values(contact_rows(people), attribute_rows(people), scope, self.reference)

    def name_pairs(self, people: Sequence[Person], blocked: Blocked) -> dict[tuple[str, str], list[str]]:
        """The rules of each pair, contacts and rules by name."""
        ids, names = sorted(person["id"] for person in people), blocked.report.select("blocking_rule", "bit").rows()
        return {
            (ids[left], ids[right]): [name for name, bit in names if rules >> bit & 1]
            for left, right, rules in blocked.pairs.rows()
        }

    def block(self, people: Sequence[Person], limit: int = 50, scope: str = "owner") -> Blocked:
        return block_contacts(self.values(people, scope), self.reference, limit)

    def match(
        self,
        people: Sequence[Person],
        merges: Mapping[str, Sequence[str]] | None = None,
        shuffle: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
        shared_value_limit: int = 5,
        auto_merge: bool = True,
        scope: str = "owner",
    ) -> Matched:
        asked = pl.DataFrame(merges or NO_MERGES, schema={"parent_id": pl.String, "contact_id": pl.String})
        contacts, attributes = shuffle(contact_rows(people)), shuffle(attribute_rows(people))
        values = collect_values(contacts, attributes, scope, self.reference)
        pairs = block_contacts(values, self.reference, 50).pairs
        scored = score_candidates(
            values, pairs, asked, self.reference, review_threshold=0.3, merge_threshold=0.7,
            shared_value_limit=shared_value_limit,
        ).pairs  # fmt: skip
        clusters = cluster_pairs(scored, asked, auto_merge)
        return Matched(pairs, scored, clusters, alias_contacts(contacts["contact_id"], clusters))


@pytest.fixture(scope="session")
def matching() -> Matching:
    return Matching()
