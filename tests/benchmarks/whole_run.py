"""A contacts CSV of 200,000 rows and 30 columns through the whole run: seconds per stage, peak memory.

    .venv/bin/python tests/benchmarks/whole_run.py [rows]

Measures; asserts nothing. The rows are invented by a seeded generator: a tenth of the people appear twice.
"""

import csv
import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

HEADER = [
    *("Title", "First Name", "Middle Name", "Last Name", "Nickname", "Company", "Job Title", "E-mail Address"),
    *("E-mail 2 Address", "Home Phone", "Mobile Phone", "Business Phone", "Home Street", "Home City", "Home State"),
    *("Home Postal Code", "Home Country", "Business Street", "Business City", "Business State"),
    *("Business Postal Code", "Birthday", "Anniversary", "Web Page", "Categories", "Notes", "Spouse", "Referred By"),
    *("Location", "Account"),
]
FIRST = ("Ann", "Bob", "Carla", "Dan", "Eve", "Frank", "Gina", "Hank", "Iris", "John", "Kate", "Liam", "Mona", "Nick")
LAST = ("Ash", "Bell", "Cole", "Doe", "Eads", "Ford", "Grant", "Hale", "Ives", "Jones", "King", "Lane", "Moss", "Nash")
CITY = [("Dallas", "TX", "75201"), ("Atlanta", "GA", "30303"), ("Tiburon", "CA", "94920"), ("Union", "NJ", "07083")]


def person(rng: random.Random, number: int) -> list[str]:
    first, last = rng.choice(FIRST), rng.choice(LAST) + rng.choice(["", "son", "man", "field", "well"])
    city, state, postcode = rng.choice(CITY)
    work_city, work_state, work_postcode = rng.choice(CITY)
    phone = f"({rng.choice([214, 404, 415, 908])}) {rng.randint(200, 999)}-{rng.randint(0, 9999):04d}"
    home, work = (f"{rng.randint(1, 9999)} {rng.choice(LAST)} {kind}" for kind in ("Street", "Avenue"))
    sometimes = rng.random
    return [
        "", first, rng.choice(["", "", "J.", "M."]), last, "", rng.choice(["", f"{last} Realty"]), "",
        f"{first}.{last}{number}@example.com".lower(), "" if sometimes() < 0.8 else f"{first}{number}@example.org",
        "" if sometimes() < 0.5 else phone, phone.replace("(", "").replace(") ", "-"), "",
        home, city, state, postcode, "US", work, work_city, work_state, work_postcode,
        "" if sometimes() < 0.5 else f"{rng.randint(1, 12)}/{rng.randint(1, 28)}/{rng.randint(1940, 2004)}", "",
        "" if sometimes() < 0.9 else f"http://www.{last.lower()}.example", rng.choice(["", "Buyer", "Seller; Hot"]),
        "" if sometimes() < 0.7 else f"met at open house {number}", "", "", "", f"A-{number}",
    ]  # fmt: skip


def write_contacts(path: Path, rows: int) -> None:
    rng = random.Random(7)
    people: list[list[str]] = []
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(HEADER)
        for number in range(rows):
            again = people and rng.random() < 0.1
            row = list(rng.choice(people)) if again else person(rng, number)
            if again:
                row[1], row[12] = row[1].upper(), ""
            elif len(people) < 50_000:
                people.append(row)
            writer.writerow(row)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "inbox" / "contacts").mkdir(parents=True)
        leadpipe = [str(Path(sys.executable).parent / "leadpipe"), "run", "--home", folder]
        started = time.perf_counter()
        subprocess.run(leadpipe, check=True, capture_output=True)
        empty = time.perf_counter() - started
        target = home / "inbox" / "contacts" / "contacts.csv"
        write_contacts(target, rows)
        started = time.perf_counter()
        shown = subprocess.run(leadpipe, check=True, capture_output=True, text=True).stdout
        whole = time.perf_counter() - started
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        megabytes = target.stat().st_size / 1e6
    print(shown)
    versions = {name: version(name) for name in ("polars", "duckdb", "rapidfuzz", "phonenumbers")}
    figures = {
        "rows": rows, "columns": len(HEADER), "megabytes": round(megabytes, 1), "empty_inbox_s": round(empty, 2),
        "whole_run_s": round(whole, 1), "peak_mb": usage.ru_maxrss // 1024, "python": platform.python_version(),
    }  # fmt: skip
    print(json.dumps({**figures, **versions}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
