"""Write the invented part of the sample inbox again: `python data/samples/generate.py`.

Always the same bytes: the seed is fixed and nothing reads the clock. Only the two workbooks need more than the standard
library (xlsxwriter and xlwt, from the project's `dev` extra).
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from generator.dirt import know_otherwise
from generator.layouts import google_row, legacy_row, old_crm_row, open_house_row, outlook_row
from generator.leads import make_lead_files
from generator.people import Person, make_people, make_relatives
from generator.workbooks import make_xls, make_xlsx

_SEED = 20260701
_PEOPLE, _STRANGERS, _RELATIVES, _LEADS = 290, 130, 24, 300
#: File and sheet -> weight. Those of one owner stand together: duplicates are looked for per owner (SPEC A-D5).
_OWNERS: Sequence[Mapping[tuple[str, str], int]] = (
    {("google_contacts.csv", ""): 40, ("open_house.xlsx", "Spring"): 12, ("open_house.xlsx", "Autumn"): 12},
    {("old_crm.json", ""): 22, ("outlook.csv", ""): 12},
    {("legacy.xls", "Sheet1"): 10},
)
_SHARE_OF_DUPLICATES, _SHARE_ACROSS_OWNERS = 0.24, 0.12

_Places = dict[tuple[str, str], list[Person]]
_Row = Mapping[str, str | float]
_LAYOUTS: Mapping[str, Callable[[Random, Person], _Row]] = {
    "google_contacts.csv": google_row,
    "open_house.xlsx": open_house_row,
    "old_crm.json": old_crm_row,
    "outlook.csv": outlook_row,
    "legacy.xls": legacy_row,
}


def generate() -> dict[str, bytes]:
    """Path below data/samples -> content of every generated file."""
    random = Random(_SEED)
    everybody = make_people(random, _PEOPLE + _STRANGERS)
    people, strangers = everybody[:_PEOPLE], everybody[_PEOPLE:]
    places = _spread(random, people)
    rows = {
        place: [_LAYOUTS[place[0]](random, person) for person in persons] for place, persons in sorted(places.items())
    }
    files = {
        "google_contacts.csv": _make_csv(rows["google_contacts.csv", ""]).encode(),
        "outlook.csv": _make_csv(rows["outlook.csv", ""]).encode("cp1252"),
        "old_crm.json": (json.dumps(rows["old_crm.json", ""], indent=1, ensure_ascii=False) + "\n").encode(),
        "open_house.xlsx": make_xlsx({sheet: rows["open_house.xlsx", sheet] for sheet in ("Spring", "Autumn")}),
        "legacy.xls": make_xls({"Sheet1": rows["legacy.xls", "Sheet1"]}),
    }
    leads = make_lead_files(random, people, strangers, _LEADS)
    return {
        **{f"inbox/contacts/{name}": content for name, content in files.items()},
        **{f"inbox/leads/{name}": text.encode() for name, text in leads.items()},
        "duplicates.csv": _make_truth(places).encode(),
    }


def _spread(random: Random, people: Sequence[Person]) -> _Places:
    """Each person into a file; some into another one as well, known otherwise there; relatives beside some."""
    places: _Places = {place: [] for owner in _OWNERS for place in owner}
    owners = [sum(owner.values()) for owner in _OWNERS]
    for person in people:
        owner = random.choices(_OWNERS, owners)[0]
        places[_choose(random, owner)].append(person)
        while random.random() < _SHARE_OF_DUPLICATES:
            other = random.choice(_OWNERS) if random.random() < _SHARE_ACROSS_OWNERS else owner
            places[_choose(random, other)].append(know_otherwise(random, person))
    for number in range(_RELATIVES):
        persons = random.choice(list(places.values()))
        persons.append(make_relatives(random, random.choice(persons), 1001 + number))
    for persons in places.values():
        random.shuffle(persons)
    return places


def _choose(random: Random, owner: Mapping[tuple[str, str], int]) -> tuple[str, str]:
    return random.choices(list(owner), list(owner.values()))[0]


def _make_csv(rows: Sequence[_Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _make_truth(places: _Places) -> str:
    """Who each row is: rows of one person are duplicates, whatever they say."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "sheet", "row_number", "person"])
    for (file, sheet), persons in sorted(places.items()):
        writer.writerows([file, sheet, row, person.number] for row, person in enumerate(persons, 1))
    return text.getvalue()


def main() -> None:
    """Write every file beside this one."""
    for name, content in generate().items():
        (Path(__file__).parent / name).write_bytes(content)
        sys.stdout.write(f"{name}: {len(content):,} bytes\n")


if __name__ == "__main__":
    main()
