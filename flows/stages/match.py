"""core contacts and attributes -> candidate pairs, scored pairs, clusters and aliases."""

from __future__ import annotations

from flows.runs import Counts, Run
from flows.stages.matched_values import read_reference, read_values
from schemas.tables import (
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    MATCHING_ALIASES,
    MATCHING_BLOCKING_REPORT,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CLUSTERS,
    MATCHING_CONTACTS,
    MATCHING_JUDGEMENTS,
    MATCHING_MODEL_PARAMETERS,
    MATCHING_SCORED_PAIRS,
)
from schemas.vocabulary import PairDecision
from transforms.matching.blocking import block_contacts
from transforms.matching.clustering import alias_contacts, cluster_pairs
from transforms.matching.judged_pairs import apply_judgements, list_negatives, list_positives
from transforms.matching.scoring import score_candidates
from transforms.updated_contacts import alias_rows

__all__ = ["block", "cluster", "compare"]


def block(run: Run) -> Counts:
    """Contacts that share a blocking key become candidate pairs."""
    matching = run.settings.matching
    with run.store() as store, store.transaction():
        values = read_values(store, matching.scope)
        blocked = block_contacts(values, read_reference(), matching.block_size_limit)
        numbered = values.contacts.select("contact", "contact_id")
        return {
            "contacts": store.replace(MATCHING_CONTACTS, numbered),
            "pairs": store.replace(MATCHING_CANDIDATE_PAIRS, blocked.pairs),
            "rules": store.replace(MATCHING_BLOCKING_REPORT, blocked.report),
            "keys_dropped": int(blocked.report["dropped_keys_count"].sum()),
        }


def compare(run: Run) -> Counts:
    """Candidate pairs, and those that people named, are compared and decided; what is worth keeping stays."""
    matching = run.settings.matching
    with run.store() as store, store.transaction():
        pairs = store.read(MATCHING_CANDIDATE_PAIRS, ["contact_l", "contact_r"])
        judgements = store.read(MATCHING_JUDGEMENTS)
        values = read_values(store, matching.scope)
        scored = score_candidates(
            values,
            pairs,
            list_positives(judgements),
            read_reference(),
            review_threshold=matching.review_threshold,
            merge_threshold=matching.merge_threshold,
            shared_value_limit=matching.shared_value_limit,
            apart=list_negatives(judgements),
        )
        judged = apply_judgements(scored.pairs, judgements, values.ids)
        store.replace(MATCHING_SCORED_PAIRS, judged)
        store.replace(MATCHING_MODEL_PARAMETERS, scored.parameters)
        decisions = {f"pairs_{name}": int((judged["decision"] == name).sum()) for name in PairDecision}
        return {"pairs_compared": pairs.height, **decisions}


def cluster(run: Run) -> Counts:
    """Pairs to merge and to review become clusters, and every contact learns which contact it is now."""
    with run.store() as store, store.transaction():
        scored = store.read(MATCHING_SCORED_PAIRS, ["contact_id_l", "contact_id_r", "decision", "decided_by"])
        asked = store.read(MATCHING_JUDGEMENTS, where="status = 'in_force' AND parent_id IS NOT NULL")
        clusters = cluster_pairs(scored, list_positives(asked), run.settings.matching.auto_merge)
        contacts = store.read(CORE_CONTACTS, ["contact_id"], "true ORDER BY contact_id")
        aliases = alias_contacts(contacts["contact_id"], clusters)
        by_status = clusters.group_by("status").n_unique()
        counts = dict(by_status.select("status", "cluster_id").iter_rows())
        store.replace(MATCHING_CLUSTERS, clusters)
        store.replace(MATCHING_ALIASES, alias_rows(store.read(CORE_CONTACT_UPDATES), aliases))
        return {
            "clusters_merged": counts.get("merged", 0),
            "clusters_review": counts.get("review", 0),
            "contacts_merged": int((aliases["canonical_id"] != aliases["contact_id"]).sum()),
        }
