"""Home: the folder of one warehouse, and where its files are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["DATABASE", "database_of", "published_of", "warehouse_of"]

#: The published database in its folder.
DATABASE: Final = "leads.duckdb"


def warehouse_of(home: Path) -> Path:
    """The warehouse that runs write."""
    return home / "warehouse.duckdb"


def published_of(home: Path) -> Path:
    """The folder of what the last run published, which readers may see."""
    return home / "published"


def database_of(home: Path) -> Path:
    """The published database, which analysts read."""
    return published_of(home) / DATABASE
