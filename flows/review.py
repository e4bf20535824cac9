"""Uncertain duplicates for a person: written as a workbook, and what was decided looked at before it is taken."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.homes import database_of, warehouse_of
from flows.settings import load_settings
from flows.stages.review import check_review
from flows.store import open_published
from flows.text_tables import Page, write_csv, write_workbook
from schemas.errors import PipelineError
from schemas.tables import (
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACTS,
    MARTS_DUPLICATE_CLUSTERS,
    MARTS_DUPLICATE_PAIRS,
)
from transforms.importing.rejects import protect_texts
from transforms.matching.judged_pairs import JUDGEMENT
from transforms.matching.review import DECISIONS, REVIEW_COLUMNS, compose_review
from transforms.matching.unmerging import Author

__all__ = ["count_decisions", "write_review"]

_WIDTHS = {"cluster": 8, "evidence": 60, "name": 24, "compared with": 24, "emails": 30, "phones": 18, "addresses": 36,
           "contact id": 38, "compared with id": 38}  # fmt: skip
#: A pair that nobody could tell is not asked about again, unless it is asked for.
_IS_OPEN = "decision = 'review' AND (decided_by <> ? OR ?)"


def write_review(home: Path, output: Path, with_unsure: bool = False) -> tuple[int, int]:
    """Write the clusters that wait for a person; returns how many clusters and pairs to decide.

    Args:
        home: folder of the warehouse.
        output: the file to write.
        with_unsure: ask again about pairs that were judged unsure.

    Raises:
        PipelineError: the output is neither .xlsx nor .csv.
    """
    if output.suffix.lower() not in (".xlsx", ".csv"):
        raise PipelineError("reviews are written as .xlsx or .csv", where=output.name, todo="give such a name with -o")
    with open_published(database_of(home)) as store:
        members = store.read(MARTS_DUPLICATE_CLUSTERS, ["cluster_id", "contact_id"], "status = 'review'")
        columns = ["contact_id_l", "contact_id_r", "probability", "evidence"]
        pairs = store.read(MARTS_DUPLICATE_PAIRS, columns, _IS_OPEN, [JUDGEMENT, with_unsure])
        # of the pairs, too: two may be merged by way of others, and then wait for nobody
        named = pl.concat([members["contact_id"], pairs["contact_id_l"], pairs["contact_id_r"]]).unique().to_list()
        aliases = store.read(
            MARTS_CONTACT_ALIASES, ["contact_id", "canonical_id"], "list_contains(?, contact_id)", [named]
        )
        ids = aliases["canonical_id"].unique().to_list()
        contacts = store.read(MARTS_CONTACTS, where="list_contains(?, id)", parameters=[ids])
    rows = compose_review(pairs, members, aliases, contacts)
    page = Page(
        "review",
        REVIEW_COLUMNS,
        [protect_texts(row) for row in rows],
        choices={"decision": DECISIONS},
        widths=_WIDTHS,
        bands="cluster",
    )
    if rows and output.suffix.lower() == ".xlsx":
        write_workbook([page], output)
    elif rows:
        write_csv(page, output)
    decisions = sum(1 for row in rows if row[-1])
    return len(rows) - decisions, decisions


def count_decisions(home: Path, path: Path) -> tuple[int, int]:
    """How many decisions of a review are new, and how many say what is known; nothing is written.

    Raises:
        PipelineError: a decision cannot be taken; then none is.
    """
    author = Author(None, datetime.now(UTC), 0, "review", path.name)
    with open_published(warehouse_of(home)) as store:
        checked = check_review(store, path, load_settings(home).limits, author)
    return checked.rows.height, checked.known_count
