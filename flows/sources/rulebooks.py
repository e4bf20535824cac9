"""A rulebook file from anywhere, read as one of the inbox."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.settings import Limits
from flows.sources.inbox import InboxFile
from flows.sources.items import Records
from flows.sources.reader import open_source
from schemas.vocabulary import Folder

__all__ = ["read_rulebook_file"]


def read_rulebook_file(path: Path, limits: Limits, version: str) -> pl.DataFrame:
    """The record of a rulebook file, as `read_documents` takes it.

    Args:
        path: the file.
        limits: what its reader may take.
        version: what its rulebook version is to be called.

    Raises:
        SourceError: it is no JSON object.
    """
    source = open_source(InboxFile(Folder.ROUTING, path.name, path.resolve()), limits)
    records = pl.concat([item.frame for item in source.items if isinstance(item, Records)])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return records.with_columns(file_id=pl.lit(version), file_name=pl.lit(path.name), run_sequence=0, received_at=epoch)
