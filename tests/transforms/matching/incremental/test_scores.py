"""Pairs that scoring again changed: what is stored with them is what was found, and the rest as it was."""

from __future__ import annotations

from itertools import combinations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ddl import polars_schema
from schemas.tables import MATCHING_SCORED_PAIRS
from transforms.matching.incremental.scores import change_pairs

IDS = "abcde"
PAIRS = list(combinations(IDS, 2))
SCHEMA = polars_schema(MATCHING_SCORED_PAIRS)
decisions = st.dictionaries(st.sampled_from(PAIRS), st.sampled_from(["merge", "review"]))
contacts = st.sets(st.sampled_from(IDS))


def rows_of(decided: dict[tuple[str, str], str], evidence: dict[tuple[str, str], str]) -> list[tuple[object, ...]]:
    return [(*pair, 0.5, decision, "fuzzy", evidence[pair]) for pair, decision in sorted(decided.items())]


@given(decisions, decisions, contacts, contacts, contacts)
@settings(max_examples=30, deadline=None)
def test_pairs_change_to_what_was_found(before, after, settled, touched, rescored) -> None:
    touched |= rescored
    settled |= touched
    in_question = {pair for pair in PAIRS if settled.issuperset(pair) or rescored.intersection(pair)}
    evidence = {pair: "then" for pair in PAIRS}
    otherwise = {pair: "now" if touched.intersection(pair) else "then" for pair in PAIRS}
    known = pl.DataFrame(rows_of(before, evidence), SCHEMA, orient="row").with_row_index("place")
    of_settled = known.filter([settled.intersection(pair) != set() for pair in sorted(before)])
    found = {pair: decision for pair, decision in after.items() if pair in in_question}
    changed = change_pairs(
        of_settled.drop("evidence"), pl.DataFrame(rows_of(found, otherwise), SCHEMA, orient="row"),
        *(pl.Series("contact_id", sorted(some), pl.String) for some in (settled, touched, rescored)),
    )  # fmt: skip
    left = known.join(changed.gone, on="place", how="anti").drop("place")
    kept = {pair: decision for pair, decision in before.items() if pair not in in_question}
    assert sorted(pl.concat([left, changed.fresh]).rows()) == sorted(
        rows_of(kept, evidence) + rows_of(found, otherwise)
    )
    same = {pair for pair in before.items() & found.items() if not touched.intersection(pair[0])}
    assert not {pair for pair, _ in same} & {
        row[:2] for row in changed.fresh.select("contact_id_l", "contact_id_r").rows()
    }
