"""Every documented example replayed: its answer is what is published, field by field, keys and lists in their order.

tests/golden/documented.jsonl holds the bodies of 000 and 004 by the line where each begins; 002 is in test_summaries,
003 in test_flat, duplicates in tests/end_to_end/test_golden.py. What differs is listed below with its reason, and a
listed difference that is none any more fails, too. Beside that, everywhere:

- An e-mail address that the documents mask may be any.
- Times are compared for being there: those of the documents are the clock of a test's transaction, updated before
  created in 66 of 265 objects (SPEC CH9).
- A user, brand or attribute definition that the documents show whole, as an association, is compared by its id.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest

from flows import stages
from schemas.ddl import polars_schema
from schemas.tables import (
    MARTS_ATTRIBUTE_DEFS,
    MARTS_CHANNELS,
    MARTS_CONTACT_ATTRIBUTES,
    MARTS_CONTACTS,
    MARTS_GROUPS,
    MARTS_LEADS,
    MARTS_RULES,
    MARTS_TAGS,
    Table,
)
from transforms.documented import SHAPES, add_address_lines

GOLDEN = Path(__file__).parents[2] / "golden"
EXAMPLES = {
    item["line"]: item["body"]
    for item in map(json.loads, (GOLDEN / "documented.jsonl").read_text(encoding="utf-8").splitlines())
}
CREATE = json.loads((GOLDEN / "create_johnny.json").read_text(encoding="utf-8"))
TEN = json.loads((GOLDEN / "import_ten.json").read_text(encoding="utf-8"))
SUBS = json.loads((GOLDEN / "merge_appleseed.json").read_text(encoding="utf-8"))["request"]
JOHNNY = EXAMPLES["004:969"]["data"][0]
OWN = f"/contacts/{JOHNNY['id']}"
USER, BRAND = JOHNNY["user_id"], JOHNNY["brand"]
GENERAL, PHONE = "9f19961b-f745-43d3-b77a-884bd6c83a00", "78ac1853-77f4-4cfa-abe3-33d2aa2262bb"
#: Not the id of the document: data/reference has that one, of another brand.
DRINKS = "0d6c8e2c-6d0e-4b3c-9a52-6f7a3a9b8c11"
START = 1778872037.0

#: What stands for any e-mail address; 000 and 004 have different spaces in it.
MASKED = ("[email protected]", "[email\xa0protected]")

E164 = "phone numbers are published in E.164 where they are valid, the documents show what they were given"
OF_SERVER = "the server chose the id, and no request tells it"
NEWEST = "DV7: an edited tag stands first, the documents' clock puts it before its creation"
TWO_PRIMARY = (
    "EA6 and A-EA1: of two e-mails marked primary the documents show both unmarked, here each side keeps its own"
)
UNASKED = "the documents leave the definition out where no association asks for it"
PHONES = dict.fromkeys((".phone_number", ".primary_phone_number", ".phone_numbers[]"), E164)
#: Line of an example -> where it is otherwise -> why.
KNOWN: dict[str, dict[str, str]] = {
    "000:196": {".conditions[].id": OF_SERVER},
    "000:304": dict.fromkeys(("[].id", "[].conditions[].id"), OF_SERVER),
    "000:548": {".conditions[].id": OF_SERVER},
    "000:747": {".contact": OF_SERVER},
    "000:786": {".contact": OF_SERVER},
    "000:819": {"[].id": OF_SERVER},
    "004:84": {"[]" + path: reason for path, reason in PHONES.items()},
    "004:969": {"[].attributes[].is_primary": TWO_PRIMARY},
    "004:2309": {"[]" + path: reason for path, reason in PHONES.items()},
    "004:2952": {"[]" + path: reason for path, reason in PHONES.items()},
    "004:3641": {".attributes[].is_primary": TWO_PRIMARY},
    "004:4796": {
        ".attributes[].is_primary": TWO_PRIMARY, ".attributes[].attribute_def": UNASKED, ".tags[]": NEWEST,
        ".attributes[].id": OF_SERVER,
    },
    "004:6642": {".attribute_def": UNASKED},
    "004:6683": {
        ".attributes[].is_primary": TWO_PRIMARY, ".attributes[].attribute_def": UNASKED, ".attributes[].id": OF_SERVER,
    },
    "004:7843": {
        **PHONES, ".attributes[].attribute_def": UNASKED, ".attributes[].id": OF_SERVER,
        ".attributes[].text": E164,
        ".attributes[].updated_by": "one e-mail of 19 rows is shown as not updated by the merge",
        **dict.fromkeys(
            (".last_touch", ".last_touch_action", ".next_touch", ".touch_freq"),
            "an e-mail and a tag's frequency of requests that the documents do not show (TO5)",
        ),
    },
    "004:8380": {
        "[].id": OF_SERVER, "[].created_by": "who first used a tag is not kept",
        **dict.fromkeys(("[].created_at", "[].updated_at"), "the tags that a brand is born with have no time here"),
    },
    "004:8624": {".tags[]": NEWEST},
    "004:9597": dict.fromkeys((".id", ".brand"), "that definition of that brand is among the reference data"),
}  # fmt: skip


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[str]:
    """Where two values differ; places in lists are not told apart."""
    name = path.rsplit(".", 1)[-1]
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key in [*expected, *(key for key in actual if key not in expected)]:
            if key not in expected or key not in actual:
                yield f"{path}.{key}"
            else:
                yield from differences(expected[key], actual[key], f"{path}.{key}")
        beside = ("summary", "attributes")  # associations are published as shapes of their own
        if [key for key in expected if key in actual and key not in beside] != [
            key for key in actual if key in expected and key not in beside
        ]:
            yield f"{path} (order)"
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for one, other in zip(expected, actual, strict=True):
            yield from differences(one, other, f"{path}[]")
    elif isinstance(expected, dict) and isinstance(actual, str):
        yield from () if expected["id"] == actual else (path,)
    elif name.endswith("_at") or name in ("last_touch", "next_touch", "last_capture_date"):
        yield from () if type(expected) is type(actual) or expected == actual else (path,)
    elif expected != actual and not (expected in MASKED and isinstance(actual, str)):
        yield path


def check(line: str, actual: Any, expected: Any = None) -> None:
    """What is published is what the example shows, but for what is known."""
    wanted = EXAMPLES[line]["data"] if expected is None else expected
    assert set(differences(wanted, actual)) == set(KNOWN.get(line, {})), line


class Shown:
    """What a warehouse publishes, as it is exported."""

    def __init__(self, log: Any):
        self.log = log

    def rows(self, shape: str, table: Table, where: str = "true", *parameters: object) -> list[dict[str, Any]]:
        rows = self.log.rows(table, where, *parameters)
        if shape == "attribute":
            rows = add_address_lines(pl.DataFrame(rows, schema=polars_schema(table))).to_dicts()
        return [json.loads(msgspec.json.encode(SHAPES[shape](row))) for row in rows]

    def contact(self, contact_id: str, *associations: str) -> dict[str, Any]:
        (contact,) = self.rows("contact", MARTS_CONTACTS, "id = ?", contact_id)
        if "summary" in associations:
            (contact["summary"],) = self.rows("summary", MARTS_CONTACTS, "id = ?", contact_id)
        if "attributes" in associations:
            contact["attributes"] = self.attributes(contact_id)
        return contact

    def attributes(self, contact_id: str) -> list[dict[str, Any]]:
        """In the order in which they came, as an export has them."""
        ordered = "contact_id = ? ORDER BY created_at, row_number, origin_contact_id, position"
        return self.rows("attribute", MARTS_CONTACT_ATTRIBUTES, ordered, contact_id)

    def attribute(self, attribute_id: str) -> dict[str, Any]:
        return next(item for item in self.attributes(JOHNNY["id"]) if item["id"] == attribute_id)


def request(after: float, method: str, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    who = {"id": f"{method} {path} {after}", "at": START + after, "user": USER, "brand": BRAND}
    return {**who, "method": method, "path": path, "body": body, **more}


def create_all() -> list[dict[str, Any]]:
    """Johnny, ACME and the ten of the import, with the ids of the answers."""
    (given,) = CREATE["request"]["contacts"]
    named = [{**item, "id": shown["id"]} for item, shown in zip(given["attributes"], JOHNNY["attributes"], strict=True)]
    company = [{"attribute_type": "company", "text": "ACME Corporation"}]
    ten = [{**item, "id": shown["id"]} for item, shown in zip(TEN["request"]["contacts"], TEN["contacts"], strict=True)]
    return [
        request(-1.1, "POST", "/contacts", {"contacts": [{**given, "id": JOHNNY["id"], "attributes": named}]}),
        request(-1, "POST", "/contacts", {"contacts": [
            {"id": "5650b850-56e2-4986-abca-fd0623c4f9ec", "user": USER, "attributes": company}
        ]}),
        # one by one: in the documents each contact of an import has a time of its own
        *(request(-0.5 + place / 1000, "POST", "/contacts/import.json", {"contacts": [item]})
          for place, item in enumerate(ten)),
    ]  # fmt: skip


@pytest.fixture
def shown(log: Any) -> Shown:
    log.put("directory", {"brands": [{"id": BRAND, "name": "Team"}]})
    log.put("requests", *create_all())
    return Shown(log)


def test_contacts_as_created_listed_and_filtered(shown: Shown) -> None:
    shown.log.derive()
    found = {contact["id"]: contact for contact in shown.rows("contact", MARTS_CONTACTS)}
    listed = EXAMPLES["004:84"]["data"]
    check("004:84", [found[contact["id"]] for contact in listed])
    assert len(found) == len(listed)
    check("004:969", [shown.contact(JOHNNY["id"], "summary", "attributes")])
    check("004:3641", shown.contact(JOHNNY["id"], "summary", "attributes"))
    for line in ("004:2309", "004:2519", "004:2734", "004:2952"):  # who is found: tests/transforms/filters
        check(line, [found[contact["id"]] for contact in EXAMPLES[line]["data"]])


def test_attributes_tags_and_touches_of_johnny(shown: Shown) -> None:
    tag, phone, email = (item["id"] for item in map(_definition, ("tag", "phone_number", "email")))
    many = {
        "ids": [contact["id"] for contact in TEN["contacts"]],
        "attributes": [{"attribute_def": tag, "text": "ManyContacts"}],
    }
    patch = json.loads(
        json.dumps(EXAMPLES["004:4741"]).replace("[email\\u00a0protected]", "johnny.personal@example.com")
    )
    added = [item["id"] for item in EXAMPLES["004:4796"]["data"]["attributes"] if item["attribute_type"] == "email"][2:]
    log = shown.log
    log.take(
        request(
            0.2,
            "POST",
            f"{OWN}/attributes",
            {"attributes": [{"id": GENERAL, "attribute_def": tag, "text": "PastClient"}]},
        ),
        request(0.3, "POST", "/contacts/attributes", EXAMPLES["004:7243"], query={"get": "true", "users": USER}),
    )
    check("004:6553", [shown.attribute(GENERAL)])
    check("004:7261", [shown.contact(JOHNNY["id"], "summary")])
    log.take(
        request(0.4, "PUT", f"{OWN}/owner", EXAMPLES["004:5390"]),
        request(0.5, "POST", f"{OWN}/attributes", {"attributes": [
            {"id": PHONE, "attribute_def": phone, "text": "+989028202679", "label": "Home-Line1"},
        ]}),
        request(0.6, "POST", f"{OWN}/attributes", {"attributes": [
            {"id": added[0], "attribute_def": email, "text": "johnny.personal@example.com", "label": "Personal"},
        ]}),
        request(0.65, "POST", f"{OWN}/attributes", {"attributes": [
            {"id": added[1], "attribute_def": email, "text": "johnny.third@example.com"},
        ]}),
        request(0.7, "PUT", f"{OWN}/attributes/{PHONE}", EXAMPLES["004:6623"]),
    )  # fmt: skip
    check("004:6642", shown.attribute(PHONE))
    log.take(request(0.8, "PATCH", OWN, patch))
    check("004:4796", shown.contact(JOHNNY["id"], "attributes"))
    log.take(
        request(1.4, "POST", f"{OWN}/attributes", {"attributes": [{"attribute_def": tag, "text": "Warm"}]}),
        request(1.6, "POST", "/contacts/attributes", many),
        request(1.9, "PATCH", f"{OWN}/touch", {"touch_freq": 43}),
    )
    check("004:8380", shown.rows("tag", MARTS_TAGS))
    check("004:8624", shown.contact(JOHNNY["id"]))
    log.take(
        request(2.0, "PATCH", "/contacts/tags/foo", {"tag": "bar"}),
        request(2.1, "PATCH", "/contacts/tags/bar/touch", {"touch_freq": 10}),
        request(2.2, "DELETE", "/contacts/tags/poo"),
        request(2.3, "DELETE", "/contacts/tags/bar"),
        request(2.4, "DELETE", f"{OWN}/attributes/{GENERAL}"),
    )
    check("004:6683", shown.contact(JOHNNY["id"], "attributes"))
    assert log.problems() == []


def _definition(name: str) -> dict[str, Any]:
    return next(item for item in EXAMPLES["004:8803"]["data"] if item["name"] == name)


def test_attribute_definitions(shown: Shown) -> None:
    created = EXAMPLES["004:9597"]["data"]
    body = {**EXAMPLES["004:9578"], "id": DRINKS}
    shown.log.take(request(3, "POST", "/contacts/attribute_defs", body))
    found = {item["id"]: item for item in shown.rows("attribute-def", MARTS_ATTRIBUTE_DEFS)}
    check("004:8803", [found[item["id"]] for item in EXAMPLES["004:8803"]["data"]])
    check("004:9597", found[DRINKS])
    assert list(found[DRINKS]) == list(created)


def test_merged_contacts(shown: Shown) -> None:
    tag, merged = _definition("tag")["id"], EXAMPLES["004:7843"]["data"]
    many = {"ids": [merged["id"]], "attributes": [{"attribute_def": tag, "text": "ManyContacts"}]}
    log = shown.log
    log.stages = (*log.stages, stages.judge, stages.block, stages.compare)
    log.take(
        request(1, "POST", "/contacts/attributes", many), request(2, "POST", f"/contacts/{merged['id']}/merge", SUBS)
    )
    check("004:7843", shown.contact(merged["id"], "attributes"))
    assert log.problems() == []


CHANNEL, RULE, GROUP = (
    "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf", "c5c7ad92-9665-43ca-838d-90196e6bcead",
    "9be1d50c-5bd4-4746-aab3-2b218aa3e750",
)  # fmt: skip
AGENT, TEAM = "f30950fe-a115-4165-b97a-89b86fbe954b", "497c9108-1031-4885-9043-5baaf215aed7"
CHANNELS, GROUPS = f"/brands/{TEAM}/leads/channels", f"/brands/{TEAM}/leads/groups"
ROUTING = (
    stages.stage_directory, stages.read_requests, stages.stage_rulebooks, stages.stage_contacts, stages.stage_requests,
    stages.stage_leads, stages.build_contacts, stages.route, stages.reassign,
)  # fmt: skip


def ask(after: float, method: str, path: str, line: str | None = None, **more: Any) -> dict[str, Any]:
    """A request of 000, with the body that begins at that line."""
    body = EXAMPLES[line] if line else None
    body = {**body, **more} if isinstance(body, dict) else body
    return {**request(after, method, path, body), "user": AGENT, "brand": TEAM}


def start_routing(log: Any, default: str) -> Shown:
    """A brand with its agent and its default channel."""
    rule = {"id": "d", "channel": default, "kind": "AND", "order": 32767, "is_default": True}
    channel = {"id": default, "brand": TEAM, "name": "Default Route", "is_default": True}
    users = [{"id": AGENT, "first_name": "John", "last_name": "Doe", "brand": TEAM}]
    campaign = {"id": "c", "brand": TEAM, "emails": [{"id": EXAMPLES["000:774"]["metadata"]["email_campaign_email"]}]}
    log.put("directory", {"brands": [{"id": TEAM, "name": "LeadChannel"}], "users": users, "campaigns": [campaign]})
    log.put("routing", {
        "valid_from": START - 9, "channels": [{**channel, "created_at": START - 9, "updated_at": START - 9}],
        "rules": [{**rule, "target": "User", "user": AGENT}],
    })  # fmt: skip
    log.stages = ROUTING
    return Shown(log)


def test_channels_rules_and_groups(log: Any) -> None:
    routed, own = start_routing(log, EXAMPLES["000:26"]["data"][0]["id"]), f"{CHANNELS}/{CHANNEL}/rules"
    log.take(ask(0, "POST", CHANNELS, "000:73", id=CHANNEL))
    listed = {item["id"]: item for item in routed.rows("channel", MARTS_CHANNELS)}
    check("000:26", [listed[item["id"]] for item in EXAMPLES["000:26"]["data"]])
    check("000:77", listed[CHANNEL])
    log.take(ask(0.5, "PUT", f"{CHANNELS}/{CHANNEL}", "000:117"))
    check("000:121", routed.rows("channel", MARTS_CHANNELS, "id = ?", CHANNEL)[0])
    log.take(ask(1, "POST", own, "000:179", id=RULE), ask(2, "POST", GROUPS, "000:656", id=GROUP))
    rules = routed.rows("rule", MARTS_RULES, "channel = ?", CHANNEL)
    check("000:196", rules[0])
    check("000:304", rules)
    check("000:628", routed.rows("group", MARTS_GROUPS))
    check("000:670", routed.rows("group", MARTS_GROUPS)[0])
    log.take(
        ask(4, "PUT", f"{own}/{RULE}", "000:522"),
        ask(5, "PATCH", f"{GROUPS}/{GROUP}", "000:693"),
    )
    (rule,) = routed.rows("rule", MARTS_RULES, "id = ?", RULE)
    check("000:548", rule)
    check("000:705", routed.rows("group", MARTS_GROUPS)[0])
    assert log.problems() == []


def test_leads_captured_and_contacts_by_channel(log: Any) -> None:
    used = EXAMPLES["000:747"]["data"]["lead_channel"]
    routed = start_routing(log, used)  # the default one, as a campaign's leads go there, too (LC3, A-O7)
    (person,) = EXAMPLES["000:819"]["data"]
    showing = {
        "first_name": "Hossein", "last_name": "Derakhshan", "email": "hossein@example.com",
        "phone_number": "481 613-1485", "source_type": "Showing", "lead_source": "Website", "tag": ["Lead", "Showing"],
        "address": {"city": "Atlanta", "state": "GA"},
    }  # fmt: skip
    log.take(
        ask(1, "POST", "/leads", "000:735", id=EXAMPLES["000:747"]["data"]["id"]),
        ask(2, "POST", "/leads", "000:774", id=EXAMPLES["000:786"]["data"]["id"]),
        {**ask(3, "POST", f"/leads/channels/{used}/webhook"), "body": showing},
    )
    leads = {item["id"]: item for item in routed.rows("lead", MARTS_LEADS)}
    for line in ("000:747", "000:786"):
        check(line, leads[EXAMPLES[line]["data"]["id"]])
    contacts = [item for item in routed.rows("contact", MARTS_CONTACTS) if item["last_name"] == person["last_name"]]
    check("000:819", contacts)
