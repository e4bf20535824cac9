"""Wrong inputs cost themselves only: each is named with what to do, and the rest goes on."""

import json
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures" / "contacts"
GOOD = "First Name,Last Name,E-mail Address\nKate,Bell,kate@example.com\n"
CHANNEL = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf"


def test_every_wrong_input_is_quarantined_and_the_rest_goes_on(home) -> None:
    home.put("contacts/good.csv", GOOD)
    home.put("contacts/empty.csv", "")
    home.put("contacts/header_only.csv", "First Name,E-mail Address\n")
    home.put("contacts/picture.xlsx", (FIXTURES / "not_a_spreadsheet.xlsx").read_bytes())
    home.put("contacts/locked.xlsx", (FIXTURES / "encrypted.xlsx").read_bytes())
    home.put("contacts/locked.xls", (FIXTURES / "encrypted.xls").read_bytes())
    home.put("contacts/mapped.csv", GOOD.replace("kate", "kim"))
    mappings = {"First Name": {"attribute_type": "first_name"}, "Maiden Name": {"attribute_type": "last_name"}}
    home.put("contacts/mapped.csv.import.json", {"mappings": mappings})
    home.put("contacts/dirty.csv", "Name,Email,Birthday\nAnn Ash,ann@@example,1985-02-30\n")
    home.put("routing/rules.json", {"channels": [{"id": CHANNEL, "brand": "b1"}], "rules": [], "groups": []})
    lead = {"metadata": {"lead_channel": CHANNEL}, "lead": {"email": "leo@example.com"}, "received_at": 1783014855}
    stray = {**lead, "metadata": {"lead_channel": "11111111-1111-1111-1111-111111111111"}}
    home.put("leads/leads.jsonl", json.dumps(lead) + "\n{broken\n" + json.dumps(stray) + "\n")

    shown = home.run()
    found = {
        (row["file"].split("/")[-1], row["code"])
        for row in home.rows('SELECT file, code, "row", reason, what_to_do FROM quarantine')
        if row["reason"] and row["what_to_do"]
    }
    assert found >= {
        ("empty.csv", "empty_file"),
        ("header_only.csv", "no_data_rows"),
        ("picture.xlsx", "wrong_file_type"),
        ("locked.xlsx", "encrypted"),
        ("locked.xls", "encrypted"),
        ("mapped.csv", "unknown_mapping_column"),
        ("dirty.csv", "bad_email"),
        ("dirty.csv", "bad_date"),
        ("leads.jsonl", "broken_json"),
        ("leads.jsonl", "unknown_channel"),
    }
    assert "in quarantine" in shown
    names = {row["display_name"] for row in home.rows("SELECT display_name FROM contacts")}
    assert {"Kate Bell", "Ann Ash"} <= names
    assert home.rows("SELECT count(*) AS n FROM leads") == [{"n": 1}]
    where = home.rows("""SELECT "row", "column", value FROM quarantine WHERE code = 'bad_date'""")
    assert where == [{"row": 1, "column": "Birthday", "value": "1985-02-30"}]


def test_strict_tells_of_new_quarantine_by_its_exit_code(home) -> None:
    home.put("contacts/empty.csv", "")
    assert home.leadpipe("run", "--strict").returncode == 1
    assert home.leadpipe("run", "--strict").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("run", "--inbox", "/nowhere"), 3, "no such inbox folder"),
        (("run", "--now", "soon"), 3, "'soon' is no time"),
        (("run", "--nonsense"), 2, "No such option"),
        (("status",), 3, "nothing has been published yet"),
        (("explain", "lead", "12345678"), 3, "nothing has been published yet"),
    ],
)
def test_wrong_use_has_an_exit_code_and_a_sentence(bare_home, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = bare_home.leadpipe(*arguments)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_prefect_server_that_is_down_is_named(home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    done = home.leadpipe("run")
    assert done.returncode == 3
    assert "the Prefect server does not answer" in done.stderr
