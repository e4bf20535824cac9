"""core contacts and attributes -> candidate pairs, scored pairs, clusters and aliases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from flows.model_log import note_decision
from flows.runs import Counts, Run
from flows.stages.aliases import write_aliases
from flows.stages.changed_values import find_changes, store_digests
from flows.stages.cluster_changes import cluster_changes, find_clusters
from flows.stages.kept_models import Kept, forget_keys, has_passed, is_outgrown, pass_stage, read_kept, store_keys
from flows.stages.match_changes import block_changes, compare_changes
from flows.stages.match_inputs import forget_inputs, is_as_last
from flows.stages.matched_copies import read_copies
from flows.stages.matched_values import keep_values, read_reference, read_values, take_values
from flows.stages.stored_values import store_values
from flows.store import Store
from schemas.tables import (
    MATCHING_BLOCKING_REPORT,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CLUSTERS,
    MATCHING_COMPONENTS,
    MATCHING_CONTACTS,
    MATCHING_JUDGEMENTS,
    MATCHING_MODEL_PARAMETERS,
    MATCHING_SCORED_PAIRS,
)
from schemas.vocabulary import KEPT_BY_ITSELF, PairDecision
from transforms.matching.blocking import block_contacts
from transforms.matching.copies import follow_copies, leave_out_copies, mark_copies
from transforms.matching.evidence import tabulate_model
from transforms.matching.incremental.scores import tell_components
from transforms.matching.judged_pairs import apply_judgements, list_negatives, list_positives
from transforms.matching.kept_keys import KeyLimits, list_kept_keys
from transforms.matching.kept_model import KeptFrequencies
from transforms.matching.keys import RuleKeys
from transforms.matching.outcomes import PAIR_IDS
from transforms.matching.scoring import score_candidates

__all__ = ["block", "cluster", "compare"]

_MANY = 0.2  # share of contacts: where more are changed, all are matched anew in less time
_COUNT_DECISIONS = f"SELECT decision, count(*) FROM {MATCHING_SCORED_PAIRS.full_name} GROUP BY 1"  # noqa: S608
_COUNT_CLUSTERS = f"SELECT status, count(DISTINCT cluster_id) FROM {MATCHING_CLUSTERS.full_name} GROUP BY 1"  # noqa: S608


def block(run: Run) -> Counts:
    """Contacts that share a blocking key become candidate pairs."""
    with run.store() as store, store.transaction():
        kept = read_kept(store)
        if kept and has_passed(store, kept, "clustered"):
            changes = find_changes(store)
            if not is_outgrown(store, kept) and changes.height <= _MANY * store.count(MATCHING_CONTACTS):
                return block_changes(run, store, kept, changes)
        if kept and kept.is_by_itself and run.command != "rebuild":
            note_decision(run, store, None, KEPT_BY_ITSELF)
            kept = None
        if kept:
            forget_inputs(store)
        if kept or not is_as_last(run, store, "block"):
            _block_all(run, store, kept)
        return {
            "contacts": store.count(MATCHING_CONTACTS),
            "pairs": store.count(MATCHING_CANDIDATE_PAIRS),
            "rules": store.count(MATCHING_BLOCKING_REPORT),
            "keys_dropped": int(store.read(MATCHING_BLOCKING_REPORT)["dropped_keys_count"].sum()),
        }


def compare(run: Run) -> Counts:
    """Candidate pairs, and those that people named, are compared and decided; what is worth keeping stays."""
    with run.store() as store, store.transaction():
        kept = read_kept(store)
        if kept and has_passed(store, kept, "clustered"):
            compared = compare_changes(run, store, kept)
        else:
            is_done = kept is None and is_as_last(run, store, "compare")
            compared = 0 if is_done else _compare_all(run, store, kept)
        counts = dict(store.query(_COUNT_DECISIONS).iter_rows())
        return {"pairs_compared": compared, **{f"pairs_{name}": counts.get(name, 0) for name in PairDecision}}


def cluster(run: Run) -> Counts:
    """Pairs to merge and to review become clusters, and every contact learns which contact it is now."""
    with run.store() as store, store.transaction():
        kept = read_kept(store)
        if kept and has_passed(store, kept, "clustered"):
            cluster_changes(run, store)
        elif kept or not is_as_last(run, store, "cluster"):
            _cluster_all(run, store, kept)
        counts = dict(store.query(_COUNT_CLUSTERS).iter_rows())
        return {
            "clusters_merged": counts.get("merged", 0),
            "clusters_review": counts.get("review", 0),
            "contacts_merged": store.count(MATCHING_CLUSTERS, "status = 'merged' AND contact_id <> suggested_parent"),
        }


def _block_all(run: Run, store: Store, kept: Kept | None) -> None:
    matching = run.settings.matching
    every, reference = read_values(store, matching.scope), read_reference()
    forget_keys(store)
    contacts = mark_copies(every, store.read(MATCHING_JUDGEMENTS))
    values = leave_out_copies(every, contacts["copy_of"].is_null())
    rules = None
    if kept:
        store_values(store, values, np.arange(len(values.ids)))
        keys = list_kept_keys(values, reference, kept.model.rules)
        rules = _store_rules(store, keys, kept.limits(matching), len(values.ids))
    blocked = block_contacts(values, reference, matching.block_size_limit, rules)
    keep_values(run.run_id, values)
    numbered = contacts.sort(pl.col("copy_of").is_not_null(), maintain_order=True).with_row_index("contact")
    digests = pl.lit(None, pl.Int64).alias("digest")
    store.replace(MATCHING_CONTACTS, numbered.with_columns(digests).select(MATCHING_CONTACTS.columns))
    store.replace(MATCHING_CANDIDATE_PAIRS, blocked.pairs)
    store.replace(MATCHING_BLOCKING_REPORT, blocked.report)
    if kept:
        store_digests(store)
        pass_stage(store, kept.sequence, "blocked")


def _store_rules(store: Store, rules: Iterable[RuleKeys], limits: KeyLimits, count: int) -> Iterator[RuleKeys]:
    """The rules' keys, each stored as it goes by."""
    contacts = np.arange(count)
    for number, keys in enumerate(rules):
        store_keys(store, number, keys, int(limits.floors[number]), contacts)
        yield keys


def _compare_all(run: Run, store: Store, kept: Kept | None) -> int:
    matching = run.settings.matching
    pairs = store.read(MATCHING_CANDIDATE_PAIRS, ["contact_l", "contact_r"])
    judgements = store.read(MATCHING_JUDGEMENTS)
    values = take_values(run.run_id, store, matching.scope)
    scored = score_candidates(
        values,
        pairs,
        list_positives(judgements),
        read_reference(),
        review_threshold=matching.review_threshold,
        merge_threshold=matching.merge_threshold,
        shared_value_limit=matching.shared_value_limit,
        apart=list_negatives(judgements),
        model=kept.model.model if kept else None,
        frequencies=KeptFrequencies(kept.model) if kept else None,
    )
    decided = apply_judgements(scored.pairs, judgements, values.ids)
    store.replace(
        MATCHING_SCORED_PAIRS, pl.concat([decided, follow_copies(decided, read_copies(store))]).sort(PAIR_IDS)
    )
    store.replace(MATCHING_MODEL_PARAMETERS, tabulate_model(kept.model.model) if kept else scored.parameters)
    store.replace(MATCHING_COMPONENTS, tell_components(scored.components))
    if kept:
        pass_stage(store, kept.sequence, "compared")
    elif 0 < matching.keep_model_from <= len(values.ids):
        keep_values(run.run_id, values)  # for the stage that keeps the model
    return pairs.height


def _cluster_all(run: Run, store: Store, kept: Kept | None) -> None:
    store.replace(MATCHING_CLUSTERS, find_clusters(run, store))
    write_aliases(store)
    if kept:
        pass_stage(store, kept.sequence, "clustered")
