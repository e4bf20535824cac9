"""The two laws of DESIGN 1, on the sample inbox, through the installed command."""

import shutil
import subprocess
import time

import duckdb
import pytest

from schemas.views import RECEIVED, attributes_of, received_of

#: Every non-empty cell of an accepted contact file that is neither in an attribute, nor in a column that is
#: unmapped by name, nor in quarantine; must be empty.
LOST_CELLS = """
    WITH cells AS (
        SELECT r.file_id, r.sheet, r.row_number, unnest(s.header) AS column_name, unnest(r.cells) AS cell
        FROM raw.file_rows r JOIN raw.sheets s USING (file_id, sheet) WHERE NOT s.is_hidden
    ), filled AS (SELECT * FROM cells WHERE trim(cell) <> ''),
    kept AS (SELECT DISTINCT file_id, sheet, row_number, unnest(columns) AS column_name FROM core.attributes),
    unmapped AS (SELECT file_id, sheet, column_name FROM staging.file_columns WHERE status = 'unmapped'),
    refused AS (SELECT file_id, coalesce(sheet, '') AS sheet, row_number, column_name FROM ops.quarantine)
    SELECT * FROM filled
    ANTI JOIN kept USING (file_id, sheet, row_number, column_name)
    ANTI JOIN unmapped USING (file_id, sheet, column_name)
    ANTI JOIN refused USING (file_id, sheet, row_number, column_name)
    ANTI JOIN (SELECT file_id, sheet, row_number FROM refused WHERE column_name IS NULL)
        USING (file_id, sheet, row_number)
"""


@pytest.fixture
def home(installed_home):
    return installed_home


def test_the_laws_hold_on_the_samples(home, whole) -> None:
    (home.path / "settings.toml").write_text("[matching]\nkeep_model_from = 1\n")  # as books of many contacts do
    inbox = home.path / "inbox"
    shutil.copytree(whole.inbox, inbox, dirs_exist_ok=True)
    later = sorted((inbox / "leads").iterdir())[1:] + sorted((inbox / "contacts").glob("*.xlsx"))
    waiting = home.path / "waiting"
    waiting.mkdir()
    moved = {path: path.rename(waiting / path.name) for path in later}
    home.run()
    for path, held in moved.items():
        held.rename(path)
    home.run()
    digests = home.digests()

    assert "Nothing new" in home.run()
    assert home.digests() == digests, "a second run over the same inbox changed something"

    renamed = next((inbox / "contacts").glob("*.csv"))
    renamed.rename(renamed.with_name("renamed " + renamed.name))
    home.run()
    assert home.digests() == digests, "a renamed file was taken again"

    assert home.leadpipe("rebuild").returncode == 0
    assert home.digests() == digests, "rebuild law"

    unequal = (
        "SELECT * FROM imports WHERE rows_read <> contacts_created + contacts_updated"
        " + contacts_unchanged + rows_rejected + rows_skipped"
    )
    assert home.rows(f"{unequal} OR cells_read <> cells_mapped + cells_unmapped + cells_quarantined") == []
    assert home.rows("SELECT sum(rows_read) > 300 AS many FROM imports") == [{"many": True}]

    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        sums = "SELECT sum(value) FROM ops.import_counts WHERE name {}"
        parts = "IN ('cells_mapped', 'cells_unmapped', 'cells_quarantined')"
        assert (
            connection.execute(sums.format(parts)).fetchone()
            == connection.execute(sums.format("= 'cells_read'")).fetchone()
        )
        assert connection.execute(LOST_CELLS).fetchall() == [], "conservation law"
        assert connection.execute("SELECT count(*) FROM raw.file_rows").fetchone() > (100,)


def test_every_input_row_is_accounted_for(whole) -> None:
    home = whole.home
    outcomes = dict(home.query("SELECT outcome, count(*) FROM source_rows GROUP BY outcome").iter_rows())
    assert outcomes["contact"] > 300
    assert outcomes["lead"] > 200
    without = home.rows(
        "SELECT * FROM source_rows WHERE outcome IN ('quarantined', 'skipped') AND reason IS NULL"
        " OR outcome = 'contact' AND contact_id IS NULL OR outcome = 'lead' AND lead_id IS NULL"
    )
    assert without == []
    orphans = "SELECT * FROM source_rows ANTI JOIN contacts ON contacts.id = contact_id WHERE outcome = 'contact'"
    assert home.rows(orphans) == []


def test_what_is_asked_of_some_contacts_is_that_of_all(whole) -> None:
    with duckdb.connect(str(whole.home.path / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute(
            "CREATE TEMP TABLE given AS SELECT contact_id FROM ("
            " SELECT DISTINCT contact_id FROM core.attributes UNION SELECT contact_id FROM core.contact_updates)"
            " WHERE hash(contact_id) % 3 = 0"
        )
        among = "contact_id IN (SELECT contact_id FROM given)"
        for of_some, of_all in ((attributes_of(among), "core.attributes"), (received_of(among), RECEIVED)):
            asked = connection.execute(f"SELECT * FROM {of_some} ORDER BY ALL").fetchall()
            assert asked == connection.execute(f"SELECT * FROM {of_all} WHERE {among} ORDER BY ALL").fetchall()
            assert len(asked) > 500
        updated = f"SELECT count(*) FROM core.contact_updates WHERE {among}"
        assert connection.execute(updated).fetchall() > [(1,)], "of several rows"


def test_a_killed_run_is_made_good_by_the_next(home, whole) -> None:
    shutil.copytree(whole.inbox, home.path / "inbox", dirs_exist_ok=True)
    command = whole.command(home)
    for part in (0.4, 0.6, 0.8):  # while it takes files in, derives, publishes
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(part * whole.seconds)
        process.kill()
        process.wait()
    home.run()
    assert home.digests() == whole.home.digests()
