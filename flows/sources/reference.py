"""Reference data: the corrections and lookup lists in data/reference, as text."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import NotFoundError

__all__ = ["load_document", "load_reference"]

_FOLDER = Path(__file__).parents[2] / "data" / "reference"


@cache
def load_reference(name: str) -> pl.DataFrame:
    """A list of data/reference as a frame, every column text, empty cells null.

    Args:
        name: file name such as `junk_values.csv`.

    Raises:
        NotFoundError: there is no such file.
    """
    return pl.read_csv(_path(name).read_bytes(), infer_schema=False)


def load_document(name: str) -> Any:
    """A JSON document of data/reference.

    Args:
        name: file name such as `attribute_defs.json`.

    Raises:
        NotFoundError: there is no such file.
    """
    return json.loads(_path(name).read_text(encoding="utf-8"))


def _path(name: str) -> Path:
    path = _FOLDER / name
    if not path.is_file():
        todo = "run leadpipe from a checkout of its repository"
        raise NotFoundError("reference data is missing", where=f"data/reference/{name}", todo=todo)
    return path
