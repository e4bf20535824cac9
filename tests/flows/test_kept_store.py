"""A small warehouse stays open from stage to stage, and loses nothing of what they commit."""

from pathlib import Path
from shutil import copyfile

import pytest

from flows import kept_store
from flows.kept_store import KeptStore
from flows.store import Store, open_store
from schemas.tables import RAW_UNDOS


@pytest.fixture
def kept(tmp_path: Path) -> KeptStore:
    return KeptStore(tmp_path / "warehouse.duckdb", {"memory_limit": "1GB"})


def put(store: Store, file_id: str) -> None:
    store.copy(f"(SELECT '{file_id}' AS file_id, 1 AS run_sequence, now() AS undone_at)", RAW_UNDOS, {})


def test_it_stays_open_with_the_memory_that_is_asked_for(kept: KeptStore, tmp_path: Path) -> None:
    with kept.open("1GB") as first:
        put(first, "a")
    with kept.open("0.5GB") as second:
        assert second is first
        limit = second.query("SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'").item()
        assert limit == "476.8 MiB"
        assert second.count(RAW_UNDOS) == 1
    kept.close()
    assert [path.name for path in tmp_path.iterdir()] == ["warehouse.duckdb"], "all of it is in the file"


def test_what_was_committed_outlives_a_process_that_is_killed_between_stages(kept: KeptStore, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    killed.mkdir()
    with kept.open("1GB") as store:
        put(store, "a")
    for path in tmp_path.glob("warehouse.*"):  # as they are while it is open
        copyfile(path, killed / path.name)
    kept.close()
    with open_store(killed / "warehouse.duckdb") as store:
        assert store.read(RAW_UNDOS)["file_id"].to_list() == ["a"]


def test_a_large_one_is_closed(kept: KeptStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_store, "_MOST_BYTES", 0)
    with kept.open("1GB") as first:
        put(first, "a")
    with kept.open("1GB") as second:
        assert second is not first
        assert second.count(RAW_UNDOS) == 1


def test_one_that_fails_is_closed_and_keeps_what_was_committed(kept: KeptStore) -> None:
    def fail_halfway() -> None:
        with kept.open("1GB") as store:
            put(store, "a")
            with store.transaction():
                put(store, "b")
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with kept.open("1GB") as store:
        assert store.count(RAW_UNDOS) == 1
    kept.close()
