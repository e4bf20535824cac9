"""What holds for all tests, and a home that they begin with where how it is created is not what they are about."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A test that shares its machine with others may be slow once: a deadline would fail it for no fault of the code.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


@pytest.fixture(scope="session")
def blank_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose warehouse and published file have all their tables, none of which has a row; to be copied."""
    from flows.homes import published_of, warehouse_of
    from flows.published_file import write_published
    from flows.store import open_store
    from schemas.tables import tables_of
    from schemas.vocabulary import Layer

    os.umask(0o077)  # as runs set it
    home = tmp_path_factory.mktemp("blank")
    with open_store(warehouse_of(home)) as store:
        published = home / "new"
        published.mkdir()
        write_published(store, tables_of(Layer.MARTS), published, None, {})
    shutil.rmtree(published / "parquet")
    published.rename(published_of(home))
    return home


@pytest.fixture(scope="session")
def lay_out(blank_home: Path) -> Callable[[Path], Path]:
    """Makes a folder a home whose tables are there: to create them takes a fourth of what a run of a few rows does."""
    return lambda home: Path(shutil.copytree(blank_home, home, dirs_exist_ok=True))
