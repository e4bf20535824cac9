"""Splink's part of peer.py, run by an interpreter that has Splink: RECORDS.parquet, and a folder to write to.

Set up as in its tutorial on deduplicating people: comparisons from its library, a union of narrow blocking rules,
u from random pairs, m by EM inside blocks on other fields. Of what a set has no column for, nothing is asked. Street,
postcode and city are one comparison, for they hang together: measured, far better than three.
"""

from __future__ import annotations

import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import duckdb
import splink.comparison_library as library
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

#: Columns of labelled sets, and what they are called here.
NAMES = {
    "given_name": "first_name", "last_name": "surname", "birthday": "dob", "date_of_birth": "dob",
    "postcode_fake": "postcode", "address_1": "street", "suburb": "city", "birth_place": "city",
}  # fmt: skip
#: As narrow as the sets allow: each brings few pairs, and together they find what one of them misses.
RULES = (
    ("email",), ("phone",), ("first_name", "surname", "city"), ("first_name", "surname", "postcode"),
    ("surname", "dob"), ("first_name", "dob"), ("surname", "street"), ("first_name", "street"), ("dob", "postcode"),
    ("surname", "postcode"), ("company", "city"), ("company", "surname"), ("company", "street"),
    ("dob", "substr(surname,1,2)", "city"),
)  # fmt: skip
#: Where they do not bring too many: in sets of fewer than so many records.
WIDE_BELOW = 100_000
WIDE_RULES = (
    ("first_name", "surname"), ("substr(first_name,1,3)", "substr(surname,1,4)"), ("surname", "city"),
    ("first_name", "city"), ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"), ("dob", "city"),
)  # fmt: skip
PLACES = ("street", "postcode", "city")
PLACE_LEVELS = [
    {
        "sql_condition": " OR ".join(f"({' AND '.join(f'{name}_{side} IS NULL' for name in PLACES)})" for side in "lr"),
        "label_for_charts": "nothing known",
        "is_null_level": True,
    },
    *(
        {"sql_condition": condition, "label_for_charts": condition}
        for condition in (
            "street_l = street_r AND postcode_l = postcode_r",
            "street_l = street_r",
            "jaro_winkler_similarity(street_l, street_r) > 0.9 AND (city_l = city_r OR postcode_l = postcode_r)",
            "postcode_l = postcode_r",
            "city_l = city_r",
            "ELSE",
        )
    ),
]
CERTAIN = (("email", "surname"), ("first_name", "surname", "dob"))
TRAINED = (("first_name", "surname"), ("dob",), ("email",))
STORED, MERGED = 0.01, 0.95


def main(records: str, folder: Path) -> None:
    """Find pairs and clusters; write the pairs, print version, CPU seconds and peak memory in MB."""
    connection = duckdb.connect()
    connection.sql("SET threads = 2")
    columns = prepare(connection, records)
    started = time.process_time()
    api = DuckDBAPI(connection=connection)
    records_count = connection.table("people").count("*").fetchall()[0][0]
    rules = RULES + (WIDE_RULES if records_count < WIDE_BELOW else ())
    linker = Linker(api.register("people"), settings(columns, rules))
    certain = [block_on(*rule) for rule in CERTAIN if knows(columns, rule)]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in TRAINED:
        if knows(columns, rule):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=STORED)
    linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=MERGED)
    spent, peak = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    chosen = "unique_id_l AS contact_id_l, unique_id_r AS contact_id_r, match_probability AS probability"
    connection.execute(
        f"COPY (SELECT {chosen} FROM {pairs.physical_name}) TO '{folder}/pairs.parquet' (FORMAT parquet)"
    )
    print(version("splink"), spent, peak)


def prepare(connection: duckdb.DuckDBPyConnection, records: str) -> set[str]:
    """The table `people`, cleaned as Splink's guide says: lower case, no accents, nothing for what is empty."""
    given = [name for name, *_ in connection.sql(f"DESCRIBE FROM '{records}'").fetchall()]
    known = {"first_name", "surname", "company", "email", "phone", "street", "city", "postcode", "dob"}
    texts = {}
    for name in given:
        called = NAMES.get(name, name)
        if called in known and called not in texts:
            text = f"lower(strip_accents(trim({name})))"
            if called == "phone":
                text = f"right(regexp_replace({name}, '\\D', '', 'g'), 10)"
            if called == "dob":
                text = rf"regexp_replace({name}, '^(\d{{4}})(\d\d)(\d\d)$', '\1-\2-\3')"
            texts[called] = f"nullif({text}, '') AS {called}"
    held = set(texts)
    texts |= {name: f"CAST(NULL AS VARCHAR) AS {name}" for name in PLACES if name not in held}
    connection.execute(
        f"CREATE TABLE people AS SELECT CAST(rec_id AS VARCHAR) AS unique_id, {', '.join(texts.values())}"
        f" FROM '{records}'"
    )
    return held


def settings(columns: set[str], rules: tuple[tuple[str, ...], ...]) -> SettingsCreator:
    """Comparisons and blocking rules of the columns there are."""
    comparisons = {
        ("first_name", "surname"): library.ForenameSurnameComparison("first_name", "surname"),
        ("dob",): library.DateOfBirthComparison("dob", input_is_string=True),
        ("email",): library.EmailComparison("email"),
        ("phone",): library.ExactMatch("phone").configure(term_frequency_adjustments=True),
        ("city",): library.CustomComparison(PLACE_LEVELS, output_column_name="place"),
        ("company",): library.JaroWinklerAtThresholds("company", [0.9, 0.8]),
    }
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules if knows(columns, rule)],
        comparisons=[comparison for asked, comparison in comparisons.items() if knows(columns, asked)],
        retain_intermediate_calculation_columns=False,
    )


def knows(columns: set[str], asked: tuple[str, ...]) -> bool:
    """Whether a set has all that is asked."""
    return all(name.removeprefix("substr(").split(",")[0] in columns for name in asked)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
