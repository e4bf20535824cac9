"""Keep the matching model that the last run estimated, with what the runs that follow need to go by it."""

from __future__ import annotations

import numpy as np

from flows.model_log import note_decision
from flows.runs import Counts, Run
from flows.settings import Matching
from flows.stages.changed_values import store_digests
from flows.stages.kept_models import has_passed, list_types, pass_stage, read_kept, store_keys
from flows.stages.match_inputs import forget_inputs
from flows.stages.matched_values import read_reference, take_values
from flows.stages.stored_values import store_values
from flows.store import Store
from schemas.errors import NotFoundError, PipelineError
from schemas.tables import MATCHING_CONTACTS, MATCHING_MODEL_PARAMETERS
from schemas.vocabulary import KEPT_BY_ITSELF
from transforms.matching.kept_keys import KeptRule, keep_rule, limit_keys
from transforms.matching.kept_model import freeze_model, write_model
from transforms.matching.keys import list_keys
from transforms.matching.values import ContactValues, MatchingReference

__all__ = ["check_decision", "decide_model", "keep_model"]


def keep_model(run: Run) -> Counts:
    """Of a large book the model is kept, so that the next run matches only what is new or changed.

    It comes after publishing: nobody waits for it, and a run that ends here has published what it found.
    """
    least = run.settings.matching.keep_model_from
    with run.store() as store, store.transaction():
        contacts_count = store.count(MATCHING_CONTACTS)
        if not 0 < least <= contacts_count or read_kept(store):
            return {}
        _keep(run, store, KEPT_BY_ITSELF)
    return {"contacts": contacts_count}


def check_decision(store: Store, action: str) -> None:
    """Whether the model can be kept, or released.

    Raises:
        PipelineError: there is none to keep, somebody keeps one already, or none is kept.
    """
    kept = read_kept(store)
    if action == "release" and kept is None:
        raise PipelineError("no model is kept", todo="leadpipe model keep")
    if action == "keep" and kept and not kept.is_by_itself:
        raise PipelineError("a model is kept already", todo="leadpipe model release")
    if not store.count(MATCHING_MODEL_PARAMETERS):
        raise NotFoundError("no model has been estimated yet", where="warehouse.duckdb", todo="leadpipe run")


def decide_model(run: Run, action: str, decided_by: str | None) -> Counts:
    """Keep the model that the last run estimated or went by, or release the one that is kept.

    Raises:
        PipelineError: see `check_decision`.
    """
    with run.store() as store, store.transaction():
        check_decision(store, action)
        kept = read_kept(store)
        if action == "release":
            note_decision(run, store, None, decided_by)
        elif kept:
            note_decision(run, store, write_model(kept.model), decided_by)
            if has_passed(store, kept, "clustered"):
                pass_stage(store, run.run_sequence, "clustered")
        else:
            _keep(run, store, decided_by)
    return {"models_decided": 1}


def _keep(run: Run, store: Store, kept_by: str | None) -> None:
    """All contacts were matched by the model when it was estimated: what going by it needs besides is added."""
    matching = run.settings.matching
    values, reference = take_values(run.run_id, store, matching.scope), read_reference()
    parameters, types = store.read(MATCHING_MODEL_PARAMETERS), list_types(store)
    rules = _store_rules(store, values, reference, matching)
    model = freeze_model(values, reference, parameters, rules, types, matching.shared_value_limit)
    store_values(store, values, np.arange(len(values.ids)))
    note_decision(run, store, write_model(model), kept_by)
    store_digests(store)
    forget_inputs(store)
    pass_stage(store, run.run_sequence, "clustered")


def _store_rules(
    store: Store, values: ContactValues, reference: MatchingReference, matching: Matching
) -> dict[str, KeptRule]:
    """The blocking rules as they are in force, once their keys are stored."""
    contacts = np.arange(len(values.ids))
    rules: dict[str, KeptRule] = {}
    for number, keys in enumerate(list_keys(values, reference)):
        rules[keys.rule] = keep_rule(keys, matching.block_size_limit, len(contacts))
        limits = limit_keys({keys.rule: rules[keys.rule]}, matching.block_size_limit, matching.shared_value_limit)
        store_keys(store, number, keys, int(limits.floors[0]), contacts)
    return rules
