"""A newer export of the same people updates them (SPEC A-IM2), through the real command."""

from __future__ import annotations

from shutil import copytree

import duckdb
import pytest

HEADER = "First Name,Last Name,E-mail Address,Mobile Phone,Job Title,Birthday\n"
FIRST = [
    "Ann,Doe,ann@example.com,(404) 555-0101,Agent,1980-01-31",
    "Bob,Roe,bob@example.com,(404) 555-0102,,",
    "Cy,Poe,,(404) 555-0103,Owner,",
    "Dee,,,,Teacher,",
]
SECOND = [
    "Ann,Doe,ann@example.com,(404) 555-0199,Broker,",  # another number and title, no birthday any more
    "Bob,Roe,bob@example.com; bob@work.example,(404) 555-0102,,",  # one e-mail more
    "Cy,Poe,,(404) 555-0103,Owner,",
    "Dee,,,,Teacher,",
    "Eve,New,eve@example.com,,,",
]
#: Every cell that is in no attribute; must be empty.
LOST = """
    WITH cells AS (SELECT r.file_id, r.row_number, unnest(s.header) AS name, unnest(r.cells) AS cell
                   FROM raw.file_rows r JOIN raw.sheets s USING (file_id, sheet)),
    kept AS (SELECT DISTINCT file_id, row_number, unnest(columns) AS name FROM core.attributes)
    SELECT * FROM cells ANTI JOIN kept USING (file_id, row_number, name) WHERE trim(cell) <> ''
"""


def export(rows: list[str]) -> str:
    return HEADER + "\n".join(rows) + "\n"


def core(home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql).fetchall()


def values(home, kind: str, name: str) -> list[tuple[object, ...]]:
    """Values of a kind of whoever has a first name, with the day each was deleted."""
    return core(
        home,
        f"""
        SELECT coalesce(text, date::VARCHAR), strftime(deleted_at, '%Y-%m-%d') FROM core.attributes
        WHERE attribute_type = '{kind}' AND contact_id IN (
            SELECT contact_id FROM core.attributes WHERE attribute_type = 'first_name' AND text = '{name}'
        ) ORDER BY position
        """,
    )


@pytest.fixture(scope="module")
def updated(make_home):
    """A home that took the newer export in a day after the first, and ids as they were before; to be copied."""
    home = make_home()
    home.put("contacts/export.csv", export(FIRST))
    home.leadpipe("run", "--now", "2026-07-01T00:00:00Z")
    before = {row["display_name"]: row["id"] for row in home.rows("SELECT id, display_name FROM contacts")}
    home.put("contacts/newer.csv", export(SECOND))
    home.run()
    return home, before


@pytest.fixture(scope="module")
def of_two_owners(make_home):
    """A home with an export of one owner, and the newer one of another; to be copied."""
    home = make_home()
    home.put("contacts/export.csv", export(FIRST))
    home.put("contacts/newer.csv", export(SECOND))
    home.put("contacts/newer.csv.import.json", {"user": "u2", "brand": "b"})
    home.run()
    return home


def copied(taken, home):
    copytree(taken.path, home.path, dirs_exist_ok=True)
    return home


def test_a_im2_a_newer_export_updates_and_adds(updated, home) -> None:
    taken, before = updated
    home = copied(taken, home)
    assert len(before) == 4
    contacts = {row["display_name"]: row for row in home.rows("SELECT * FROM contacts")}
    assert {name: contacts[name]["id"] for name in before} == before
    assert set(contacts) - set(before) == {"Eve New"}
    counted = "SELECT contacts_created AS c, contacts_updated AS u, contacts_unchanged AS n FROM imports ORDER BY file"
    assert home.rows(counted) == [{"c": 4, "u": 0, "n": 0}, {"c": 1, "u": 2, "n": 2}]
    ann, bob, cy = contacts["Ann Doe"], contacts["Bob Roe"], contacts["Cy Poe"]
    assert ann["phone_numbers"] == ["+14045550199", "+14045550101"]
    assert ann["job_title"] == "Broker"
    assert ann["birthday"] is not None
    assert bob["emails"] == ["bob@example.com", "bob@work.example"]
    assert bob["phone_numbers"] == ["+14045550102"]
    assert str(ann["updated_at"])[:10] == "2026-07-02"
    assert str(cy["updated_at"])[:10] == "2026-07-01"
    assert ann["updated_for"] == "import_csv"

    assert values(home, "job_title", "Ann") == [("Agent", "2026-07-02"), ("Broker", None)]
    assert values(home, "first_name", "Ann") == [("Ann", None), ("Ann", "2026-07-02")]
    assert core(home, LOST) == []

    rows = home.rows("SELECT contact_id FROM source_rows WHERE file = 'newer.csv' ORDER BY row_number")
    assert [row["contact_id"] for row in rows[:4]] == [before[name] for name in ("Ann Doe", "Bob Roe", "Cy Poe", "Dee")]
    aliases = "SELECT canonical_id FROM contact_aliases WHERE contact_id NOT IN (SELECT id FROM contacts)"
    assert {row["canonical_id"] for row in home.rows(aliases)} == set(before.values())
    counts = "SELECT matched_by, is_changed FROM core.contact_updates ORDER BY ALL"
    assert core(home, counts) == [
        ("e-mail and name", True), ("e-mail and name", True), ("same row", False), ("same row", False)
    ]  # fmt: skip

    digests = home.digests()
    home.run()
    assert home.digests() == digests
    assert home.leadpipe("rebuild").returncode == 0
    assert home.digests() == digests


def test_a_im2_files_of_one_run_count_in_their_order(home) -> None:
    home.put("contacts/b.csv", export(SECOND))
    home.put("contacts/a.csv", export(FIRST))
    home.run()
    assert len(home.rows("SELECT id FROM contacts")) == 5
    assert [text for text, _ in values(home, "job_title", "Ann")] == ["Agent", "Broker"]
    assert home.rows("SELECT job_title FROM contacts WHERE display_name = 'Ann Doe'") == [{"job_title": "Broker"}]


def test_a_im2_an_older_export_of_a_backfill_only_fills_what_is_empty(home) -> None:
    home.put("contacts/newer.csv", export(SECOND))
    home.run()
    old = home.path / "old" / "contacts"
    old.mkdir(parents=True)
    (old / "export.csv").write_text(export(FIRST), encoding="utf-8")
    done = home.leadpipe("run", "--inbox", str(old.parent), "--now", "2020-01-01T00:00:00Z")
    assert done.returncode == 0, done.stdout + done.stderr
    ann = home.rows("SELECT * FROM contacts WHERE display_name = 'Ann Doe'")[0]
    assert ann["job_title"] == "Broker"
    assert ann["birthday"] is not None
    assert str(ann["updated_at"])[:10] == "2026-07-02"
    assert len(ann["phone_numbers"]) == 2
    assert core(home, LOST) == []


def test_law_6_undo_restores_what_a_newer_export_changed_and_later_edits_stay(updated, home) -> None:
    """The newer export told another title; a still newer one another number, which stands."""
    home = copied(updated[0], home)
    home.put("contacts/newest.csv", export(["Ann,Doe,ann@example.com,(404) 555-0177,,"]))
    home.run()
    before = home.rows("SELECT id, job_title FROM contacts WHERE display_name = 'Ann Doe'")[0]
    done = home.leadpipe("undo", "newer.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    ann = home.rows("SELECT id, job_title, phone_numbers FROM contacts WHERE display_name = 'Ann Doe'")[0]
    assert (before["job_title"], ann["job_title"], ann["id"]) == ("Broker", "Agent", before["id"])
    assert sorted(ann["phone_numbers"]) == ["+14045550101", "+14045550177"], "the number of the undone file alone goes"
    assert home.rows("SELECT * FROM contacts WHERE display_name = 'Eve New'") == []
    assert "2 values restored" in done.stdout
    assert "stay without its values" in done.stdout


def test_a_im2_another_owners_file_updates_nobody(of_two_owners) -> None:
    assert core(of_two_owners, "SELECT count(*) FROM core.contacts") == [(9,)]
    assert core(of_two_owners, "SELECT * FROM core.contact_updates") == []


def test_a_im2_ids_stay_known_when_the_owner_changes(of_two_owners, home) -> None:
    home = copied(of_two_owners, home)
    published = {row["id"] for row in home.rows("SELECT id FROM contacts")}
    home.put("contacts/newer.csv.import.json", "{}")
    home.run()
    known = {row["contact_id"]: row["canonical_id"] for row in home.rows("SELECT * FROM contact_aliases")}
    assert published <= set(known)
    assert len(set(known.values())) == 5
    assert set(known.values()) <= {row["id"] for row in home.rows("SELECT id FROM contacts")}
