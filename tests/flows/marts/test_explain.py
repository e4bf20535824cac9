from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from flows.explain import explain_contact, explain_pair, resolve_id
from flows.explain_lead import explain_lead
from flows.status import read_status
from flows.store import open_store
from schemas.errors import NotFoundError
from schemas.tables import MARTS_CONTACT_ALIASES, tables_of
from schemas.vocabulary import Layer

KATE, KATIE, MADE, GONE, LEAD = "aaaaaaaa-kate", "bbbbbbbb-katie", "cccccccc-made", "dddddddd-gone", "eeeeeeee-lead"


def test_a_contact_names_its_members_their_evidence_and_the_cell_of_every_value(published: Path) -> None:
    text = "\n".join(explain_contact(published, KATIE))
    assert f"{KATIE} was merged into {KATE}." in text
    assert "Merged from (cluster cluster):" in text
    assert "merge, probability 1.000, by same_email" in text
    assert "k@example.com  |  k@example.com" in text
    assert "from people.csv row 2, address column, of bbbbbbbb" in text
    assert "email (Work)" in text


def test_a_contact_of_a_lead_shows_who_holds_it(published: Path) -> None:
    text = "\n".join(explain_contact(published, MADE))
    assert "Ann Lee, by default_rule" in text
    assert "from leads.jsonl row 1" in text


def test_a_deleted_contact_says_so(published: Path) -> None:
    assert explain_contact(published, GONE) == [f"contact {GONE} was deleted"]


def test_a_pair_shows_decision_and_evidence_in_either_order(published: Path) -> None:
    lines = explain_pair(published, KATIE, KATE)
    assert lines == explain_pair(published, KATE, KATIE)
    assert "They are one contact now" in lines[2]
    assert "email" in "".join(lines)
    assert "sum, log2 odds" in lines[-1]
    apart = explain_pair(published, KATE, MADE)
    assert "Nothing brings them together. Compared now" in apart[3]
    assert "probability" in apart[4]
    assert "sum, log2 odds" in apart[-1]
    assert explain_pair(published, KATE, KATE) == [f"both are contact {KATE}"]


def test_a_lead_shows_each_rule_with_yes_or_the_condition_that_fails(published: Path) -> None:
    text = "\n".join(explain_lead(published, LEAD))
    assert "decided by  default_rule (assigned)" in text
    assert "rich  no: price gte 500000 fails, the lead has 400000" in text
    assert "rest  yes" in text
    assert "held by  Ann Lee (assigned)" in text


def test_a_prefix_of_eight_characters_is_enough(published: Path) -> None:
    assert explain_lead(published, "eeeeeeee") == explain_lead(published, LEAD)
    assert explain_contact(published, "AAAAAAAA") == explain_contact(published, KATE)


@pytest.mark.parametrize("given", ["ffffffff", "aaaa", ""])
def test_an_unknown_or_short_id_says_what_to_do(published: Path, given: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        explain_contact(published, given)
    assert raised.value.todo


def test_nothing_published_yet_says_what_to_do(tmp_path: Path) -> None:
    for explain in (explain_contact, explain_lead):
        with pytest.raises(NotFoundError, match="leadpipe run"):
            explain(tmp_path, KATE)
    with pytest.raises(NotFoundError, match="leadpipe run"):
        read_status(tmp_path)


def test_status_lists_runs_tables_with_digests_and_quarantine(published: Path) -> None:
    lines = read_status(published)
    text = "\n".join(lines)
    assert "published" in text
    for table in tables_of(Layer.MARTS):
        assert any(line.split()[:1] == [table.name] and len(line.split()[-1]) == 16 for line in lines), table.name
    assert "1  bad_email: mend it" in text


def test_a_whole_id_is_found_however_short_and_whatever_begins_with_it(tmp_path: Path) -> None:
    ids = ["customer-10", "customer-11", "customer-12", "7", "customer-1"]
    aliases = pl.DataFrame({"contact_id": ids, "canonical_id": ids}).with_columns(cluster_id=pl.lit(None, pl.String))
    with open_store(tmp_path / "warehouse.duckdb") as store:
        store.append(MARTS_CONTACT_ALIASES, aliases.select(MARTS_CONTACT_ALIASES.columns))
        for given, found in [("7", "7"), ("CUSTOMER-1", "customer-1"), ("customer-12", "customer-12")]:
            assert resolve_id(store, MARTS_CONTACT_ALIASES, "contact_id", given) == found
        for given, told in [("cus", "too short"), ("customer-", "several"), ("8", "no contact")]:
            with pytest.raises(NotFoundError, match=told):
                resolve_id(store, MARTS_CONTACT_ALIASES, "contact_id", given)
