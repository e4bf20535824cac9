import csv
import io
import json
import runpy
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.fixture
def generated(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, bytes]:
    monkeypatch.syspath_prepend(str(SAMPLES))
    files: Mapping[str, bytes] = runpy.run_path(str(SAMPLES / "generate.py"))["generate"]()
    return files


def read_cells(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_generator_gives_the_committed_samples(generated: Mapping[str, bytes]) -> None:
    for name, content in generated.items():
        committed = (SAMPLES / name).read_bytes()
        if name.endswith((".xls", ".xlsx")):  # compressed by the machine's own library
            assert read_cells(content) == read_cells(committed), name
        else:
            assert content == committed, f"{name}: run python data/samples/generate.py"


def test_the_truth_names_every_row_of_the_generated_contact_files(generated: Mapping[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(generated["duplicates.csv"].decode())))
    counts = Counter((row["file"], row["sheet"]) for row in rows)
    google = generated["inbox/contacts/google_contacts.csv"].decode()
    workbook = read_cells(generated["inbox/contacts/open_house.xlsx"])
    assert counts["google_contacts.csv", ""] == len(list(csv.DictReader(io.StringIO(google))))
    assert counts["old_crm.json", ""] == len(json.loads(generated["inbox/contacts/old_crm.json"]))
    assert {sheet: len(cells) - 1 for sheet, cells in workbook.items()} == {
        sheet: count for (file, sheet), count in counts.items() if file == "open_house.xlsx"
    }
    persons = Counter(row["person"] for row in rows)
    assert sum(count > 1 for count in persons.values()) > 50


def test_samples_are_small_and_masked_addresses_are_gone() -> None:
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    documented = (SAMPLES / "inbox" / "contacts" / "documented.json").read_text(encoding="utf-8")
    assert "protected" not in documented
