"""The same requests at once, in parts, late, or after a rebuild: the same tables."""

import random
from typing import Any

import pytest

from schemas.tables import (
    CORE_ATTRIBUTE_EDITS,
    CORE_ATTRIBUTES,
    CORE_CONTACT_EDITS,
    CORE_CONTACTS,
    CORE_REFUSALS,
    CORE_TAGS,
    CORE_TOUCH_EVENTS,
)

#: What tells in which file and run a line came is left out.
LINEAGE = ("run_sequence", "file_id", "row_number")
TABLES = (
    CORE_ATTRIBUTE_EDITS, CORE_ATTRIBUTES, CORE_CONTACT_EDITS, CORE_CONTACTS, CORE_REFUSALS, CORE_TAGS,
    CORE_TOUCH_EVENTS,
)  # fmt: skip
FILE = [
    {"id": f"f{number}", "attributes": [
        {"attribute_type": "first_name", "text": f"First {number}"}, {"attribute_type": "tag", "text": tag},
        {"attribute_type": "email", "text": f"f{number}@example.com"},
    ]} for number, tag in enumerate(["Hot", "a", "b"])
]  # fmt: skip
CONTACTS, TAGS = ["f0", "f1", "f2", "r1", "r2", "nobody"], ["a", "b", "c", "Hot"]


def ask(dice: random.Random, number: int) -> tuple[str, str, Any]:
    """Any request: of ten or so kinds, some of which cannot be applied."""
    one, tag, other = dice.choice(CONTACTS), dice.choice(TAGS), dice.choice(TAGS)
    path, known = f"/contacts/{one}", f"a{dice.randrange(number + 1)}"
    added = {"id": f"a{number}", "attribute_type": "tag", "text": tag}
    company = {"id": f"a{number}", "attribute_type": "company", "text": other, "is_primary": True}
    choices: list[tuple[str, str, Any]] = [
        ("POST", f"{path}/attributes", {"attributes": [added]}),
        ("POST", f"{path}/attributes", {"attributes": [company]}),
        ("PATCH", "/contacts", {"contacts": [
            {"id": contact, "attributes": [{"attribute_type": "tag", "text": tag}]} for contact in (one, "f1")
        ]}),
        ("PUT", f"{path}/attributes/{known}", {"attribute_type": "tag", "text": other}),
        ("DELETE", f"{path}/attributes/{known}", None),
        ("DELETE", "/contacts/attributes", {"ids": [known]}),
        ("PATCH", f"{path}/touch", {"touch_freq": dice.choice([None, 7, 30])}),
        ("PUT", f"{path}/owner", {"user": dice.choice(["u1", "u2"])}),
        ("POST", "/contacts/attributes", {
            "filters": [{"attribute_type": "tag", "value": tag, "invert": dice.random() < 0.3}],
            "attributes": [{"attribute_type": "tag", "text": other}],
        }),
        ("PATCH", f"/contacts/tags/{tag}", {"tag": other}),
        ("PATCH", f"/contacts/tags/{tag}/touch", {"touch_freq": dice.choice([None, 3, 9])}),
        ("DELETE", f"/contacts/tags/{tag}", None),
        ("DELETE", path, None) if dice.random() < 0.3 else ("GET", path, None),
    ]  # fmt: skip
    return dice.choice(choices)


def make_log(seed: int, count: int = 60) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    born = [{"id": name, "attributes": [{"attribute_type": "tag", "text": "a"}]} for name in CONTACTS[3:5]]
    asks = [("POST", "/contacts", {"contacts": born}), *(ask(dice, number) for number in range(1, count))]
    return [
        {"id": number, "at": 1778872000 + number // 2, "user": "u1", "brand": "b"}
        | {"method": method, "path": path, "body": body}
        for number, (method, path, body) in enumerate(asks, 1)
    ]  # fmt: skip


def digests(log: Any) -> dict[str, str]:
    return {table.full_name: log.digest(table, LINEAGE) for table in TABLES}


def start(log: Any) -> None:
    log.put("directory", {"brands": [{"id": "b", "name": "B"}], "users": [{"id": "u1"}, {"id": "u2"}]})
    log.put("contacts", *FILE)


@pytest.mark.parametrize("seed", [1])
def test_at_once_in_parts_late_and_rebuilt_give_the_same(make_warehouse: Any, seed: int) -> None:
    lines = make_log(seed)
    whole = make_warehouse()
    start(whole)
    whole.take(*lines)
    expected = digests(whole)
    assert len(whole.rows(CORE_REFUSALS)) > 3
    assert sum(row["is_rewritten"] for row in whole.rows(CORE_CONTACT_EDITS)) > 2

    apart = make_warehouse()
    start(apart)
    for part in (lines[:20], lines[35:], lines[20:35]):  # the last one is late
        apart.take(*part)
    assert digests(apart) == expected

    apart.derive()
    assert digests(apart) == expected, "a second derivation changed something"
    apart.rebuild()
    assert digests(apart) == expected, "rebuild law"
