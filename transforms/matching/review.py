"""Uncertain duplicates as rows that a person decides, and the decisions read back (DESIGN 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import polars as pl

from schemas.vocabulary import Judgement
from transforms.matching.evidence_text import tell_evidence
from transforms.matching.judgements import PeopleSaid, settle_judgements
from transforms.matching.spanning import Edge, grow_trees
from transforms.matching.unmerging import Author, compose_judgements

__all__ = ["DECISIONS", "REVIEW_COLUMNS", "Checked", "Decision", "check_decisions", "compose_review", "read_decisions"]

#: What may stand in the decision column; blank decides nothing.
DECISIONS: Final = (Judgement.SAME.value, Judgement.DIFFERENT.value, Judgement.UNSURE.value)
_DECISION, _ID, _OTHER_ID = "decision", "contact id", "compared with id"
_FIELDS: Final = {
    "name": "display_name", "company": "company", "emails": "emails", "phones": "phone_numbers", "addresses": "address",
    "birthday": "birthday", "tags": "tags", "source": "source_type", "owner": "user_id", "created": "created_at",
}  # fmt: skip
#: The columns of a review, in order.
REVIEW_COLUMNS: Final = (
    "cluster", _DECISION, "compared with", "probability", "evidence", *_FIELDS, _ID, _OTHER_ID,
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """A decision as it stands in a review file. `line` counts the lines or rows of the sheet from 1."""

    line: int
    pair: tuple[str, str]
    judgement: str


@dataclass(frozen=True)
class Checked:
    """What decisions come to.

    Attributes:
        rows: new rows of raw.judgements.
        known_count: decisions that say what is in force already.
        problems: sentences on decisions that cannot be taken.
    """

    rows: pl.DataFrame
    known_count: int
    problems: list[str]


def compose_review(
    pairs: pl.DataFrame, members: pl.DataFrame, aliases: pl.DataFrame, contacts: pl.DataFrame
) -> list[list[str]]:
    """Rows of REVIEW_COLUMNS: clusters one below the other, the most probable first.

    The first row of a cluster is the contact that its others are compared with, directly or one by way of another:
    each row is compared with the contact above it that it is most probably the same as.

    Args:
        pairs: contact_id_l, contact_id_r, probability, evidence of the pairs to ask about.
        members: cluster_id, contact_id of the clusters in review.
        aliases: contact_id, canonical_id.
        contacts: columns of marts.Contact.
    """
    now = dict(aliases.select("contact_id", "canonical_id").iter_rows())
    cluster_of = {now[contact]: cluster for cluster, contact in members.select("cluster_id", "contact_id").iter_rows()}
    clusters: defaultdict[str, dict[tuple[str, str], Edge]] = defaultdict(dict)
    ordered = pairs.sort("probability", "contact_id_l", "contact_id_r", descending=[True, False, False])
    for left, right, probability, evidence in ordered.select(
        "contact_id_l", "contact_id_r", "probability", "evidence"
    ).iter_rows():
        first, second = sorted((now[left], now[right]))
        if first != second and first in cluster_of:
            edges = clusters[cluster_of[first]]
            edges.setdefault((first, second), Edge(probability, left, right, evidence))
    shown = {row["id"]: row for row in contacts.iter_rows(named=True)}
    rows: list[list[str]] = []
    by_strength = sorted(clusters.values(), key=lambda edges: -max(edge.probability for edge in edges.values()))
    number = 0
    for edges in by_strength:
        for tree in grow_trees(edges):
            number += 1
            rows += [_compose_row(number, contact, edge, now, shown) for contact, edge in tree]
    return rows


def read_decisions(
    header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]
) -> tuple[list[Decision], list[str]]:
    """The decisions of a review file, and sentences on rows that hold none but should.

    Args:
        header: its column names.
        rows: line number and cells.
    """
    places = {name: list(header).index(name) for name in (_DECISION, _ID, _OTHER_ID) if name in header}
    if missing := [name for name in (_DECISION, _ID, _OTHER_ID) if name not in places]:
        return [], [f"it has no column {', '.join(missing)}: it is no file of `leadpipe review export`"]
    decisions: dict[tuple[str, str], Decision] = {}
    problems = []
    for line, cells in rows:
        word, first, second = ((cells[places[name]] or "").strip() for name in (_DECISION, _ID, _OTHER_ID))
        if not word:
            continue
        left, right = sorted((first, second))
        found = Decision(line, (left, right), word.casefold())
        if found.judgement not in DECISIONS:
            problems.append(f"line {line}: the decision {word!r} is none of {', '.join(DECISIONS)}")
        elif not left:
            problems.append(f"line {line}: nothing is compared here, leave its decision blank")
        elif left == right:
            problems.append(f"line {line}: both ids are one contact")
        elif decisions.setdefault(found.pair, found).judgement != found.judgement:
            problems.append(f"line {line}: line {decisions[found.pair].line} decides the same pair otherwise")
    return list(decisions.values()), problems


def check_decisions(decisions: Sequence[Decision], said: PeopleSaid, contacts: pl.DataFrame, author: Author) -> Checked:
    """What of the decisions is new, and what cannot be.

    Args:
        decisions: as read.
        said: what people said before.
        contacts: contact_id, deleted_at of every contact ever created.
        author: who decides.
    """
    is_deleted = dict(contacts.select("contact_id", pl.col("deleted_at").is_not_null()).iter_rows())
    problems = [problem for decision in decisions if (problem := _find_fault(decision, is_deleted))]
    settled = settle_judgements(said, contacts).judgements.filter(pl.col("status") == "in_force")
    standing = {row[:2]: row[2] for row in settled.select("contact_id_l", "contact_id_r", "judgement").iter_rows()}
    new = {item.pair: item for item in decisions if standing.get(item.pair) != item.judgement}
    rows = compose_judgements({pair: item.judgement for pair, item in new.items()}, said.judgements, author)
    then = settle_judgements(replace(said, judgements=pl.concat([said.judgements, rows])), contacts).judgements
    refused = then.filter(pl.col("status") == "refused").join(
        rows.select("judgement_id"), on="judgement_id", how="semi"
    )
    for pair in refused.select("contact_id_l", "contact_id_r").iter_rows():
        problems.append(
            f"line {new[pair].line}: it contradicts what was judged before, or in this file; to change a merge,"
            " `leadpipe unmerge` it first"
        )
    return Checked(rows, len(decisions) - len(new), problems)


def _compose_row(
    number: int, contact_id: str, edge: Edge | None, now: Mapping[str, str], shown: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    contact = shown[contact_id]
    fields = [_show(contact[column]) for column in _FIELDS.values()]
    if edge is None:
        return [str(number), "", "", "", "", *fields, contact_id, ""]
    own, other = (edge.left, edge.right) if now[edge.left] == contact_id else (edge.right, edge.left)
    compared = shown[now[other]]["display_name"]
    return [
        str(number), "", compared, f"{edge.probability:.3f}", tell_evidence(edge.evidence), *fields, own, other,
    ]  # fmt: skip


def _show(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(item["full_clean"] if isinstance(item, dict) else item) for item in value)
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)


def _find_fault(decision: Decision, is_deleted: Mapping[str, bool]) -> str | None:
    for contact_id in decision.pair:
        if contact_id not in is_deleted:
            return f"line {decision.line}: no contact has the id {contact_id}"
        if is_deleted[contact_id]:
            return f"line {decision.line}: contact {contact_id} is deleted"
    return None
