"""leadpipe and Splink on the same labelled contacts, one after the other in one run: CPU seconds, memory, accuracy.

    python tests/benchmarks/peer.py RECORDS.parquet... [--splink PYTHON] [--without COLUMN...]

RECORDS is as in matching.py. Each tool is a process of its own, so that its peak memory is its own. Splink is installed
into an environment that is thrown away, from the package index; `--splink` names an interpreter that has it. leadpipe
runs with its defaults, at its default threshold. Splink is set up as its tutorial does (`peers/with_splink.py`) and
told at p >= .95, and at the threshold that turns out best, which nobody without labels knows. An expert can set it up
better: on crm20k a pair F1 of .89 is known.

CPU seconds are those of the process but for reading the records: leadpipe from attributes to clusters, Splink from its
table to clusters.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import polars as pl
from matching import score_clusters

from transforms.matching.clustering import find_lowest

HERE = Path(__file__).parent
SPLINK = "splink==5.0.0"
MERGED = 0.95
THRESHOLDS = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999, 0.99999)


def measure(records: Path, interpreter: str, without: list[str]) -> None:
    """Print figures of both tools for one set."""
    truth = pl.read_parquet(records, columns=["rec_id", "cluster_id"]).cast(pl.String).rename({"rec_id": "contact_id"})
    told = call(sys.executable, HERE / "matching.py", records, *(["--without", *without] if without else []))
    ours, our_peak = (float(find(pattern, told).replace(",", "")) for pattern in (r"seconds: (\S+)", r"peak (\S+)"))
    print(f"\n{records.parent.name}: {truth.height:,} contacts")
    print(f"  leadpipe {version('leadpipe')}: {ours:.1f} CPU s, {our_peak:,.0f} MB; {find('clusters: (.*)', told)}")
    with TemporaryDirectory() as folder:
        told = call(interpreter, HERE / "peers" / "with_splink.py", records, folder)
        pairs = pl.read_parquet(f"{folder}/pairs.parquet")
    number, theirs, peak = told.splitlines()[-1].split()
    at = {limit: score_clusters(*label(truth, pairs, limit)) for limit in THRESHOLDS}
    best = max(at, key=lambda limit: find(r"pair F1 (\S+)", at[limit]))
    print(f"  splink {number}, {pairs.height:,} pairs stored: {float(theirs):.1f} CPU s, {int(peak):,} MB")
    print(f"    at p >= {MERGED}: {at[MERGED]}")
    print(f"    best, at p >= {best}: {at[best]}")
    print(f"  leadpipe / splink: {ours / float(theirs):.2f} of CPU seconds, {our_peak / int(peak):.2f} of memory")


def call(interpreter: str, *arguments: str | Path) -> str:
    """What a program prints."""
    return subprocess.run([interpreter, *map(str, arguments)], capture_output=True, text=True, check=True).stdout


def find(pattern: str, text: str) -> str:
    """The first group of the first match."""
    return re.findall(pattern, text)[0]


def label(truth: pl.DataFrame, pairs: pl.DataFrame, limit: float) -> list[npt.NDArray[np.int64]]:
    """Numbers of the true cluster of each contact, and of the component that pairs from a probability on make."""
    numbers = truth.select("contact_id").with_row_index("number")
    sides = [
        pairs.filter(pl.col("probability") >= limit)
        .select(contact_id=f"contact_id_{side}")
        .join(numbers, on="contact_id", how="left", maintain_order="left")["number"]
        .to_numpy()
        for side in "lr"
    ]
    return [truth["cluster_id"].rank("dense").to_numpy().astype(np.int64), find_lowest(truth.height, *sides)]


@contextmanager
def find_interpreter(given: str | None) -> Iterator[str]:
    """One that has Splink."""
    if given:
        yield given
        return
    with TemporaryDirectory() as folder:
        uv = [str(Path(sys.executable).with_name("uv"))]
        subprocess.run([*uv, "venv", "--quiet", folder], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", folder, SPLINK], check=True)
        yield f"{folder}/bin/python"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="*", type=Path)
    parser.add_argument("--splink", metavar="PYTHON", help="an interpreter that has Splink")
    parser.add_argument("--without", nargs="*", default=[], help="columns that Splink is not told of, such as an id")
    asked = parser.parse_args()
    if not asked.records:
        print(f"nothing measured, no labelled records given\n\n{__doc__}")
    else:
        with find_interpreter(asked.splink) as found:
            for path in asked.records:
                measure(path, found, asked.without)
