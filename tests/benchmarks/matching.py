"""Matching on labelled contacts: accuracy, CPU seconds and memory.

    python tests/benchmarks/matching.py RECORDS.parquet [shared phone|email|last_name]

RECORDS has rec_id, cluster_id (the truth) and columns named as in COLUMNS, all text. `shared` gives every contact one
phone, e-mail or last name more, to see that pairs do not explode.
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

import polars as pl

from flows.sources.reference import load_reference
from schemas.dtypes import ADDRESS_PARTS
from transforms.matching.blocking import block_contacts
from transforms.matching.clustering import alias_contacts, cluster_pairs
from transforms.matching.scoring import score_candidates
from transforms.matching.values import MatchingReference, collect_values
from transforms.normalize.emails import normalize_emails
from transforms.normalize.phones import normalize_phones

#: Columns of labelled sets -> attribute types; parts of an address have a dot.
COLUMNS = {
    "first_name": "first_name", "given_name": "first_name", "last_name": "last_name", "surname": "last_name",
    "company": "company", "email": "email", "phone": "phone_number", "birthday": "birthday", "dob": "birthday",
    "date_of_birth": "birthday", "street": "address.name", "address_1": "address.name", "street_number":
    "address.house_num", "city": "address.city", "suburb": "address.city", "birth_place": "address.city",
    "postcode": "address.postcode", "postcode_fake": "address.postcode",
}  # fmt: skip
SHARED = {"phone": ("phone_number", "+12125550100"), "email": ("email", "noreply@example.com")}
NO_MERGES = pl.DataFrame(schema={"parent_id": pl.String, "contact_id": pl.String})


def main(path: str, shared: str | None) -> None:
    """Print figures for one set."""
    records = pl.read_parquet(path).with_columns(pl.col("rec_id").cast(pl.String))
    contacts = records.select(
        pl.col("rec_id").alias("contact_id"),
        brand_id=pl.lit("b"),
        user_id=pl.lit("u"),
        source=pl.lit("file"),
        ios_address_book_id=pl.lit(None, pl.String),
        android_address_book_id=pl.lit(None, pl.String),
    )
    attributes = make_attributes(records, shared)
    words = frozenset(load_reference("company_words.csv")["word"])
    reference = MatchingReference(load_reference("nicknames.csv"), words)
    watch = Watch()
    values = collect_values(contacts, attributes, "owner", reference)
    watch.lap("values")
    pairs = block_contacts(values, reference, 50).pairs
    watch.lap("block")
    scored = score_candidates(values, pairs, NO_MERGES, reference, review_threshold=0.6, shared_value_limit=5)
    watch.lap("compare")
    clusters = cluster_pairs(scored, NO_MERGES, True)
    aliases = alias_contacts(contacts["contact_id"], clusters)
    watch.lap("cluster")
    report(records, pairs, scored, aliases)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{records.height:,} contacts; CPU seconds: {watch}; peak {peak:,} MB, the set's own preparation included")


class Watch:
    """CPU seconds by lap."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.last = time.process_time()

    def lap(self, name: str) -> None:
        now = time.process_time()
        self.laps[name], self.last = now - self.last, now

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.laps.items())


def make_attributes(records: pl.DataFrame, shared: str | None) -> pl.DataFrame:
    """The records as attribute rows."""
    known = {column: COLUMNS[column] for column in records.columns if column in COLUMNS}
    frames = [attribute(records, kind, records[column]) for column, kind in known.items() if "." not in kind]
    parts = {kind.split(".")[1]: records[column] for column, kind in known.items() if "." in kind}
    if parts:
        if "house_num" not in parts and "name" in parts:
            parts["house_num"] = parts["name"].str.extract(r"^(\d+)")
            parts["name"] = parts["name"].str.replace(r"^\d+\s+", "").str.replace(r"(?i)( apt \d+)?$", "")
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
    columns: dict[str, Any] = {"text": None, "match_key": None, "date": None, "address": None}
    if kind == "address":
        columns["address"] = values
    elif kind == "birthday":
        columns["date"] = values.str.replace_all("-", "").str.to_date("%Y%m%d", strict=False)
    elif kind in ("email", "phone_number"):
        read = normalize_emails(values) if kind == "email" else normalize_phones(values, "US")
        columns |= {"text": read["text"], "match_key": read["match_key"]}
    else:
        columns["text"] = values
    types = {"text": pl.String, "match_key": pl.String, "date": pl.Date}
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


def report(records: pl.DataFrame, pairs: pl.DataFrame, scored: pl.DataFrame, aliases: pl.DataFrame) -> None:
    """Precision and recall over pairs, against every true pair of the set."""
    truth = records.select(pl.col("rec_id").alias("contact_id"), "cluster_id")
    size = truth["cluster_id"].value_counts()["count"].cast(pl.Int64)
    true_pairs = int((size * (size - 1) // 2).sum())
    sides = [truth.rename({"contact_id": f"contact_id_{side}", "cluster_id": f"truth_{side}"}) for side in "lr"]
    both = {
        "blocking": pairs,
        "tier 1": scored.filter(pl.col("decision") == "merge"),
        "tier 1 and review": scored.filter(pl.col("decision") != "no_match"),
    }
    for name, found in both.items():
        judged = found.join(sides[0], on="contact_id_l").join(sides[1], on="contact_id_r")
        hits = int((judged["truth_l"] == judged["truth_r"]).sum())
        precision, recall = hits / max(found.height, 1), hits / max(true_pairs, 1)
        print(f"{name}: {found.height:,} pairs, precision {precision:.4f}, recall {recall:.4f}")
    print(f"largest cluster {aliases['canonical_id'].value_counts()['count'].max()}, truth {size.max()}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print(f"nothing measured, no labelled records given\n\n{__doc__}")
    else:
        main(sys.argv[1], sys.argv[3] if len(sys.argv) > 3 else None)
