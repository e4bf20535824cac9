"""Tables whose rows are derived when they are read, so that no value is written twice."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.ddl import hash_expression, quoted
from schemas.dtypes import WRITTEN_PARTS
from schemas.surviving import ALONE, surviving_of
from schemas.tables import (
    CORE_ATTRIBUTE_UPDATES,
    CORE_ATTRIBUTES,
    CORE_CONTACT_EDITS,
    CORE_CONTACT_UPDATES,
    CORE_CONTACTS,
    CORE_EDITED_ATTRIBUTES,
    CORE_KNOWN_ATTRIBUTES,
    CORE_LEAD_ATTRIBUTES,
    CORE_SETTLED_CONTACTS,
    MARTS_CONTACT_ALIASES,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_DUPLICATE_PAIRS,
    MATCHING_ALIASES,
    MATCHING_SCORED_PAIRS,
    MATCHING_SURVIVING_ATTRIBUTES,
    RAW_FILE_ROWS,
    RAW_FILES,
    RAW_ROW_LINES,
    STAGING_ATTRIBUTES,
    STAGING_CELL_ADDRESSES,
    STAGING_CELL_VALUES,
    STAGING_CONTACT_ROWS,
    STAGING_CREATED_ATTRIBUTES,
    STAGING_OBJECT_ATTRIBUTES,
    STAGING_REQUESTS,
    STAGING_VALUE_SOURCES,
    Table,
)
from schemas.vocabulary import Folder

__all__ = [
    "GIVEN", "GIVEN_BY_FILES", "IS_SUMMARY", "RECEIVED", "REWRITTEN", "VIEWS", "View", "attributes_of", "received_of",
    "view_statement",
]  # fmt: skip

#: Above every position within a row: the values of a contact's later rows come after those of its earlier ones.
_ROW_STEP: Final = 10**10

#: Rows of request logs, whose contacts and attributes get ids that do not hang on the file they stand in.
_IS_CREATED_HERE = f"file_id IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}')"
#: Contacts whose attributes requests changed: theirs are in core.edited_attributes.
REWRITTEN: Final = f"(SELECT contact_id FROM {CORE_CONTACT_EDITS.full_name} WHERE is_rewritten)"

#: Leads whose raw payload is a lead summary, by the last key of their parsed one (transforms.leads.summaries).
IS_SUMMARY: Final = """suffix(parsed_payload, '"lead_summary":true}')"""

_WRITTEN = ", ".join(f"address.{quoted(part)}" for part in WRITTEN_PARTS)


def _staged(condition: str = "") -> str:
    """Attributes of staging, those of cells put together again (`transforms.importing.slim_values`).

    Args:
        condition: on contact_id, beginning with AND: of whose rows alone.
    """
    # what values of cells share, and whose they are
    shared = f"""
        JOIN {STAGING_VALUE_SOURCES.full_name} USING (source_id)
        JOIN (
            SELECT contact_number, contact_id, row_number FROM {STAGING_CONTACT_ROWS.full_name}
            WHERE contact_number IS NOT NULL {condition}
        ) USING (contact_number)
    """
    return f"""
        FROM {STAGING_OBJECT_ATTRIBUTES.full_name} WHERE true {condition}
        UNION ALL BY NAME
        SELECT * EXCLUDE (source_id, contact_number) REPLACE (
            nullif(coalesce(original, text), '') AS original,
            nullif(coalesce(match_key, lower(text)), '') AS match_key
        )
        FROM {STAGING_CELL_VALUES.full_name} {shared}
        UNION ALL BY NAME
        SELECT * EXCLUDE (source_id, contact_number, other_original),
            nullif(coalesce(other_original, concat_ws(chr(10), {_WRITTEN})), '') AS original
        FROM {STAGING_CELL_ADDRESSES.full_name} {shared}
    """


def _staged_among(among: str) -> str:
    """What rows brought that make contacts of a condition, or update them.

    Asked of the rows, it is looked up by their numbers: of few contacts in a third of the time that asking it of all
    values takes.
    """
    if among == "true":
        return STAGING_ATTRIBUTES.full_name
    sources = (STAGING_CONTACT_ROWS.full_name, STAGING_OBJECT_ATTRIBUTES.full_name)
    rows = " UNION ALL ".join(f"SELECT contact_id FROM {source} WHERE {among}" for source in sources)
    updating = f"SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name} WHERE {among}"
    return f"({_staged(f'AND contact_id IN ({rows} UNION ALL {updating})')})"


def _updated(among: str) -> str:
    """Each under the contact it belongs to (SPEC A-IM2), with deleted_at: of some contacts, and maybe of others."""
    return f"""
    SELECT a.* REPLACE (
            coalesce(u.contact_id, a.contact_id) AS contact_id,
            a.position + coalesce(u.update_number, 0) * {_ROW_STEP} AS position,
            coalesce(v.is_primary, a.is_primary AND u.contact_id IS NULL) AS is_primary
        ),
        CASE WHEN a.is_superseded OR (u.contact_id IS NOT NULL AND v.row_position IS NULL) THEN a.created_at
            ELSE v.deleted_at END AS deleted_at,
        coalesce(v.deleted_at, a.created_at) AS updated_at,
        c.attribute_id AS created_id, a.{_IS_CREATED_HERE} AS is_created_here
    FROM {_staged_among(among)} a
    LEFT JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = a.contact_id
    LEFT JOIN {CORE_ATTRIBUTE_UPDATES.full_name} v ON v.row_contact_id = a.contact_id AND v.row_position = a.position
    LEFT JOIN {STAGING_CREATED_ATTRIBUTES.full_name} c ON c.contact_id = a.contact_id AND c.position = a.position
"""


_NAMES = ", ".join(map(quoted, CORE_ATTRIBUTES.columns))
_CREATED_ID = (
    "coalesce(created_id, CAST(CAST(md5(concat_ws('|', contact_id, CAST(position AS VARCHAR))) AS UUID) AS VARCHAR))"
)


def _given_by_files(among: str, are_many: bool = False) -> str:
    return f"""(
    SELECT {_NAMES} FROM (
        SELECT *, CASE WHEN is_created_here THEN 'request' ELSE 'file' END AS source,
            CASE WHEN is_created_here THEN {_CREATED_ID} ELSE {hash_expression(CORE_ATTRIBUTES)} END AS attribute_id
        FROM ({_updated("true" if are_many else among)}) WHERE {among}
    )
)"""


def received_of(among: str) -> str:
    """`RECEIVED` of some contacts: measured, ids are hashed for all of them where the condition stands outside.

    Args:
        among: condition on contact_id, without parameters.
    """
    return f"""(
    SELECT *, false AS is_known FROM {_given_by_files(among)}
    UNION ALL SELECT {_NAMES}, false FROM {CORE_LEAD_ATTRIBUTES.full_name} WHERE {among}
    UNION ALL SELECT {_NAMES}, true FROM {CORE_KNOWN_ATTRIBUTES.full_name} WHERE {among}
)"""


#: Attributes as files and the creation of contacts gave them: columns of core.attributes.
GIVEN_BY_FILES: Final = _given_by_files("true")
#: The same with those of leads.
GIVEN: Final = f"(FROM {GIVEN_BY_FILES} UNION ALL SELECT {_NAMES} FROM {CORE_LEAD_ATTRIBUTES.full_name})"


def attributes_of(among: str, are_many: bool = False) -> str:
    """core.attributes of some contacts, in brackets; see `received_of`.

    Args:
        among: condition on contact_id, without parameters.
        are_many: whether that is true of so many contacts that to look up their rows costs more than to read all.
    """
    return f"""(
    FROM {_given_by_files(among, are_many)} WHERE contact_id NOT IN {REWRITTEN}
    UNION ALL SELECT {_NAMES} FROM {CORE_LEAD_ATTRIBUTES.full_name}
        WHERE {among} AND contact_id NOT IN {REWRITTEN}
    UNION ALL SELECT {_NAMES} FROM {CORE_EDITED_ATTRIBUTES.full_name} WHERE {among}
)"""


#: The same with what leads say that their contacts had already: they have it again where a request took it away.
RECEIVED: Final = received_of("true")

#: Contacts that are as their rows brought them.
_AS_THEY_CAME = f"""
    SELECT c.* EXCLUDE (given_id, print, content, contact_number), created_at AS updated_at, created_for AS updated_for,
        CASE WHEN c.{_IS_CREATED_HERE} THEN 'request' ELSE 'file' END AS source,
        CASE WHEN c.{_IS_CREATED_HERE} THEN r.created_by ELSE c.user_id END AS created_by
    FROM {STAGING_CONTACT_ROWS.full_name} c
    LEFT JOIN (
        SELECT file_id, record_number AS row_number, user_id AS created_by FROM {STAGING_REQUESTS.full_name}
    ) r USING (file_id, row_number)
    WHERE contact_id NOT IN (SELECT contact_id FROM {CORE_SETTLED_CONTACTS.full_name})
        AND contact_id NOT IN (SELECT row_contact_id FROM {CORE_CONTACT_UPDATES.full_name})
"""


def _named_as(mart: Table, source: Table) -> str:
    """The columns of a mart, of a table that has them all."""
    return f"SELECT {', '.join(map(quoted, mart.columns))} FROM {source.full_name}"


@dataclass(frozen=True)
class View:
    """A table of the registry that is a query.

    Attributes:
        table: the table.
        query: its rows.
        own: the table of those of its rows that are written: what is written to the view goes there.
    """

    table: Table
    query: str
    own: Table


VIEWS: Final = (
    View(
        RAW_FILE_ROWS,  # as a generated column, DuckDB splits every line that is written as well
        f"SELECT *, string_split(line[2:], line[1]) AS cells FROM {RAW_ROW_LINES.full_name}",
        RAW_ROW_LINES,
    ),
    View(STAGING_ATTRIBUTES, _staged(), STAGING_OBJECT_ATTRIBUTES),
    View(
        CORE_ATTRIBUTES,
        f"FROM {attributes_of('true')}",
        CORE_LEAD_ATTRIBUTES,
    ),
    View(
        CORE_CONTACTS,
        f"FROM {CORE_SETTLED_CONTACTS.full_name} UNION ALL BY NAME {_AS_THEY_CAME}",
        CORE_SETTLED_CONTACTS,
    ),
    View(  # ids are hashed only of what is shown
        MARTS_CONTACT_ATTRIBUTES,
        surviving_of(attributes_of(ALONE, are_many=True), "true"),
        MATCHING_SURVIVING_ATTRIBUTES,
    ),
    View(MARTS_CONTACT_ALIASES, _named_as(MARTS_CONTACT_ALIASES, MATCHING_ALIASES), MATCHING_ALIASES),
    View(MARTS_DUPLICATE_PAIRS, _named_as(MARTS_DUPLICATE_PAIRS, MATCHING_SCORED_PAIRS), MATCHING_SCORED_PAIRS),
)


def view_statement(view: View) -> str:
    """CREATE VIEW for one of them."""
    return f"CREATE OR REPLACE VIEW {view.table.full_name} AS {view.query}"
