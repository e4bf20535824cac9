"""Tables whose rows are derived when they are read, so that no value is written twice."""

# ruff: noqa: S608 - table names come from the registry; nothing else is put into a query

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.ddl import hash_expression, quoted
from schemas.tables import (
    CORE_ATTRIBUTE_UPDATES,
    CORE_ATTRIBUTES,
    CORE_CONTACT_UPDATES,
    CORE_LEAD_ATTRIBUTES,
    RAW_FILES,
    STAGING_ATTRIBUTES,
    Table,
)
from schemas.vocabulary import Folder

__all__ = ["VIEWS", "View", "view_statement"]

#: Above every position within a row: the values of a contact's later rows come after those of its earlier ones.
_ROW_STEP: Final = 10**10

#: staging.attributes under the contacts they belong to (SPEC A-IM2), with deleted_at.
_OF_FILES_AND_REQUESTS: Final = f"""
    SELECT a.* REPLACE (
            coalesce(u.contact_id, a.contact_id) AS contact_id,
            a.position + coalesce(u.update_number, 0) * {_ROW_STEP} AS position,
            coalesce(v.is_primary, a.is_primary) AS is_primary
        ),
        CASE WHEN a.file_id IN (SELECT file_id FROM {RAW_FILES.full_name} WHERE folder = '{Folder.REQUESTS}')
            THEN 'request' ELSE 'file' END AS source,
        CASE WHEN a.is_superseded THEN a.created_at ELSE v.deleted_at END AS deleted_at,
        coalesce(v.deleted_at, a.created_at) AS updated_at
    FROM {STAGING_ATTRIBUTES.full_name} a
    LEFT JOIN {CORE_CONTACT_UPDATES.full_name} u ON u.row_contact_id = a.contact_id
    LEFT JOIN {CORE_ATTRIBUTE_UPDATES.full_name} v ON v.row_contact_id = a.contact_id AND v.row_position = a.position
"""


@dataclass(frozen=True)
class View:
    """A table of the registry that is a query.

    Attributes:
        table: the table.
        query: rows of other tables that are its rows, in any order of columns, without the hashed id.
        own: the table of its other rows: what is written to the view goes there.
    """

    table: Table
    query: str
    own: Table


VIEWS: Final = (View(CORE_ATTRIBUTES, _OF_FILES_AND_REQUESTS, CORE_LEAD_ATTRIBUTES),)


def view_statement(view: View) -> str:
    """CREATE VIEW for one of them: the rows of its query, then its own."""
    table = view.table
    names = {name: quoted(name) for name in table.columns}
    cells = dict(names)
    if table.hashed_id:
        cells[table.hashed_id] = f"{hash_expression(table)} AS {quoted(table.hashed_id)}"
    return (
        f"CREATE OR REPLACE VIEW {table.full_name} AS SELECT {', '.join(cells.values())} FROM ({view.query})"
        f" UNION ALL SELECT {', '.join(names.values())} FROM {view.own.full_name}"
    )
