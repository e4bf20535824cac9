"""What the folding of contacts is made of, kept from one run to the next: so that few contacts are looked at again.

A contact's edits hang on what it came with, on steps that name it, on values that steps of many contacts ask for, and
on a few things that count for all. Where only some of these are others than before, only contacts that hang on them
can be others; where what contacts came with is, all are looked at.
"""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from typing import Final

import polars as pl

from flows.stages.edit_queries import STEPS
from flows.store import Store
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTE_UPDATES,
    CORE_CONTACT_UPDATES,
    CORE_FOLD_INPUTS,
    CORE_KNOWN_ATTRIBUTES,
    CORE_LEAD_ATTRIBUTES,
    CORE_LEADS,
    STAGING_ATTRIBUTES,
    STAGING_CONTACT_ROWS,
    STAGING_CREATED_ATTRIBUTES,
    STAGING_REQUEST_FILES,
    STAGING_REQUEST_VALUES,
)
from schemas.views import RECEIVED

__all__ = ["Holders", "find_suspects", "read_inputs"]

#: Requests, steps and holders of attributes that steps name alone, in three columns.
Holders = list[list[object]]

#: Tables of what contacts came with.
_GIVEN: Final = (
    STAGING_ATTRIBUTES, STAGING_CONTACT_ROWS, STAGING_CREATED_ATTRIBUTES, CORE_CONTACT_UPDATES, CORE_ATTRIBUTE_UPDATES,
    CORE_LEAD_ATTRIBUTES, CORE_KNOWN_ATTRIBUTES,
)  # fmt: skip
_LEADS: Final = f"(SELECT * EXCLUDE (raw_payload, parsed_payload, contact_owner) FROM {CORE_LEADS.full_name})"
_DIGEST: Final = "SELECT concat_ws('|', count(*), bit_xor(hash(hash(t)))) AS digest FROM {} t"
#: Contacts that some steps name (parameters: holders of steps; logs, requests), and those that ever had some values
#: (parameters: definitions with match keys, or alone; twice).
_SUSPECTS: Final = f"""
    SELECT contact_id FROM {STEPS}
    WHERE file_id IN (SELECT unnest(?)) OR request_id IN (SELECT unnest(?))
    UNION SELECT contact_id FROM {RECEIVED}
    WHERE attribute_def || '|' || match_key IN (SELECT unnest(?)) OR attribute_def IN (SELECT unnest(?))
    UNION SELECT s.contact_id FROM {STEPS} s JOIN {STAGING_REQUEST_VALUES.full_name} v USING (request_id, step)
    WHERE attribute_def || '|' || match_key IN (SELECT unnest(?)) OR attribute_def IN (SELECT unnest(?))
"""
_OF_ALL: Final = ("given", "shared")


def read_inputs(store: Store, holders: Holders, void: list[str], keys: pl.DataFrame, shared: str) -> pl.DataFrame:
    """Rows of core.fold_inputs as they are now.

    Args:
        store: the warehouse.
        holders: of attributes that steps name alone.
        void: requests that are refused as a whole.
        keys: what `digest_keys` says of values that steps of many contacts ask for.
        shared: hash of what counts for all contacts.
    """
    logs = store.read(STAGING_REQUEST_FILES, ["file_id", "fingerprint"])
    named = [(table.full_name, table.full_name) for table in _GIVEN] + [(CORE_LEADS.full_name, _LEADS)]
    rows = [("given", name, store.query(_DIGEST.format(source))["digest"][0]) for name, source in named]
    rows += [("shared", "", shared), *(("log", *row) for row in logs.rows())]
    rows += [("void", request_id, "") for request_id in void]
    rows += [("holder", f"{request_id}|{step}", str(holder)) for request_id, step, holder in zip(*holders, strict=True)]
    rows += [("key", *row) for row in keys.select("key", "reach").rows()]
    return pl.DataFrame(rows, schema=polars_schema(CORE_FOLD_INPUTS), orient="row")


def find_suspects(store: Store, inputs: pl.DataFrame, holders: Holders) -> list[str] | None:
    """Contacts whose edits may be others than those kept; None where all may be.

    Args:
        store: the warehouse.
        inputs: from `read_inputs`.
        holders: of attributes that steps name alone.
    """
    before = store.read(CORE_FOLD_INPUTS)
    both = inputs.join(before, on=["kind", "name"], how="full", suffix="_before", coalesce=True)
    others = both.filter(pl.col("digest").ne_missing(pl.col("digest_before")))
    is_log_gone = (pl.col("kind") == "log") & pl.col("digest_before").is_not_null()
    if before.is_empty() or not others.filter(pl.col("kind").is_in(_OF_ALL) | is_log_gone).is_empty():
        return None
    names = {kind: others.filter(pl.col("kind") == kind)["name"].to_list() for kind in ("log", "void", "key")}
    whole = [key for key in names["key"] if "|" not in key]
    moved = others.filter(pl.col("kind") == "holder")
    named = store.query(_SUSPECTS, [*holders, names["log"], names["void"], names["key"], whole, *holders, names["key"],
                                    whole])  # fmt: skip
    found = pl.concat([named["contact_id"], moved["digest"], moved["digest_before"]]).drop_nulls()
    return found.unique().sort().to_list()
