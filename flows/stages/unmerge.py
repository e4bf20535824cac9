"""A merge taken back: raw says so, and every derivation from then on is as if it had never been (SPEC A-M7, law 5)."""

from __future__ import annotations

import polars as pl

from flows.runs import Counts, Run
from flows.stages.judge import judge, read_contacts, read_said
from flows.stages.match import block, cluster, compare
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.errors import NotFoundError
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    CORE_MERGE_EVENTS,
    MATCHING_ALIASES,
    MATCHING_CLUSTERS,
    RAW_JUDGEMENTS,
    RAW_MERGE_WITHDRAWALS,
)
from schemas.vocabulary import Judgement
from transforms.matching.unmerging import Author, Unmerging, compose_judgements, pair_sides, plan_unmerging
from transforms.updated_contacts import resolve_rows

__all__ = ["unmerge"]


def unmerge(run: Run, contact_id: str, judged_by: str | None) -> Counts:
    """Take a contact out of its cluster, or all of them if it is the one that stands for it.

    What people asked for is withdrawn. What the evidence would merge nevertheless is judged to be different.

    Returns:
        `merges_withdrawn`, `judgements_withdrawn`, `pairs_kept_apart`; all 0 when it is merged with none.

    Raises:
        NotFoundError: there is no such contact.
    """
    author = Author(judged_by, run.clock, run.run_sequence, "unmerge")
    with run.store() as store, store.transaction():
        plan = _plan(store, contact_id, author)
        counts = _withdraw(store, plan, author)
    if any(counts.values()):
        for stage in (judge, block, compare, cluster):  # whether the evidence would merge them, only matching can tell
            stage(run)
    with run.store() as store, store.transaction():
        return {**counts, "pairs_kept_apart": _keep_apart(store, plan.sides, author)}


def _plan(store: Store, given: str, author: Author) -> Unmerging:
    named = pl.DataFrame({"contact_id": [given]})
    contact_id = resolve_rows(named, store.read(CORE_CONTACT_UPDATES))["contact_id"][0]
    alias = store.read(MATCHING_ALIASES, ["canonical_id", "cluster_id"], "contact_id = ?", [contact_id])
    if alias.is_empty():
        raise NotFoundError("no such contact", where=given[:8], todo="see the published table contact_aliases")
    canonical, cluster_id = alias.row(0)
    members = store.read(MATCHING_CLUSTERS, ["contact_id"], "status = 'merged' AND cluster_id = ?", [cluster_id])
    together = members["contact_id"].sort().to_list()
    return plan_unmerging(contact_id, canonical, together, read_said(store), read_contacts(store), author)


def _withdraw(store: Store, plan: Unmerging, author: Author) -> Counts:
    """Take back what people said; a request's contacts under the ids that it named."""
    named = store.read(CORE_MERGE_EVENTS, ["request_id", "contact_id"]).with_columns(named="contact_id")
    resolved = resolve_rows(named, store.read(CORE_CONTACT_UPDATES)).join(plan.events, on=["request_id", "contact_id"])
    rows = resolved.select(
        "request_id",
        contact_id="named",
        withdrawn_by=pl.lit(author.judged_by, pl.String),
        withdrawn_at=pl.lit(author.judged_at).cast(polars_schema(RAW_MERGE_WITHDRAWALS)["withdrawn_at"]),
        run_sequence=pl.lit(author.run_sequence, pl.Int64),
    ).unique(maintain_order=True)
    return {
        "merges_withdrawn": store.append(RAW_MERGE_WITHDRAWALS, rows),
        "judgements_withdrawn": store.append(RAW_JUDGEMENTS, plan.judgements),
    }


def _keep_apart(store: Store, sides: dict[str, str], author: Author) -> int:
    aliases = store.read(MATCHING_ALIASES, ["contact_id", "canonical_id"], "list_contains(?, contact_id)", [[*sides]])
    together = pair_sides(sides, dict(aliases.iter_rows()))
    judged = dict.fromkeys(together, Judgement.DIFFERENT)
    return store.append(RAW_JUDGEMENTS, compose_judgements(judged, store.read(RAW_JUDGEMENTS), author))
