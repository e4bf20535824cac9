"""Unmerging: what has to be taken back so that contacts of one cluster come apart (SPEC A-M7, law 5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import RAW_JUDGEMENTS
from schemas.vocabulary import Judgement
from transforms.ids import hash_id
from transforms.matching.judgements import PeopleSaid, settle_judgements

__all__ = ["Author", "Unmerging", "compose_judgements", "pair_sides", "plan_unmerging"]

Pair = tuple[str, str]

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Author:
    """Who judges, when and how: what every row of raw.judgements has besides its pair.

    Attributes:
        judged_by: who; None for nobody in particular.
        judged_at: the run's clock.
        run_sequence: the run's number.
        source: review or unmerge.
        reference: name of the review file.
    """

    judged_by: str | None
    judged_at: datetime
    run_sequence: int
    source: str
    reference: str | None = None


@dataclass(frozen=True)
class Unmerging:
    """What takes a contact out of its cluster.

    Attributes:
        sides: contact of the cluster -> a name of its side; those of one side may stay together.
        events: request_id, contact_id of the merges by request to withdraw.
        judgements: columns of raw.judgements, which withdraw judgements.
    """

    sides: dict[str, str]
    events: pl.DataFrame
    judgements: pl.DataFrame


def plan_unmerging(
    contact_id: str,
    canonical_id: str,
    members: Collection[str],
    said: PeopleSaid,
    contacts: pl.DataFrame,
    author: Author,
) -> Unmerging:
    """What people said that has to be taken back, and who is to be apart then.

    A contact leaves with those that were merged into it by request. Of the contact that stands for the cluster nothing
    can be taken out: all come apart.

    Args:
        contact_id: the contact to take out.
        canonical_id: the contact that stands for its cluster.
        members: contact ids of that cluster.
        said: what people said.
        contacts: contact_id, deleted_at of every contact ever created.
        author: who takes it back.
    """
    leaving = set(members) if contact_id == canonical_id else {contact_id}
    events = pl.DataFrame(schema={"request_id": pl.String, "contact_id": pl.String})
    while True:  # an earlier request for the same counts once the later is taken back
        settled = settle_judgements(said, contacts)
        own = settled.merges.filter(pl.col("contact_id").is_in(leaving)).select("request_id", contact_id="named_ids")
        if own.is_empty():
            break
        named = own.explode("contact_id")
        events = pl.concat([events, named])
        said = replace(said, events=said.events.join(named, on=["request_id", "contact_id"], how="anti"))
    if contact_id == canonical_id:
        sides = {member: member for member in members}
    else:
        sides = _find_sides(contact_id, members, settled.merges)
    same = settled.judgements.filter(
        (pl.col("status") == "in_force") & (pl.col("judgement") == Judgement.SAME) & pl.col("parent_id").is_null()
    )
    across = {
        (left, right): Judgement.WITHDRAWN
        for left, right in same.select("contact_id_l", "contact_id_r").iter_rows()
        if left in sides and right in sides and sides[left] != sides[right]
    }
    return Unmerging(sides, events, compose_judgements(across, said.judgements, author))


def pair_sides(sides: Mapping[str, str], clusters: Mapping[str, str]) -> list[Pair]:
    """Pairs of contacts on different sides that are in one cluster still, sorted.

    Args:
        sides: contact -> side.
        clusters: contact -> the contact that stands for it now.
    """
    names = sorted(sides)
    return [
        (left, right)
        for place, left in enumerate(names)
        for right in names[place + 1 :]
        if sides[left] != sides[right] and clusters[left] == clusters[right]
    ]


def compose_judgements(judged: Mapping[Pair, str], known: pl.DataFrame, author: Author) -> pl.DataFrame:
    """Rows of raw.judgements, each later than all that was judged of its pair before, whatever the clock says.

    Args:
        judged: pair of contact ids, lower first -> judgement.
        known: columns of raw.judgements: those there are.
        author: who judges.
    """
    times = known.group_by("contact_id_l", "contact_id_r").agg(pl.col("judged_at").max() + _MOMENT)
    latest = {(left, right): following for left, right, following in times.iter_rows()}
    rows = [
        {
            "judgement_id": hash_id(left, right, judgement, author.run_sequence),
            "contact_id_l": left,
            "contact_id_r": right,
            "judgement": str(judgement),
            "judged_by": author.judged_by,
            "judged_at": max(author.judged_at, latest.get((left, right), author.judged_at)),
            "source": author.source,
            "reference": author.reference,
            "run_sequence": author.run_sequence,
        }
        for (left, right), judgement in sorted(judged.items())
    ]
    return pl.DataFrame(rows, schema=polars_schema(RAW_JUDGEMENTS))


def _find_sides(contact_id: str, members: Collection[str], merges: pl.DataFrame) -> dict[str, str]:
    """A contact, and what goes into it directly or not, leave; the others stay."""
    parents = dict(merges.select("contact_id", "parent_id").iter_rows())
    sides = {}
    for member in members:
        above = member
        while above != contact_id and above in parents:
            above = parents[above]
        sides[member] = "leaves" if above == contact_id else "stays"
    return sides
