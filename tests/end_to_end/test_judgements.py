"""Duplicates through the commands: decided in a workbook, and merges taken back exactly (P5, laws 4 and 5).

In one process, and few runs: each derives everything and costs seconds.
"""

from shutil import copytree
from types import SimpleNamespace

import duckdb
import openpyxl
import pytest
from typer.testing import CliRunner

from flows.__main__ import app
from schemas.errors import PipelineError

CONTACTS = (
    "First Name,Last Name,E-mail Address,Mobile Phone,Home Street,Home City,Birthday\n"
    "Kate,Bell,kate@example.com,415-555-3695,1 Main St,Union,1978-01-20\n"
    "Kate,Bell,KATE@example.com,,,,\n"  # certain: the same e-mail
    "David,,,(707) 555-1854,,,\n"
    "David,Taylor,,(707) 555-1854,,,\n"  # uncertain: one phone, names that may go together (SPEC DU2)
    "Anna,Haro,anna@example.com,,1001 Leavenworth,Sausalito,\n"
)
CHANNEL = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf"
CLOCK = "2026-07-02T18:00:00Z"
#: What tells that something was said, not what the contacts are.
OF_WORDS = ("judgements", "source_rows")
OF_PAIRS = ("duplicate_pairs", "duplicate_clusters")


def leadpipe(home, *arguments: str) -> SimpleNamespace:
    """The command, in this process."""
    result = CliRunner().invoke(app, [*arguments, "--home", str(home.path)])
    assert result.exception is None or isinstance(result.exception, PipelineError), result.exception
    return SimpleNamespace(told=" ".join(result.output.split()), refusal=str(result.exception or ""))


def call(home, *arguments: str) -> str:
    done = leadpipe(home, *arguments)
    assert not done.refusal
    return done.told


def put(home) -> None:
    home.put("directory/brand.json", {"brands": [{"id": "b1", "name": "Brand"}]})
    home.put("contacts/people.csv", CONTACTS)
    home.put("routing/rules.json", {"channels": [{"id": CHANNEL, "brand": "b1"}], "rules": [], "groups": []})
    lead = {"email": "anna@example.com", "tag": ["Hot"]}
    home.put("leads/1.json", {"metadata": {"lead_channel": CHANNEL}, "lead": lead, "received_at": 1783014855})
    call(home, "run", "--now", CLOCK)


def without(home, *names: str) -> dict[str, str]:
    return {name: digest for name, digest in home.digests().items() if name not in names}


def now(home) -> dict[str, str]:
    return {row["contact_id"]: row["canonical_id"] for row in home.rows("FROM contact_aliases")}


def decide(home, word: str) -> str:
    """Write the reviews, one word in every decision, and return the workbook."""
    path = str(home.path / "review.xlsx")
    call(home, "review", "export", "-o", path)
    book = openpyxl.load_workbook(path)
    offered = book.active.data_validations.dataValidation[0]
    assert (offered.formula1, str(offered.sqref)) == ('"same,different,unsure"', "B2:B3")
    header, _, row = book.active.iter_rows()
    assert [cell.value for cell in header][:5] == ["cluster", "decision", "compared with", "probability", "evidence"]
    assert "phone number exact: +17075551854" in row[4].value
    row[1].value = word
    book.save(path)
    return path


@pytest.fixture(scope="module")
def taken(make_home):
    """A home that has taken five people in; to be copied."""
    home = make_home()
    put(home)
    return home


@pytest.fixture
def home(taken, make_home):
    copied = make_home()
    copytree(taken.path, copied.path, dirs_exist_ok=True)
    return copied


@pytest.fixture
def people(home) -> dict[str, str]:
    """Name -> contact id."""
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("SELECT contact_id FROM staging.contact_rows ORDER BY row_number").fetchall()
    names = ("kate", "kate too", "david", "david taylor", "anna")
    return dict(zip(names, (contact_id for (contact_id,) in rows), strict=True))


def test_merges_are_decided_and_taken_back(home, people) -> None:
    before = without(home, *OF_WORDS)
    refused = leadpipe(home, "review", "apply", decide(home, "perhaps"))
    assert "nothing was applied: line 3: the decision 'perhaps' is none of same" in " ".join(refused.refusal.split())
    path = decide(home, "same")

    request = {"id": "m1", "at": "2026-07-01T10:00:00Z", "user": "u1", "brand": "b1", "method": "POST"}
    body = {"sub_contacts": [people["anna"]]}
    home.put("requests/1.jsonl", [{**request, "path": f"/contacts/{people['david']}/merge", "body": body}])
    call(home, "run", "--now", CLOCK)
    assert now(home)[people["anna"]] == people["david"]
    for table in ("leads", "activities"):
        assert {row["contact_id"] for row in home.rows(f"FROM {table}")} == {people["david"]}
    assert home.rows(f"SELECT tags FROM contacts WHERE id = '{people['david']}'") == [{"tags": ["Hot"]}]

    assert "1 decisions taken, 0 were known already" in call(home, "review", "apply", path, "--by", "kim")
    assert now(home)[people["david taylor"]] == people["david"], "the parent that the request named"
    assert home.rows("SELECT judgement, status, source, reference, judged_by FROM judgements ORDER BY source") == [
        {"judgement": "same", "status": "in_force", "source": "request", "reference": "m1", "judged_by": "u1"},
        {"judgement": "same", "status": "in_force", "source": "review", "reference": "review.xlsx", "judged_by": "kim"},
    ]
    assert "No new decisions in review.xlsx, 1 known already" in call(home, "review", "apply", path)
    assert "nothing written" in call(home, "review", "export", "-o", path)

    shown = call(home, "unmerge", people["david"], "--by", "kim")
    assert "1 merges by request taken back; 1 judgements taken back" in shown
    assert without(home, *OF_WORDS) == before, "decided and taken back is never decided"


def test_what_the_evidence_merged_is_taken_back_for_good(home, people) -> None:
    kate = now(home)[people["kate"]]
    assert kate == now(home)[people["kate too"]], "merged by itself: the same e-mail"
    assert "1 pairs that the evidence would merge are judged different" in call(home, "unmerge", kate)
    assert now(home) == {name: name for name in now(home)}, "every id resolves"
    assert "merged with no other" in leadpipe(home, "unmerge", people["kate"]).refusal
    apart = without(home, "source_rows", *OF_PAIRS)

    (home.path / "settings.toml").write_text("[matching]\nauto_merge = false\n")
    call(home, "run", "--now", CLOCK)  # other settings: everything but raw is derived anew
    assert without(home, "source_rows", *OF_PAIRS) == apart, "as if nothing had ever been merged, and still judged"


def test_a_kept_model_is_a_decision_that_outlives_a_rebuild(home, people) -> None:
    before = home.digests()
    assert "on 5 contacts, now 5" in call(home, "model", "keep", "--by", "kim")
    assert home.digests() == before, "what is kept is what was in force"
    assert "a model is kept already" in leadpipe(home, "model", "keep").refusal
    home.put("contacts/more.csv", "First Name,Last Name,E-mail Address\nAnna,Haro,anna@example.com\n")
    call(home, "run", "--now", CLOCK)
    anna = now(home)
    assert sum(canonical == anna[people["anna"]] for canonical in anna.values()) == 2
    taken = home.digests()
    call(home, "rebuild")
    assert home.digests() == taken, "matching what is new is matching all by the kept model"
    assert "Matching: kept by run 2" in call(home, "status")
