"""The table of documented operations says what the code does, and its tables are published."""

import re
from pathlib import Path

from schemas.tables import tables_of
from schemas.vocabulary import Layer
from transforms.requests.bodies import BODIES
from transforms.requests.operations import OPERATIONS, Support

README = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
STATES = {Support.APPLIED: "applied", Support.READ: "read"}
#: Applied operations whose documents show no body.
WITHOUT_BODY = {
    "contacts.delete", "attributes.delete", "tags.delete", "attribute_defs.delete", "channels.create",
    "channels.delete", "rules.delete", "groups.delete",
    "flat_contacts.delete",
}  # fmt: skip


def rows() -> list[list[str]]:
    section = README.split("## Documented operations")[1]
    lines = [line for line in section.splitlines() if re.match(r"\| (GET|POST|PUT|PATCH|DELETE) ", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_operation_has_its_row_and_no_other() -> None:
    wanted = [[f"{item.method} {item.path}", item.document, STATES[item.support]] for item in OPERATIONS]
    assert [row[:3] for row in rows()] == wanted


def test_the_tables_named_are_published() -> None:
    named = {name for row in rows() for name in re.findall(r"`(\w+)`", row[3])}
    assert named <= {table.name for table in tables_of(Layer.MARTS)}


def test_an_applied_operation_has_a_body_that_is_checked_unless_it_takes_none() -> None:
    applied = {item.name for item in OPERATIONS if item.support is Support.APPLIED}
    assert set(BODIES) | WITHOUT_BODY == applied
    assert not set(BODIES) & WITHOUT_BODY
