"""Imports through the real command: taken from anywhere, shown in counts, taken back, taken again."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb

A = (
    "First Name,Last Name,E-mail Address,Mobile Phone,Zodiac\n"
    "Kate,Bell,kate@example.com,415-555-3695,Leo\n"
    "Ann,Ash,ann@@example,,\n"
    "Leo,Lamb,leo@example.com,(555) 478-7672,\n"
)
B = "First Name,Last Name,E-mail Address\nKate,Bell,kate@example.com\nBo,Ek,bo@example.com\n"
CHANNEL = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf"
OBJECTS = [
    {"id": "11111111-2222-4333-8444-555555555555", "attributes": [{"attribute_type": "email", "text": "x@a.co"}]}
]
CLOCK = "2026-07-02T18:00:00Z"


def put_directory(home) -> None:
    home.put("directory/brand.json", {"brands": [{"id": "b1", "name": "Brand"}]})
    home.run()


def put_lead(home) -> None:
    lead = {"email": "leo@example.com", "tag": ["Hot"]}
    home.put("routing/rules.json", {"channels": [{"id": CHANNEL, "brand": "b1"}], "rules": [], "groups": []})
    home.put("leads/1.json", {"metadata": {"lead_channel": CHANNEL}, "lead": lead, "received_at": 1783014855})


def outside(home, name: str, content: str) -> str:
    path = home.path / "downloads" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return str(path)


def call(home, *arguments: str) -> str:
    done = home.leadpipe(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return " ".join(done.stdout.split())


def published(home) -> dict[str, Any]:
    """Digests of every table but those that tell of imports as such."""
    digests = home.digests()
    del digests["imports"], digests["source_rows"]
    return {**digests, "rows in force": home.rows("SELECT * FROM source_rows WHERE outcome <> 'undone' ORDER BY ALL")}


def test_law_6_an_undone_import_never_was(home, make_home) -> None:
    other = make_home()
    other.put("contacts/b.csv", B)
    put_lead(other)
    put_directory(other)  # all in one run
    only_b = published(other)

    put_directory(home)
    a = outside(home, "a.csv", A)
    shown = call(home, "import", a, "--now", CLOCK, "--tag", "Open House")
    assert "rows: 3 read = 3 contacts created + 0 rejected" in shown
    assert "cells: 12 read = 10 mapped + 1 unmapped + 1 quarantined" in shown
    assert "unmapped columns: Zodiac 1" in shown
    assert "bad_email 1" in shown
    assert home.query("SELECT * FROM contacts WHERE list_contains(tags, 'Open House')").height == 3
    home.put("contacts/b.csv", B)
    put_lead(home)
    home.run()
    both = published(home)

    shown = call(home, "undo", "a.csv")
    assert "1 contacts taken back" in shown  # Ann
    assert "1 contacts stay without its values" in shown  # Kate is in b.csv, too
    assert "1 contacts stay, made anew of their leads alone" in shown  # Leo
    assert published(home) == only_b
    outcomes = home.rows("SELECT outcome, reason FROM source_rows WHERE file = 'a.csv'")
    assert outcomes == [{"outcome": "undone", "reason": "its import was undone"}] * 3
    (row,) = home.rows("SELECT * FROM imports WHERE file = 'a.csv'")
    assert (row["is_undone"], row["rows_read"], row["cells_read"]) == (True, 0, 0)

    assert home.leadpipe("rebuild").returncode == 0
    assert published(home) == only_b, "rebuild law"
    home.put("contacts/a again.csv", A)
    home.run()
    assert published(home) == only_b, "a file in the inbox came back by itself"
    assert "undone before" in call(home, "undo", "a.csv")

    assert "3 contacts created" in call(home, "import", a, "--now", CLOCK)
    assert published(home) == both, "taken again with the side file it had"
    assert "Nothing new" in call(home, "import", a, "--now", CLOCK)


def test_an_id_passes_to_the_next_file_that_brings_it(home) -> None:
    home.put("contacts/1.json", OBJECTS)
    home.run()
    home.put("contacts/2.json", [{**OBJECTS[0], "attributes": [{"attribute_type": "email", "text": "y@a.co"}]}])
    home.run()
    before = published(home)
    assert [row["emails"] for row in home.rows("SELECT emails FROM contacts")] == [["x@a.co", "y@a.co"]]
    assert home.rows("SELECT * FROM quarantine") == []
    call(home, "undo", "1.json")
    assert [row["emails"] for row in home.rows("SELECT emails FROM contacts")] == [["y@a.co"]]
    assert home.rows("SELECT * FROM quarantine") == []
    call(home, "import", str(home.path / "inbox" / "contacts" / "1.json"))
    assert published(home) == before


def test_rejected_contact_objects_are_mended_in_json(home) -> None:
    attributes = [{"attribute_type": "first_name", "text": "Ann"}, {"attribute_type": "email", "text": "ann@@a.co"}]
    file = outside(home, "a.json", json.dumps([{"attributes": attributes}]))
    call(home, "import", file, "--owner", "u1")
    rejects = home.path / "rejects.json"
    assert "1 rows written" in call(home, "rejects", "a.json", "-o", str(rejects))
    mended = rejects.read_text("utf-8").replace("ann@@a.co", "ann@a.co")
    assert "@-sign" in mended
    shown = call(home, "import", outside(home, "mended.json", mended))
    assert "1 read = 0 contacts created + 1 updated" in shown
    rows = home.rows("SELECT display_name, emails, user_id FROM contacts")
    assert rows == [{"display_name": "Ann", "emails": ["ann@a.co"], "user_id": "u1"}]


def test_an_unreadable_import_leaves_quarantine_and_comes_back(home) -> None:
    empty = outside(home, "empty.csv", "")
    assert "the file is empty" in call(home, "import", empty)
    call(home, "undo", "empty.csv")
    assert home.rows("SELECT * FROM quarantine") == []
    call(home, "import", empty)
    assert [row["code"] for row in home.rows("SELECT code FROM quarantine")] == ["empty_file"]


def test_wrong_use_says_what_to_do(home) -> None:
    put_lead(home)
    home.put("contacts/x/b.csv", B)
    home.put("contacts/y/b.csv", A)
    home.run()
    ids = sorted(row["import_id"][:8] for row in home.rows("SELECT import_id FROM imports"))
    for name, says in (
        ("1.json", "file of the folder leads"),
        ("nothing.csv", "no such import"),
        (ids[0][:7], "no such import"),
        ("b.csv", "2 imports have that name"),
    ):
        done = home.leadpipe("undo", name)
        assert (done.returncode, says in done.stderr) == (3, True), done.stderr
    assert home.leadpipe("import", "/nowhere.csv").returncode == 2
    not_json = outside(home, "mapping.json", "nonsense")
    done = home.leadpipe("import", outside(home, "c.csv", B), "--mapping", not_json)
    assert (done.returncode, "no JSON object" in done.stderr) == (3, True)
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT DISTINCT status FROM ops.runs").fetchall() == [("done",)]


def test_a_check_writes_nothing_and_tells_what_an_import_would_do(bare_home) -> None:
    home = bare_home
    a = outside(home, "a.csv", A)
    shown = call(home, "check", a)
    assert "rows: 3 read = 3 contacts created + 0 rejected" in shown
    assert "Zodiac -> not mapped [0%: the header is not known" in shown
    assert "E-mail Address -> email (index 0) [95%" in shown
    assert "row 2, E-mail Address: 'ann@@example'" in shown
    assert sorted(path.name for path in home.path.iterdir()) == ["downloads", "inbox"]

    call(home, "import", outside(home, "b.csv", B))
    before = {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()}
    assert "1 of the contacts have an e-mail" in call(home, "check", a)
    assert "importing it again changes nothing" in call(home, "check", str(home.path / "downloads" / "b.csv"))
    assert {path: path.read_bytes() for path in home.path.rglob("*") if path.is_file()} == before


def test_a_saved_mapping_maps_as_it_was_saved(home) -> None:
    a, mapping = outside(home, "a.csv", A), home.path / "mapping.json"
    call(home, "map", a, "-o", str(mapping))
    document = json.loads(mapping.read_text())
    assert document["mappings"]["E-mail Address"] == {
        "attribute_type": "email", "label": None, "index": 0, "is_partner": False,
    }  # fmt: skip
    assert list(document["unmapped"]) == ["Zodiac"]
    values = "SELECT attribute_type, label, index, text, row_number FROM contact_attributes ORDER BY ALL"
    call(home, "import", a)
    automatic = home.rows(values)
    call(home, "import", a, "--mapping", str(mapping))
    assert home.rows(values) == automatic
    document["mappings"]["Zodiac"] = {"attribute_type": "note"}
    mapping.write_text(json.dumps(document))
    call(home, "import", a, "--mapping", str(mapping))
    assert "Leo" in {row["text"] for row in home.rows(values) if row["attribute_type"] == "note"}


def test_a_contact_file_is_never_written_over(home) -> None:
    path = outside(home, "a.csv", A)
    call(home, "import", path)
    for arguments in (("map", path), ("rejects", "a.csv")):
        done = home.leadpipe(*arguments, "-o", path)
        assert (done.returncode, "give another name" in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert Path(path).read_text(encoding="utf-8") == A


def test_mended_rejects_take_the_place_of_the_rejected_rows(home) -> None:
    rejected = '{A}=1+1,Formula,bad@@x,+1 415 555 0100,\n"Bo",Ek,bo@example.com,5,surplus,more\n'.replace("{A}", A)
    a, out = outside(home, "a.csv", rejected), home.path / "rejects.csv"
    call(home, "import", a, "--tag", "Open House", "--now", CLOCK)
    before = published(home)
    ids = dict(home.query("SELECT first_name, id FROM contacts WHERE first_name IS NOT NULL").iter_rows())
    assert "3 rows written" in call(home, "rejects", "a.csv", "-o", str(out))
    text = out.read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(text.splitlines())
    assert header[:5] == ["First Name", "Last Name", "E-mail Address", "Mobile Phone", "Zodiac"]
    assert header[5:7] == ["leadpipe reason", "leadpipe what to do"]
    assert rows[1][:5] == ["'=1+1", "Formula", "bad@@x", "+1 415 555 0100", ""]
    assert "Bo" in text.splitlines()[3]

    mended = text.replace("ann@@example", "ann@example.com").replace("bad@@x", "formula@example.com")
    mended = mended.replace('\n"","","","","",', '\n"Bo","Ek","bo@example.com","","",')
    shown = call(home, "import", outside(home, "mended.csv", mended), "--now", CLOCK)
    assert "rows: 3 read = 1 contacts created + 2 updated + 0 unchanged + 0 rejected" in shown
    contacts = {row["first_name"]: row for row in home.rows("SELECT * FROM contacts")}
    assert {name: row["id"] for name, row in contacts.items() if name != "Bo"} == ids
    assert contacts["Ann"]["emails"] == ["ann@example.com"]
    assert contacts["=1+1"]["emails"] == ["formula@example.com"]
    assert all(row["tags"] == ["Open House"] for row in contacts.values()), "the side file of the origin holds"
    assert home.rows("SELECT * FROM quarantine") == []
    outcomes = home.query("SELECT outcome, count(*) FROM source_rows WHERE file = 'a.csv' GROUP BY ALL ORDER BY ALL")
    assert outcomes.rows() == [("contact", 2), ("replaced", 3)]
    assert "no rejected rows" in call(home, "rejects", "a.csv", "-o", str(out))
    after = home.digests()
    assert home.leadpipe("rebuild").returncode == 0
    assert home.digests() == after, "rebuild law"

    call(home, "undo", "mended.csv")
    assert published(home) == before


def test_a_row_mended_twice_is_one_contact(home) -> None:
    call(home, "import", outside(home, "a.csv", A))
    ids = sorted(row["id"] for row in home.rows("SELECT id FROM contacts"))
    out = home.path / "1.xlsx"
    call(home, "rejects", "a.csv", "-o", str(out))
    call(home, "import", str(out))  # as it is: still wrong
    assert "1 rows written" in call(home, "rejects", "1.xlsx", "-o", str(home.path / "2.csv"))
    text = (home.path / "2.csv").read_text(encoding="utf-8-sig")
    call(home, "import", outside(home, "mended.csv", text.replace("ann@@example", "ann@example.com")))
    assert sorted(row["id"] for row in home.rows("SELECT id FROM contacts")) == ids
    assert home.rows("SELECT emails FROM contacts WHERE first_name = 'Ann'") == [{"emails": ["ann@example.com"]}]
    call(home, "undo", "a.csv")
    assert home.rows("SELECT first_name FROM contacts") == [{"first_name": "Ann"}]
