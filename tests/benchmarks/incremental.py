"""New contacts against many, by a kept model: CPU seconds of the matching stages, and whether all comes out the same.

    python tests/benchmarks/incremental.py RECORDS.parquet... [--new SHARE]

RECORDS is as in matching.py, or as large as its generator makes it. All but a share of the records are matched, and
their model is kept; then the rest comes. Three times are told, each of the stages judge, block,
compare and cluster from the warehouse to the warehouse: matching what is new, matching all by the kept model, and
matching all as without one. The first must leave the tables as the second does.

Where its time goes, with 10,000 new contacts against 1,000,000:
- About half grows with the book, not with what is new: every value is hashed to find who changed (a seventh of all),
  and keys, candidate pairs, stored values, clusters and aliases are scanned for a few of their rows each.
- The rest is worked on what is touched, which is more than what is new: a tenth of the contacts share a key with a new
  one, and where a pair is found the whole component is settled again.
"""

from __future__ import annotations

import argparse
import resource
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from matching import make_attributes

from flows.runs import Run
from flows.settings import Settings
from flows.stages.judge import judge
from flows.stages.keep_model import decide_model
from flows.stages.kept_models import forget_keys
from flows.stages.match import block, cluster, compare
from schemas.ddl import polars_schema
from schemas.tables import (
    CORE_ATTRIBUTES,
    CORE_CONTACTS,
    MATCHING_ALIASES,
    MATCHING_CANDIDATE_PAIRS,
    MATCHING_CLUSTERS,
    MATCHING_SCORED_PAIRS,
    RAW_KEPT_MODELS,
    Table,
)

NOON = datetime(2026, 7, 2, 12, tzinfo=UTC)
SAME = (MATCHING_SCORED_PAIRS, MATCHING_CLUSTERS, MATCHING_ALIASES)
LINEAGE = {"run_sequence": 1, "source": "file", "file_id": "f", "sheet": "", "row_number": 1, "created_at": NOON,
           "updated_at": NOON}  # fmt: skip


def measure(path: Path, share: float) -> None:
    """Print figures for one set."""
    records = pl.read_parquet(path).with_columns(pl.col("rec_id").cast(pl.String))
    step = round(1 / share)
    is_new = pl.int_range(pl.len()) % step == 0
    old, new = records.filter(~is_new), records.filter(is_new)
    with TemporaryDirectory() as folder:
        run = Run("r", 1, "run", Path(folder), Path(folder), NOON, Settings())
        put(run, old)
        match(run)
        started = time.process_time()
        decide_model(run, "keep", None)
        kept = time.process_time() - started
        put(run, new)
        print(f"\n{path.parent.name}: {new.height:,} new contacts against {old.height:,}")
        changed = match(run)
        after = tell(run)
        with run.store() as store:
            forget_keys(store)
        by_kept = match(run)
        same = tell(run) == after
        with run.store() as store:
            store.delete(RAW_KEPT_MODELS)
        every = match(run)
        size = (run.home / "warehouse.duckdb").stat().st_size / 1e6
    for name, seconds in (("what is new", changed), ("all by the kept model", by_kept), ("all without", every)):
        each = ", ".join(f"{stage} {spent:.2f}" for stage, spent in seconds.items())
        total = sum(seconds.values())
        of_all = f"; {100 * total / sum(every.values()):.1f} % of all without a kept model"
        print(f"  {name:<22} {total:7.2f} CPU s ({each}){of_all}")
    print(
        f"  the same pairs, clusters and aliases: {same}; keeping the model {kept:.1f} CPU s; warehouse {size:,.0f} MB"
    )
    print(f"  peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")


def put(run: Run, records: pl.DataFrame) -> None:
    """More contacts with their attributes."""
    contacts = records.select(
        pl.col("rec_id").alias("contact_id"), brand_id=pl.lit("b"), user_id=pl.lit("u"), created_for=pl.lit("x")
    )
    attributes = make_attributes(records, None).with_columns(
        attribute_def="attribute_type", is_primary=pl.lit(False), columns=pl.concat_list("attribute_type")
    )
    with run.store() as store, store.transaction():
        store.append(CORE_CONTACTS, fill(CORE_CONTACTS, contacts))
        store.append(CORE_ATTRIBUTES, fill(CORE_ATTRIBUTES, attributes))


def fill(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The table's columns, null where nothing is given."""
    schema = polars_schema(table)
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in LINEAGE.items())
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in schema.items()
        if name != table.hashed_id
    )


def match(run: Run) -> dict[str, float]:
    """CPU seconds of each stage."""
    seconds = {}
    for stage in (judge, block, compare, cluster):
        started = time.process_time()
        stage(run)
        seconds[stage.__name__] = time.process_time() - started
    return seconds


def tell(run: Run) -> list[object]:
    """Digests of what matching wrote, and how many candidate pairs there are."""
    with run.store() as store:
        return [store.count(MATCHING_CANDIDATE_PAIRS), *(store.digest(table) for table in SAME)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="*", type=Path)
    parser.add_argument("--new", type=float, default=0.01, help="share of the records that come later")
    given = parser.parse_args()
    if not given.records:
        print(f"nothing measured, no labelled records given\n\n{__doc__}")
    else:
        print(", ".join(f"{name} {version(name)}" for name in ("leadpipe", "polars", "duckdb", "numpy")))
    for records_path in given.records:
        measure(records_path, given.new)
