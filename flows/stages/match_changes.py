"""Matching by a kept model, once all contacts have been matched by it: what changed, and what that touches."""

# ruff: noqa: S608 - table names come from the registry
from __future__ import annotations

import numpy as np
import polars as pl

from flows.runs import Counts, Run
from flows.stages.kept_models import Kept
from flows.stages.matched_copies import Changes, follow_changed_copies, number_changes
from flows.stages.matched_values import read_reference
from flows.stages.stored_keys import WarehouseKeys
from flows.stages.stored_values import read_stored_values, store_values
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    MATCHING_BLOCKING_KEYS,
    MATCHING_BLOCKING_REPORT,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_COMPONENTS,
    MATCHING_CONTACT_VALUES,
    MATCHING_CONTACTS,
    MATCHING_JUDGEMENTS,
    MATCHING_KEY_COUNTS,
    MATCHING_SCORED_PAIRS,
    MATCHING_TOUCHED_CONTACTS,
)
from transforms.matching.incremental.blocks import PAIR, Touched, follow_keys, touch_keys
from transforms.matching.incremental.candidates import change_candidates
from transforms.matching.incremental.holders import CountedFrequencies, find_affected, number_held_rules
from transforms.matching.incremental.scores import Thresholds, change_pairs, rescore
from transforms.matching.judged_pairs import JUDGED
from transforms.matching.kept_keys import KeyLimits, list_kept_keys, tabulate_keys
from transforms.matching.keys import EMAIL_RULE
from transforms.matching.outcomes import PAIR_IDS
from transforms.matching.scoring import Scorer

__all__ = ["block_changes", "compare_changes"]

_IS_GIVEN = "contact IN (SELECT contact FROM given)"
_HAS_GIVEN = "(contact_l IN (SELECT contact FROM given) OR contact_r IN (SELECT contact FROM given))"
_HAS_GIVEN_ID = "(contact_id_l IN (SELECT contact_id FROM given) OR contact_id_r IN (SELECT contact_id FROM given))"
_IS_AT_PLACE = "rowid IN (SELECT place FROM given)"
_IS_INSIDE = "contact_l IN (SELECT contact FROM given) AND contact_r IN (SELECT contact FROM given)"


def block_changes(run: Run, store: Store, kept: Kept, found: pl.DataFrame) -> Counts:
    """Candidate pairs as they are with what changed; what it touches is in matching.touched_contacts.

    Args:
        run: the run.
        store: the warehouse.
        kept: the model.
        found: of `find_changes`.
    """
    matching = run.settings.matching
    changes = number_changes(store, matching.scope, found)
    counts = {"contacts_changed": changes.changed_count}
    if changes.changed_count:
        _block(store, kept, changes, kept.limits(matching))
    return {
        "contacts": store.count(MATCHING_CONTACTS),
        "pairs": store.count(MATCHING_CANDIDATE_PAIRS),
        "rules": store.count(MATCHING_BLOCKING_REPORT),
        **counts,
    }


def _block(store: Store, kept: Kept, changes: Changes, limits: KeyLimits) -> None:
    stored, values = WarehouseKeys(store), changes.values
    contacts = values.contacts.select("contact_id").join(
        changes.new, on="contact_id", maintain_order="left"
    )  # in the order of the values
    numbers = contacts["contact"].to_numpy().astype(np.int64)
    rules = enumerate(list_kept_keys(values, read_reference(), kept.model.rules))
    added = pl.concat(tabulate_keys(number, keys, numbers) for number, keys in rules)
    removed = stored.of_contacts(changes.old) if len(changes.old) else added.clear()
    touched = touch_keys(removed, added, stored, limits)
    affected = find_affected(touched, contacts.select("contact", "contact_id"), stored, limits)
    found = follow_keys(touched, stored, limits)
    _forget(store, changes)
    store.append(MATCHING_CONTACTS, changes.new.select(MATCHING_CONTACTS.columns))
    store_values(store, values, numbers)
    pairs = pl.concat([found.found, found.gained, found.lost])
    with store.lend(given=pl.concat([pairs[name].alias("contact") for name in PAIR]).unique().to_frame()):
        kinds = store.read(MATCHING_CONTACTS, ["contact", "kind"], _IS_GIVEN)
    with store.lend(given=pl.concat([found.gained, found.lost]).select(PAIR).unique()):
        pairs_of_given = f"{MATCHING_CANDIDATE_PAIRS.full_name} p JOIN given USING (contact_l, contact_r)"
        known = store.query(f"SELECT p.*, p.rowid AS place FROM {pairs_of_given}")
    candidates = change_candidates(found, known.drop("place"), kinds, limits.number(EMAIL_RULE))
    with store.lend(given=known.join(candidates.replaced, on=PAIR, how="semi").select("place")):
        store.delete(MATCHING_CANDIDATE_PAIRS, _IS_AT_PLACE)
    store.append(MATCHING_CANDIDATE_PAIRS, candidates.pairs)
    _store_keys(store, touched, added, limits)
    _part(store, candidates.gone)
    _touch(store, affected.recounted, is_rescored=False)
    _touch(store, pl.concat([contacts["contact"], affected.renamed, candidates.fresh]), is_rescored=True)


def _forget(store: Store, changes: Changes) -> None:
    """What was known of contacts that changed; those that were in a component with one are to be settled again."""
    touched = polars_schema(MATCHING_TOUCHED_CONTACTS)
    store.append(MATCHING_TOUCHED_CONTACTS, pl.DataFrame({"contact_id": changes.ids, "is_rescored": False}, touched))
    if not len(changes.old):
        return
    gone = changes.ids.filter(~changes.ids.is_in(changes.values.ids.implode()))
    with store.lend(given=changes.old.rename("contact").to_frame()):
        beside = store.query(
            f"""SELECT DISTINCT c.contact_id, false AS is_rescored FROM {MATCHING_COMPONENTS.full_name} m
                JOIN {MATCHING_CONTACTS.full_name} c USING (contact)
                WHERE m.component IN (SELECT component FROM {MATCHING_COMPONENTS.full_name} WHERE {_IS_GIVEN})
                AND NOT m.{_IS_GIVEN}"""
        )
        store.append(MATCHING_TOUCHED_CONTACTS, beside)
        store.delete(MATCHING_CANDIDATE_PAIRS, _HAS_GIVEN)
        for table in (MATCHING_BLOCKING_KEYS, MATCHING_CONTACT_VALUES, MATCHING_COMPONENTS, MATCHING_CONTACTS):
            store.delete(table, _IS_GIVEN)
    with store.lend(given=gone.rename("contact_id").to_frame()):
        store.delete(MATCHING_SCORED_PAIRS, _HAS_GIVEN_ID)


def _store_keys(store: Store, touched: Touched, added: pl.DataFrame, limits: KeyLimits) -> None:
    floors = pl.Series("floor", limits.floors[touched.keys["rule"].to_numpy()], pl.Int64)
    counts = touched.keys.with_columns(floors).filter(pl.col("after") > pl.col("floor"))
    with store.lend(given=touched.keys.select("rule", "key")):
        same = "given.rule = key_counts.rule AND given.key = key_counts.key"
        store.delete(MATCHING_KEY_COUNTS, f"EXISTS (SELECT 1 FROM given WHERE {same})")
    store.append(MATCHING_KEY_COUNTS, counts.select("rule", "key", contacts_count="after"))
    store.append(MATCHING_BLOCKING_KEYS, added)


def _part(store: Store, pairs: pl.DataFrame) -> None:
    """Pairs that are none any more: where one was kept, or may have joined a component, that is settled again."""
    with store.lend(given=pairs):
        parted = store.query(
            f"""WITH gone AS (
                    SELECT contact_l, contact_r, least(l.contact_id, r.contact_id) AS contact_id_l,
                        greatest(l.contact_id, r.contact_id) AS contact_id_r
                    FROM given JOIN {MATCHING_CONTACTS.full_name} l ON l.contact = contact_l
                    JOIN {MATCHING_CONTACTS.full_name} r ON r.contact = contact_r)
                SELECT contact_id_l, contact_id_r FROM gone
                SEMI JOIN {MATCHING_SCORED_PAIRS.full_name} USING (contact_id_l, contact_id_r)
                UNION SELECT contact_id_l, contact_id_r FROM gone
                JOIN {MATCHING_COMPONENTS.full_name} l ON l.contact = contact_l
                JOIN {MATCHING_COMPONENTS.full_name} r ON r.contact = contact_r AND r.component = l.component"""
        )
    ids = pl.concat([parted["contact_id_l"], parted["contact_id_r"].alias("contact_id_l")]).unique()
    known = store.read(MATCHING_TOUCHED_CONTACTS, ["contact_id"])["contact_id"]
    fresh = ids.filter(~ids.is_in(known.implode())).alias("contact_id").to_frame()
    store.append(MATCHING_TOUCHED_CONTACTS, fresh.with_columns(is_rescored=pl.lit(False)))


def _touch(store: Store, contacts: pl.Series, *, is_rescored: bool) -> None:
    with store.lend(given=contacts.rename("contact").unique().to_frame()):
        ids = store.read(MATCHING_CONTACTS, ["contact_id"], _IS_GIVEN)
    with store.lend(given=ids):
        store.delete(MATCHING_TOUCHED_CONTACTS, "contact_id IN (SELECT contact_id FROM given)")
    store.append(MATCHING_TOUCHED_CONTACTS, ids.with_columns(is_rescored=pl.lit(is_rescored)))


def compare_changes(run: Run, store: Store, kept: Kept) -> int:
    """Pairs of touched contacts, and of those that people judged, are scored and decided again; returns how many."""
    compared_count = _compare(run, store, kept)
    follow_changed_copies(store)
    return compared_count


def _compare(run: Run, store: Store, kept: Kept) -> int:
    matching = run.settings.matching
    judgements = store.read(MATCHING_JUDGEMENTS)
    touched = _find_touched(store, judgements)
    if touched.is_empty():
        return 0
    rescored = touched.filter("is_rescored").select("contact")
    with store.lend(given=rescored):
        incident = store.read(MATCHING_CANDIDATE_PAIRS, PAIR, _HAS_GIVEN)
    met = pl.concat([touched["contact"], *(incident[name].alias("contact") for name in PAIR)]).unique()
    components, numbers = _read_components(store, met)
    limits = kept.limits(matching)
    numbers = pl.concat([numbers, _find_first_holders(store, numbers["contact"], limits)]).unique()
    values = read_stored_values(store, numbers["contact"])
    counts = store.read(MATCHING_KEY_COUNTS, None, "list_contains(?, rule)", [number_held_rules(limits)])
    scorer = Scorer(
        values, read_reference(), matching.shared_value_limit, kept.model.model, CountedFrequencies(kept.model, counts)
    )

    def read_inside(contacts: pl.Series) -> pl.DataFrame:
        with store.lend(given=contacts.rename("contact").to_frame()):
            return store.read(MATCHING_CANDIDATE_PAIRS, PAIR, _IS_INSIDE)

    thresholds = Thresholds(matching.review_threshold, matching.merge_threshold)
    found = rescore(
        scorer, values, numbers, incident, read_inside, components, touched["contact"], judgements, thresholds
    )
    settled, named, again = (
        numbers.join(some, on="contact", how="semi")["contact_id"]
        for some in (found.settled.to_frame(), touched, rescored)
    )
    pairs = change_pairs(_read_pairs(store, settled), found.pairs, settled, named, again)
    with store.lend(given=pairs.gone.select("place")):
        store.delete(MATCHING_SCORED_PAIRS, _IS_AT_PLACE)
    store.append(MATCHING_SCORED_PAIRS, pairs.fresh)
    with store.lend(given=found.settled.to_frame()):
        store.delete(MATCHING_COMPONENTS, _IS_GIVEN)
    store.append(MATCHING_COMPONENTS, found.components)
    sides = [frame[name].alias("contact_id") for frame in (pairs.gone, pairs.fresh) for name in PAIR_IDS]
    known = store.read(MATCHING_TOUCHED_CONTACTS, ["contact_id"])
    more = pl.concat([named, *sides]).unique().to_frame().join(known, on="contact_id", how="anti")
    store.append(MATCHING_TOUCHED_CONTACTS, more.with_columns(is_rescored=pl.lit(False)))
    return found.compared_count


def _read_pairs(store: Store, contact_ids: pl.Series) -> pl.DataFrame:
    """Scored pairs of some contacts without their evidence, and the place of each in its table."""
    columns = "rowid AS place, * EXCLUDE (evidence)"
    with store.lend(given=contact_ids.to_frame()):
        return store.query(f"SELECT {columns} FROM {MATCHING_SCORED_PAIRS.full_name} WHERE {_HAS_GIVEN_ID}")


def _find_touched(store: Store, judgements: pl.DataFrame) -> pl.DataFrame:
    """contact, is_rescored: what the change touches, what people judge, and what they had judged at the last run."""
    judged = judgements.filter(pl.col("status") == "in_force")
    pairs = store.read(MATCHING_SCORED_PAIRS, PAIR_IDS, "list_contains(?, decided_by)", [JUDGED])
    ids = pl.concat(
        [frame[name].alias("contact_id") for frame in (judged, pairs) for name in ("contact_id_l", "contact_id_r")]
    )
    known = store.read(MATCHING_TOUCHED_CONTACTS)
    every = pl.concat([known, ids.to_frame().with_columns(is_rescored=pl.lit(False))])
    with store.lend(given=every.group_by("contact_id").agg(pl.col("is_rescored").any())):
        return store.query(
            f"""SELECT contact, is_rescored FROM {MATCHING_CONTACTS.full_name} JOIN given USING (contact_id)
                WHERE copy_of IS NULL"""
        )


def _read_components(store: Store, contacts: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """contact, component of all that are in a component with some contacts; contact, contact_id of these and those."""
    with store.lend(given=contacts.to_frame()):
        components = store.read(
            MATCHING_COMPONENTS,
            where=f"component IN (SELECT component FROM {MATCHING_COMPONENTS.full_name} WHERE {_IS_GIVEN})",
        )
    with store.lend(given=pl.concat([contacts, components["contact"]]).unique().to_frame()):
        return components, store.read(MATCHING_CONTACTS, ["contact", "contact_id"], _IS_GIVEN)


def _find_first_holders(store: Store, contacts: pl.Series, limits: KeyLimits) -> pl.DataFrame:
    """contact, contact_id of who holds each of the contacts' e-mails first: its name judges what the e-mail says."""
    rule = limits.number(EMAIL_RULE)
    stored = WarehouseKeys(store)
    keys = stored.of_contacts(contacts, [] if rule is None else [rule])
    return stored.find_first(keys.select("rule", "key").unique()).select("contact", "contact_id")
