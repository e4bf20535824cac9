"""Automatic mapping against labelled headers: `python tests/benchmarks/mapping.py [--layouts] [--misses USE]`.

Right: of the headers that belong to an attribute, those mapped to it (part and partner included). Wrong: of the guesses
made, those on another attribute or on a header that belongs to none. Index and label: of the right ones that have any.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from flows.sources.reference import load_document, load_reference
from transforms.attribute_defs import AttributeDefs, read_attribute_defs
from transforms.importing.automatic import map_automatically
from transforms.importing.headers import HeaderKnowledge, fold_header
from transforms.importing.mapping import ColumnMapping, leave_unmapped

GOLDEN = Path(__file__).parents[1] / "golden" / "headers"

#: Words for the same place: a product's own word is as good as another's.
PLACES = {"Work": "Business", "Office": "Business", "Personal": "Home", "Mailing": "", "Main": "Primary"}

#: The 80 plain names that a fuzzy matcher would be given.
PLAIN_NAMES = {
    "first_name": "First Name|Given Name", "middle_name": "Middle Name", "last_name": "Last Name|Surname|Family Name",
    "full_name": "Name|Full Name|Display Name|Contact Name", "nickname": "Nickname", "title": "Prefix|Salutation",
    "company": "Company|Company Name|Organization", "job_title": "Job Title|Position|Occupation",
    "email": "Email|Email Address|Primary Email|Secondary Email|Home Email|Work Email|Other Email",
    "phone_number": "Phone|Phone Number|Mobile|Mobile Phone|Cell Phone|Home Phone|Work Phone|Business Phone|"
    "Other Phone|Fax|Home Fax|Business Fax|Pager",
    "address": "Address", "address.name": "Street|Street Address|Home Street|Business Street|Other Street",
    "address.unit": "Unit|Apartment|Suite", "address.box": "PO Box",
    "address.city": "City|Home City|Business City|Other City",
    "address.state": "State|Province|Region|Home State|Business State|Other State",
    "address.postcode": "Postal Code|Zip|Zip Code|Home Postal Code|Business Postal Code|Other Postal Code",
    "address.country": "Country|Home Country|Business Country|Other Country", "birthday": "Birthday|Date of Birth",
    "wedding_anniversary": "Anniversary", "tag": "Tags|Categories|Group", "note": "Notes|Comments|Description",
    "source": "Source|Lead Source", "source_id": "ID", "website": "Website|Web Page|URL", "linkedin": "LinkedIn",
    "facebook": "Facebook", "instagram": "Instagram", "profile_image_url": "Photo", "spouse": "Spouse",
}  # fmt: skip

SAMPLES = {
    "first_name": "Ann Bob Cho Dee", "middle_name": "Lee Jo May Q.", "last_name": "Stone Wu Diaz Okafor",
    "full_name": "Ann Stone|Bob Wu|Cho Diaz|Dee Okafor", "nickname": "Annie Bo Chi D", "title": "Mrs. Mr. Dr. Ms.",
    "company": "Acme Inc|Stone LLC|Wu & Sons|Diaz Group", "job_title": "CEO|Sales Manager|Nurse|Teacher",
    "email": "a@example.com b@example.com c@example.com d@example.com",
    "phone_number": "(404) 555-0101|404-555-0102|+14045550103|404.555.0104", "address": "1 Oak St, Union, GA 30291",
    "address.name": "1 Oak St|22 Elm Ave|3 Main Rd|44 Hill Dr", "address.unit": "Apt 4|#2|Suite 100|Unit B",
    "address.house_num": "1 22 3 44", "address.box": "12 34 56 78", "address.extra": "Rear building|Dock 4",
    "address.city": "Union Atlanta Dallas Reno", "address.state": "GA TX NV CA",
    "address.postcode": "30291 30301 75001", "address.country": "US US Canada US",
    "birthday": "1980-01-31 1979-12-24 1990-05-06 2001-02-03",
    "birthday.day": "31 24 6 3", "birthday.month": "1 12 5 2", "birthday.year": "1980 1979 1990 2001",
    "wedding_anniversary": "2010-06-01 2011-07-02 2012-08-03", "tag": "Buyer;Hot|Seller|Past Client|Warm",
    "note": "met at fair|likes porches|call in May", "source": "Zillow|Website|Referral|Open House",
    "source_id": "1001 1002 1003 1004", "website": "https://a.example b.example www.c.example",
    "last_modified_on_source": "2024-01-31 2024-02-01 2024-03-05", "profile_image_url": "https://a.example/1.jpg",
}  # fmt: skip
SAMPLE_ROWS = 4


@dataclass(frozen=True)
class Header:
    """One labelled header; several accepted attribute types where a header alone cannot tell."""

    text: str
    accepted: tuple[str, ...]
    label: str
    index: int | None
    is_partner: bool
    lang: str


@dataclass(frozen=True)
class Layout:
    """A labelled header row."""

    name: str
    use: str
    headers: tuple[Header, ...]

    @property
    def lang(self) -> str:
        """Language of most of its headers."""
        return Counter(header.lang for header in self.headers).most_common(1)[0][0]


Mapper = Callable[[Layout], Sequence[ColumnMapping]]


def read_layouts() -> list[Layout]:
    """The layouts of tests/golden/headers, and from SOURCES.md what each is used for."""
    rows = re.findall(r"^\| `(\w+)` \| (train|held_out) \|", (GOLDEN / "SOURCES.md").read_text("utf-8"), re.MULTILINE)
    return [Layout(name, use, tuple(read_headers(GOLDEN / f"{name}.csv"))) for name, use in rows]


def read_headers(path: Path) -> Iterable[Header]:
    """The rows of one golden file."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            index = int(row["index"]) if row["index"] else None
            accepted = tuple(row["attribute_type"].split("|"))
            yield Header(row["header"], accepted, row["label"], index, row["is_partner"] == "true", row["lang"])


def unique_names(layout: Layout) -> list[str]:
    """Header texts as the readers hand them on: repeated ones numbered."""
    seen: Counter[str] = Counter()
    names = []
    for header in layout.headers:
        seen[header.text] += 1
        names.append(f"{header.text} ({seen[header.text]})" if seen[header.text] > 1 else header.text)
    return names


def sample_values(header: Header) -> list[str | None]:
    """Values such as the column would hold: other people's addresses and numbers too, such as "Agent Email"."""
    kind = header.accepted[0]
    if not kind:
        words = fold_header(header.text).split()
        kind = {"email": "email", "phone": "phone_number"}.get(words[-1] if words else "", "")
    if kind.endswith(".label"):
        values = ["Home", "Work", "Home", "Other"]
    else:
        given = SAMPLES.get(kind, "yes no yes no")
        values = given.split("|") if "|" in given or "," in given else given.split()
    return [values[row % len(values)] for row in range(SAMPLE_ROWS)]


def ours(with_values: bool) -> Mapper:
    """The real mapping, on headers alone or with values."""
    tables = (load_reference(f"header_{name}.csv") for name in ("names", "words", "layouts"))
    knowledge = HeaderKnowledge(*tables)
    defs = AttributeDefs(read_attribute_defs(load_document("attribute_defs.json")))

    def run(layout: Layout) -> Sequence[ColumnMapping]:
        columns = {
            str(position): sample_values(header) if with_values else [None] * SAMPLE_ROWS
            for position, header in enumerate(layout.headers)
        }
        sample = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        return map_automatically(unique_names(layout), sample, knowledge, defs, None)

    return run


def baseline(match: Callable[[str, Sequence[str]], str | None]) -> Mapper:
    """A plain matcher over the 80 names, header by header."""
    targets = {fold_header(name): kind for kind, names in PLAIN_NAMES.items() for name in names.split("|")}

    def run(layout: Layout) -> Sequence[ColumnMapping]:
        return [guess(position, header.text) for position, header in enumerate(layout.headers)]

    def guess(position: int, text: str) -> ColumnMapping:
        found = match(fold_header(text), list(targets))
        kind = targets[found] if found else None
        if kind is None:
            return leave_unmapped(position, text, "")
        kind, is_partner = ("full_name", True) if kind == "spouse" else (kind, False)
        return ColumnMapping(position, text, kind, None, None, is_partner, 1.0, "")

    return run


def match_exactly(text: str, targets: Sequence[str]) -> str | None:
    """Equal after folding."""
    return text if text in targets else None


def match_levenshtein(text: str, targets: Sequence[str]) -> str | None:
    """The nearest within a fifth of the length, as Odoo does."""
    best = min(targets, key=lambda target: Levenshtein.normalized_distance(text, target))
    return best if Levenshtein.normalized_distance(text, best) < 0.2 else None


def match_fuzzily(scorer: Callable[..., float], cutoff: float) -> Callable[[str, Sequence[str]], str | None]:
    """The best by one of rapidfuzz's scores."""

    def match(text: str, targets: Sequence[str]) -> str | None:
        found = process.extractOne(text, targets, scorer=scorer, score_cutoff=cutoff)
        return found[0] if found else None

    return match


def score(layout: Layout, columns: Sequence[ColumnMapping]) -> Counter[str]:
    """Counts of one layout: owed, right, guesses, wrong, labels, labels_right, indexes, indexes_right."""
    counts: Counter[str] = Counter()
    for header, column in zip(layout.headers, columns, strict=True):
        is_right = (column.attribute_type or "") in header.accepted and column.is_partner == header.is_partner
        is_right = is_right or (not column.attribute_type and "" in header.accepted)
        owes = "" not in header.accepted
        counts["owed"] += owes
        counts["right"] += owes and is_right
        counts["guesses"] += column.attribute_type is not None
        counts["wrong"] += column.attribute_type is not None and not is_right
        if owes and is_right and not header.is_partner:
            counts["labels"] += bool(header.label)
            counts["labels_right"] += bool(header.label) and same_place(header.label, column.label or "")
            counts["indexes"] += header.index is not None
            counts["indexes_right"] += header.index is not None and header.index == column.index
    return counts


def same_place(label: str, other: str) -> bool:
    """Whether two labels say the same, such as Work Fax and Business Fax."""
    first, second = (" ".join(PLACES.get(word, word) for word in text.split()).strip() for text in (label, other))
    return first == second


def describe(counts: Counter[str]) -> str:
    """Shares of a group in one line."""

    def share(part: str, whole: str) -> str:
        return f"{counts[part] / counts[whole]:6.1%}" if counts[whole] else "     -"

    return (
        f"{counts['owed']:6} right {share('right', 'owed')}  wrong {share('wrong', 'guesses')}"
        f"  label {share('labels_right', 'labels')}  index {share('indexes_right', 'indexes')}"
    )


def main(arguments: Sequence[str]) -> None:
    """Print shares by matcher, use and language; with --layouts by layout, with --misses each header missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layouts", action="store_true")
    parser.add_argument("--misses", metavar="USE")
    options = parser.parse_args(arguments)
    layouts = read_layouts()
    mappers = {
        "ours, headers alone": ours(with_values=False),
        "ours, with values": ours(with_values=True),
        "exact after folding": baseline(match_exactly),
        "Levenshtein < 0.2": baseline(match_levenshtein),
        "token_sort >= 80": baseline(match_fuzzily(fuzz.token_sort_ratio, 80)),
        "WRatio >= 85": baseline(match_fuzzily(fuzz.WRatio, 85)),
    }
    for name, mapper in mappers.items():
        print_shares(name, layouts, [score(layout, mapper(layout)) for layout in layouts])
    print_languages(layouts, mappers["ours, headers alone"])
    if options.layouts:
        for layout in layouts:
            print(f"{layout.name:32} {layout.use:9}{describe(score(layout, mappers['ours, headers alone'](layout)))}")
    if options.misses:
        print_misses([layout for layout in layouts if layout.use == options.misses], mappers["ours, headers alone"])


def print_shares(name: str, layouts: Sequence[Layout], counts: Sequence[Counter[str]]) -> None:
    """One matcher, by use, English and other languages apart."""
    groups: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for layout, count in zip(layouts, counts, strict=True):
        groups["English" if layout.lang == "en" else "other languages", layout.use].update(count)
    for (lang, use), count in sorted(groups.items()):
        print(f"{name:20} {lang:16} {use:9}{describe(count)}")


def print_languages(layouts: Sequence[Layout], mapper: Mapper) -> None:
    """Each language's held-out layouts."""
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for layout in layouts:
        if layout.use == "held_out":
            groups[layout.lang].update(score(layout, mapper(layout)))
    for lang, count in sorted(groups.items()):
        print(f"held out, {lang:5}{describe(count)}")


def print_misses(layouts: Sequence[Layout], mapper: Mapper) -> None:
    """Each header not mapped as it should be."""
    for layout in layouts:
        for header, column in zip(layout.headers, mapper(layout), strict=True):
            found = column.attribute_type or ""
            if found not in header.accepted or (found and column.is_partner != header.is_partner):
                print(f"{layout.name:28} {header.text!r:36} {'|'.join(header.accepted):24} {found:20} {column.reason}")


if __name__ == "__main__":
    main(sys.argv[1:])
