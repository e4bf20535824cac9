"""Matching on labelled contacts: accuracy, calibration, CPU seconds and memory, with the default settings.

    python tests/benchmarks/matching.py RECORDS.parquet... [--shared phone|email|last_name] [--without COLUMN...]

RECORDS has rec_id, cluster_id (the truth, never an input) and fields as text. Fields named as in COLUMNS become what an
importer makes of them, any other becomes a custom attribute of its name. `--shared` gives every contact one phone,
e-mail or last name more, to see that pairs do not explode.

Where it fails:
- A father and a son, or a mother and a daughter, of one name and home, when no birthday, phone or e-mail of their own
  and no Jr. or Sr. tells them apart: taken for one person. Most merged pairs that are wrong on the crm sets are of
  this kind.
- Two namesakes of one year whose places were corrupted, when few other fields are known.
- A record that says little (a name and a city) stays alone when its cluster is large: the average of weak pairs does
  not reach the threshold. That is most of what recall lacks where half of the fields are missing.
- E-mails, firms and websites made of names say nothing beyond the names, so a person's second e-mail of that kind is
  not counted.
- A person under two given names that nothing connects, in a table that knows little but what a home shares: taken for a
  couple, since nothing there tells how often given names of one person differ.
- Two given names of a home that are as near as a slip, Patrick and Patricia or Paul and Paula, where nothing else parts
  them.
- Two namesakes of one home or place, in a table of names and places alone. Their share is estimated, so that the
  probability says so, but those above the threshold are merged.
- Twins, and couples with one's birthday in both rows, in a table of names and birthdays alone with few duplicates:
  nothing there tells how many homes there are, so they are taken for one person under two given names.
- Firms at one address that share all but a word of their names, such as a hotel and its restaurant.
- Below some 50 contacts the shares believed of any table decide, not the data.
- More than 100 contacts that are one, each written differently, are not found: a value that so many share brings nobody
  together. Where nothing differs, a few are compared and the others follow.
- Probabilities are calibrated for pairs that blocking finds. Of the pairs inside a cluster that no rule found, weak
  ones are true more often than their probability says, since the cluster itself speaks for them.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from flows.settings import Matching
from flows.stages.matched_values import read_reference
from schemas.ddl import polars_schema
from schemas.dtypes import ADDRESS_PARTS
from schemas.tables import MATCHING_JUDGEMENTS
from transforms.matching.blocking import block_contacts
from transforms.matching.clustering import alias_contacts, cluster_pairs
from transforms.matching.copies import follow_copies, leave_out_copies, mark_copies
from transforms.matching.scoring import score_candidates
from transforms.matching.values import collect_values
from transforms.normalize.emails import normalize_emails
from transforms.normalize.phones import normalize_phones

#: Columns of labelled sets -> attribute types; parts of an address have a dot.
COLUMNS = {
    "first_name": "first_name", "given_name": "first_name", "last_name": "last_name", "surname": "last_name",
    "company": "company", "email": "email", "phone": "phone_number", "birthday": "birthday", "dob": "birthday",
    "date_of_birth": "birthday", "street": "address.name", "address_1": "address.name", "street_number":
    "address.house_num", "city": "address.city", "suburb": "address.city", "birth_place": "address.city",
    "postcode": "address.postcode", "postcode_fake": "address.postcode", "state": "address.state",
}  # fmt: skip
#: No fields: the truth, where a row came from, and what repeats other columns.
OUTSIDE = {"rec_id", "cluster_id", "source", "kind", "full_name", "first_and_surname"}
SHARED = {"phone": ("phone_number", "+12125550100"), "email": ("email", "noreply@example.com")}
NO_JUDGEMENTS = pl.DataFrame(schema=polars_schema(MATCHING_JUDGEMENTS))
NO_MERGES = pl.DataFrame(schema={"parent_id": pl.String, "contact_id": pl.String})
DEFAULTS = Matching()


def measure(path: Path, shared: str | None, without: Collection[str]) -> None:
    """Print figures for one set."""
    records = pl.read_parquet(path).with_columns(pl.col("rec_id").cast(pl.String)).drop(without, strict=False)
    contacts = records.select(
        pl.col("rec_id").alias("contact_id"),
        brand_id=pl.lit("b"),
        user_id=pl.lit("u"),
        source=pl.lit("file"),
        ios_address_book_id=pl.lit(None, pl.String),
        android_address_book_id=pl.lit(None, pl.String),
    )
    attributes = make_attributes(records, shared)
    reference = read_reference()
    watch = Watch()
    every = collect_values(contacts, attributes, DEFAULTS.scope, reference)
    watch.lap("values")
    marked = mark_copies(every, NO_JUDGEMENTS)
    values = leave_out_copies(every, marked["copy_of"].is_null())
    watch.lap("copies")
    pairs = block_contacts(values, reference, DEFAULTS.block_size_limit).pairs
    watch.lap("block")
    scored = score_candidates(
        values, pairs, NO_MERGES, reference, review_threshold=DEFAULTS.review_threshold,
        merge_threshold=DEFAULTS.merge_threshold, shared_value_limit=DEFAULTS.shared_value_limit,
    ).pairs  # fmt: skip
    watch.lap("compare")
    scored = pl.concat([scored, follow_copies(scored, marked)])
    clusters = cluster_pairs(scored, NO_MERGES, DEFAULTS.auto_merge)
    aliases = alias_contacts(contacts["contact_id"], clusters)
    watch.lap("cluster")
    print(f"\n{path.parent.name}{' without ' + ', '.join(without) if without else ''}: {records.height:,} contacts")
    report(records, pairs, values.ids, scored, aliases)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  CPU seconds: {watch}; peak {peak:,} MB, the set's own preparation included")


class Watch:
    """CPU seconds by lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name], self.last = now - self.last, now

    def __str__(self) -> str:
        each = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.laps.items())
        return f"{sum(self.laps.values()):.1f} ({each})"


def make_attributes(records: pl.DataFrame, shared: str | None) -> pl.DataFrame:
    """The records as attribute rows."""
    kinds = {column: COLUMNS.get(column, column) for column in records.columns if column not in OUTSIDE}
    frames = [attribute(records, kind, records[column]) for column, kind in kinds.items() if "." not in kind]
    parts = {kind.split(".")[1]: records[column] for column, kind in kinds.items() if "." in kind}
    if parts:
        if "house_num" not in parts and "name" in parts:
            parts["house_num"] = parts["name"].str.extract(r"^(\d+)")
            parts["name"] = parts["name"].str.replace(r"^\d+\s+", "").str.replace(r"(?i)( apt \d+)?$", "")
        if "name" in parts:
            parts["name"] = parts["name"].str.replace(r" \S+$", "")
        given = pl.DataFrame(parts)
        address = given.select(
            pl.struct(
                (pl.col(part) if part in parts else pl.lit(None, pl.String)).alias(part) for part in ADDRESS_PARTS
            )
        ).to_series()
        held = given.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        frames.append(attribute(records.filter(held), "address", address.filter(held)))
    if shared in SHARED:
        kind, value = SHARED[shared]
        frames.append(attribute(records, kind, pl.Series([value]).new_from_index(0, records.height)))
    made = pl.concat(frames)
    if shared == "last_name":
        is_last = pl.col("attribute_type") == "last_name"
        made = made.with_columns(pl.when(is_last).then(pl.lit("Smith")).otherwise("text").alias("text"))
    return made


def attribute(records: pl.DataFrame, kind: str, values: pl.Series) -> pl.DataFrame:
    """Rows of one attribute type, empty ones left out."""
    columns: dict[str, Any] = {"text": None, "number": None, "match_key": None, "date": None, "address": None}
    if kind == "address":
        columns["address"] = values
    elif kind == "birthday":
        columns["date"] = values.str.replace_all("-", "").str.to_date("%Y%m%d", strict=False)
    elif kind in ("email", "phone_number"):
        read = normalize_emails(values) if kind == "email" else normalize_phones(values, "US")
        columns |= {"text": read["text"], "match_key": read["match_key"]}
    else:
        columns["text"] = values
    types = {"text": pl.String, "number": pl.Float64, "match_key": pl.String, "date": pl.Date}
    frame = records.select(
        pl.col("rec_id").alias("contact_id"),
        attribute_type=pl.lit(kind),
        is_partner=pl.lit(False),
        position=pl.lit(0, pl.Int64),
    )
    struct = pl.Struct(dict.fromkeys(ADDRESS_PARTS, pl.String))
    for name, value in columns.items():
        dtype = types.get(name, struct)
        frame = frame.with_columns((pl.lit(None, dtype) if value is None else value.cast(dtype)).alias(name))
    return frame.filter(pl.any_horizontal(pl.col(*types).is_not_null()) | pl.col("address").is_not_null())


def report(
    records: pl.DataFrame, pairs: pl.DataFrame, ids: pl.Series, scored: pl.DataFrame, aliases: pl.DataFrame
) -> None:
    """What blocking found of the contacts compared, what the stored probabilities are worth, the clusters' truth."""
    truth = records.select(pl.col("rec_id").alias("contact_id"), "cluster_id")
    size = truth.filter(pl.col("contact_id").is_in(ids.implode()))["cluster_id"].value_counts()["count"].cast(pl.Int64)
    true_pairs = int((size * (size - 1) // 2).sum())
    blocked = judge(pl.DataFrame({f"contact_id_{side}": ids.gather(pairs[f"contact_{side}"]) for side in "lr"}), truth)
    print(f"  blocking: {pairs.height / records.height:.2f} pairs a row, recall {blocked.sum() / true_pairs:.4f}")
    is_true = judge(scored, truth)
    merged = (scored["decision"] == "merge").to_numpy()
    precision = is_true[merged].mean() if merged.any() else 1.0
    error = calibrate(scored["probability"].to_numpy(), is_true)
    print(f"  stored pairs: {scored.height:,}, calibration error {error:.3f}; merged pairs' precision {precision:.4f}")
    both = truth.join(aliases, on="contact_id", how="left")
    labels = [both[name].rank("dense").to_numpy().astype(np.int64) for name in ("cluster_id", "canonical_id")]
    print(f"  clusters: {score_clusters(labels[0], labels[1])}")


def judge(pairs: pl.DataFrame, truth: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Which pairs are true."""
    judged = pairs.select("contact_id_l", "contact_id_r")
    for side in "lr":
        named = truth.rename({"contact_id": f"contact_id_{side}", "cluster_id": f"truth_{side}"})
        judged = judged.join(named, on=f"contact_id_{side}", how="left", maintain_order="left")
    return (judged["truth_l"] == judged["truth_r"]).to_numpy()


def calibrate(probabilities: npt.NDArray[np.float64], is_true: npt.NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins."""
    bins = np.minimum((probabilities * 10).astype(int), 9)
    gaps = [
        abs(probabilities[bins == place].mean() - is_true[bins == place].mean()) * (bins == place).sum()
        for place in np.unique(bins)
    ]
    return float(sum(gaps) / max(len(bins), 1))


def score_clusters(truth: npt.NDArray[np.int64], found: npt.NDArray[np.int64]) -> str:
    """Pair F1 and B-cubed F1 of clusters, singletons included."""
    keys, counts = np.unique(truth * (found.max() + 1) + found, return_counts=True)
    true_sizes, found_sizes = np.bincount(truth), np.bincount(found)
    right, ours, theirs = (int((sizes * (sizes - 1) // 2).sum()) for sizes in (counts, found_sizes, true_sizes))
    precision, recall = right / max(ours, 1), right / max(theirs, 1)
    cubed = [
        float((counts * counts / sizes).sum() / len(truth))
        for sizes in (found_sizes[keys % (found.max() + 1)], true_sizes[keys // (found.max() + 1)])
    ]
    return (
        f"pair F1 {harmonic(precision, recall):.4f} (P {precision:.4f}, R {recall:.4f}), "
        f"B-cubed F1 {harmonic(*cubed):.4f}, largest {found_sizes.max()} of {true_sizes.max()}"
    )


def harmonic(one: float, other: float) -> float:
    """Harmonic mean."""
    return 2 * one * other / (one + other) if one + other else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="*", type=Path)
    parser.add_argument("--shared", choices=["phone", "email", "last_name"])
    parser.add_argument("--without", nargs="*", default=[])
    given = parser.parse_args()
    if not given.records:
        print(f"nothing measured, no labelled records given\n\n{__doc__}")
    else:
        print("settings:", ", ".join(f"{item.name} {getattr(DEFAULTS, item.name)}" for item in fields(DEFAULTS)))
    for records_path in given.records:
        measure(records_path, given.shared, given.without)
