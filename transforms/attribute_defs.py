"""Attribute definitions: from the documented objects to a table, and quick look-up by id and by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.ddl import polars_schema
from schemas.tables import CORE_ATTRIBUTE_DEFS
from transforms.instants import read_instant

__all__ = ["AttributeDef", "AttributeDefs", "read_attribute_defs"]


@dataclass(frozen=True)
class AttributeDef:
    """What reading a value needs to know of its definition."""

    attribute_def: str
    name: str
    data_type: str
    is_singular: bool
    label: str | None
    brand_id: str | None


class AttributeDefs:
    """The definitions, by id and by name. Names of custom ones hold within their brand only (SPEC EA15)."""

    def __init__(self, defs: pl.DataFrame):
        rows = defs.select("attribute_def", "name", "data_type", "is_singular", "label", "brand_id").rows()
        self._by_id = {row[0]: AttributeDef(*row) for row in rows}
        self._by_name: dict[tuple[str, str | None], AttributeDef] = {}
        for item in self._by_id.values():
            self._by_name.setdefault((item.name, item.brand_id), item)

    def find(self, name_or_id: str | None, brand_id: str | None = None) -> AttributeDef | None:
        """The definition with this id, or global name, or name of this brand's own; None when there is none."""
        if name_or_id is None:
            return None
        for found in (self._by_id.get(name_or_id), self._by_name.get((name_or_id, None))):
            if found is not None:
                return found
        return self._by_name.get((name_or_id, brand_id)) if brand_id else None

    def of_brand(self, brand_id: str | None) -> list[AttributeDef]:
        """The global definitions and this brand's own."""
        return [item for item in self._by_id.values() if item.brand_id is None or item.brand_id == brand_id]


def read_attribute_defs(documents: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Documented attribute definition objects (004:8727) as rows of core.attribute_defs (SPEC EA2, EA3)."""
    rows = [
        {
            "attribute_def": document["id"],
            "name": document["name"],
            "data_type": document["data_type"],
            "label": document["label"],
            "section": document["section"],
            "is_global": document["global"],
            "is_singular": document["singular"],
            "is_editable": document["editable"],
            "is_searchable": document["searchable"],
            "has_label": document["has_label"],
            "is_required": document["required"],
            "is_shown": document["show"],
            "is_filterable": document["filterable"],
            "labels": document["labels"] or None,
            "enum_values": document["enum_values"] or None,
            "brand_id": document["brand"],
            "created_at": read_instant(document["created_at"]) if document["global"] else None,
            "created_by": None,
            "deleted_at": None,
        }
        for document in documents
    ]
    return pl.DataFrame(rows, schema=polars_schema(CORE_ATTRIBUTE_DEFS))
