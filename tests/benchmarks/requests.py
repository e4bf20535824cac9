"""How long a request log takes: so many mixed requests on so many contacts at once, then a few more on that state.

    python tests/benchmarks/requests.py [contacts] [requests] [new]

Contacts come as a JSON file with ids, three values each and a tag on every second; requests as logs of 100,000 lines.
Both folders are made in a temporary home. Prints, for each round, what each stage took on the wall and of the CPU.
"""

from __future__ import annotations

import json
import platform
import random
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flows import stages
from flows.runs import Run, start_run

EMAIL, PHONE, TAG = (
    "d5b21d60-d87a-4eec-ad11-7e50252f57d0", "7c6b51bc-ee90-4f34-972f-d85f7d7c7f44",
    "5b3c994e-7569-4df8-b8db-f37421a684f7",
)  # fmt: skip
FIRST_NAME, LAST_NAME, COMPANY = (
    "36fd9fd2-b672-41c0-966f-2c7673421a4e", "2df407b0-9283-4e06-84ca-1cd765903987",
    "a49339a0-c224-49aa-a7f2-e08817e4dea3",
)  # fmt: skip
BRAND, USER = "brand", "user"
START = 1778000000.0
STAGES = (
    stages.ingest, stages.stage_directory, stages.read_requests, stages.stage_rulebooks, stages.stage_contacts,
    stages.stage_requests, stages.stage_leads, stages.build_contacts,
)  # fmt: skip
#: The stages that apply requests, ingest left out: reading lines is every log's cost.
APPLYING = ("read_requests", "stage_requests", "build_contacts")
TAGS = [f"tag {number}" for number in range(2000)]


def main(contacts: int = 200_000, requests: int = 1_000_000, new: int = 1_000) -> None:
    dice = random.Random(6)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("contacts", "requests"):
            (home / "inbox" / name).mkdir(parents=True)
        lines = (json.dumps(contact(number, dice)) for number in range(contacts))
        write(home / "inbox" / "contacts" / "contacts.jsonl", lines)
        ids = [f"contact-{number}" for number in range(contacts)]
        print(f"polars {version('polars')}, duckdb {version('duckdb')}, python {platform.python_version()}")
        measure(home, f"{contacts:,} contacts from a file")
        log = Log(dice, ids)
        for part in range(0, requests, 100_000):
            count = min(100_000, requests - part)
            write(home / "inbox" / "requests" / f"{part:08}.jsonl", (json.dumps(log.next()) for _ in range(count)))
        measure(home, f"{requests:,} requests")
        write(home / "inbox" / "requests" / "new.jsonl", (json.dumps(log.next()) for _ in range(new)))
        measure(home, f"{new:,} requests on that state")


def write(path: Path, lines: Any) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def contact(number: int, dice: random.Random) -> dict[str, Any]:
    attributes = [
        {"attribute_def": FIRST_NAME, "text": f"First{number % 5000}"},
        {"attribute_def": LAST_NAME, "text": f"Last{number}"},
        {"attribute_def": EMAIL, "text": f"person{number}@example.com"},
    ]
    if number % 2:
        attributes.append({"attribute_def": TAG, "text": dice.choice(TAGS)})
    return {"id": f"contact-{number}", "user": USER, "brand": BRAND, "attributes": attributes}


class Log:
    """A log of mixed requests, one second apart."""

    def __init__(self, dice: random.Random, ids: list[str]):
        self.dice, self.ids = dice, ids
        self.number = 0
        self.added: list[tuple[str, str]] = []

    def next(self) -> dict[str, Any]:
        """One more request: nine of ten touch one contact, one in five thousand any number."""
        self.number += 1
        method, path, body = self._ask(self.dice.random(), self.dice.choice(self.ids))
        who = {"id": f"r{self.number}", "at": START + self.number, "user": USER, "brand": BRAND}
        return {**who, "method": method, "path": path, "body": body}

    def _ask(self, chance: float, contact_id: str) -> tuple[str, str, Any]:
        path, dice = f"/contacts/{contact_id}", self.dice
        if chance < 0.35:
            return "POST", f"{path}/attributes", {"attributes": [self._add(contact_id)]}
        if chance < 0.55 and self.added:
            return self._change(*self.added[dice.randrange(len(self.added))])
        if chance < 0.65:
            company = {"attribute_def": COMPANY, "text": f"Company {dice.randrange(900)}"}
            return "PATCH", path, {"attributes": [company]}
        if chance < 0.75:
            return "PATCH", f"{path}/touch", {"touch_freq": dice.choice([7, 30, 60])}
        if chance < 0.85:
            return "PUT", f"{path}/owner", {"user": f"user {dice.randrange(50)}"}
        if chance < 0.95:
            others = [{"id": dice.choice(self.ids), "attributes": [{"attribute_def": TAG, "text": dice.choice(TAGS)}]}
                      for _ in range(3)]  # fmt: skip
            return "PATCH", "/contacts", {"contacts": others}
        if chance < 0.9998:
            return "POST", f"{path}/attributes", {"attributes": [{"attribute_def": TAG, "text": dice.choice(TAGS)}]}
        return self._ask_many()

    def _add(self, contact_id: str) -> dict[str, Any]:
        self.added.append((contact_id, f"a{self.number}"))
        if self.dice.random() < 0.5:
            text = f"other{self.number}@example.com"
            return {"id": f"a{self.number}", "attribute_def": EMAIL, "text": text, "is_primary": True}
        text = f"+1214555{self.dice.randrange(10_000):04}"
        return {"id": f"a{self.number}", "attribute_def": PHONE, "text": text, "label": "Mobile"}

    def _change(self, contact_id: str, attribute_id: str) -> tuple[str, str, Any]:
        path = f"/contacts/{contact_id}/attributes/{attribute_id}"
        return ("PUT", path, {"label": "Work"}) if self.dice.random() < 0.7 else ("DELETE", path, None)

    def _ask_many(self) -> tuple[str, str, Any]:
        tag, chance = self.dice.choice(TAGS), self.dice.random()
        if chance < 0.5:
            filters = [{"attribute_type": "tag", "value": tag}]
            return "POST", "/contacts/attributes", {
                "filters": filters, "attributes": [{"attribute_def": TAG, "text": self.dice.choice(TAGS)}],
            }  # fmt: skip
        if chance < 0.8:
            return "PATCH", f"/contacts/tags/{tag.replace(' ', '%20')}", {"tag": self.dice.choice(TAGS)}
        return "DELETE", f"/contacts/tags/{tag.replace(' ', '%20')}", None


def measure(home: Path, title: str) -> None:
    """Take what is new and apply it; print each stage."""
    print(f"\n{title}")
    total = 0.0
    with start_run("run", home, None, "2026-07-02T12:00:00Z") as run:
        for stage in STAGES:
            total += clock(stage, run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"  applying requests ({', '.join(APPLYING)}): {total:.1f} s on the wall; peak so far {peak:.1f} GB")


def clock(stage: Any, run: Run) -> float:
    wall, busy = time.perf_counter(), time.process_time()
    counts = stage(run)
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
    print(f"  {stage.__name__:18} {wall:7.1f} s  {busy:7.1f} s CPU  {told}")
    return wall if stage.__name__ in APPLYING else 0.0


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
