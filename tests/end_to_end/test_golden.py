"""The golden cases of SPEC 1.14, through the real command. E-mails are invented; the document masks them."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.export import export_shape

GOLDEN = Path(__file__).parents[1] / "golden"
TEN, JOHNNY, APPLESEED = (
    json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("import_ten", "create_johnny", "merge_appleseed")
)
BRAND = "20dd2b4a-9e0e-4ad6-b32f-1aabfefd78ae"
USER = "80a227b2-29a0-11e7-b636-e4a7a08e15d4"
TAG = "5b3c994e-7569-4df8-b8db-f37421a684f7"
ACME = {"attributes": [{"text": "ACME Corporation", "attribute_def": "a49339a0-c224-49aa-a7f2-e08817e4dea3"}]}
CHANNEL, RULE = "8607bf2a-992a-44a0-a2f7-ddd46fbfafbf", "c5c7ad92-9665-43ca-838d-90196e6bcead"


def ask(number: int, method: str, path: str, body: Any, at: float) -> dict[str, Any]:
    return {
        "id": f"r{number}", "at": at, "user": USER, "brand": BRAND, "method": method, "path": path, "body": body,
    }  # fmt: skip


def put_documented_contacts(home, *requests: dict[str, Any], settings: str = "") -> None:
    """The eleven contacts of 004:84 and Johnny, with the ids that the document gives them."""
    (home.path / "settings.toml").write_text(f'brand = "{BRAND}"\n{settings}')
    named = zip(TEN["request"]["contacts"], TEN["contacts"], strict=True)
    contacts = [{**request, "id": response["id"]} for request, response in named]
    home.put("contacts/ten.json", {"contacts": contacts})
    johnny = {**JOHNNY["request"]["contacts"][0], "id": JOHNNY["contact"]["id"]}
    acme = {**ACME, "user": USER, "id": "5650b850-56e2-4986-abca-fd0623c4f9ec"}
    home.put(
        "requests/log.jsonl",
        [
            ask(1, "POST", "/contacts", {"contacts": [johnny]}, JOHNNY["at"]),
            ask(2, "POST", "/contacts", {"contacts": [acme]}, JOHNNY["at"] + 1),
            *requests,
        ],
    )


def digits(phones: list[str] | None) -> list[str] | None:
    """Phones as compared: leadpipe publishes E.164, the document what it was given."""
    return phones and [re.sub(r"\D", "", phone)[-10:] for phone in phones]


def plain(address: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in address.items() if part is not None and name not in ("label", "full_clean")}


def test_cases_1_to_4_contacts_filters_and_clusters(home) -> None:
    put_documented_contacts(home, settings="[matching]\nauto_merge = false\n")
    home.run()
    found = {row["id"]: row for row in home.rows("SELECT * FROM contacts")}
    assert len(found) == 12

    # case 2: ten imported contacts come out as documented
    same = ("display_name", "sort_field", "first_name", "last_name", "source_type", "ios_address_book_id", "tags")
    for expected in TEN["contacts"]:
        contact = found[expected["id"]]
        assert {name: contact[name] for name in same if name in expected} == {
            name: expected[name] for name in same if name in expected
        }
        assert digits(contact["phone_numbers"]) == digits(expected["phone_numbers"])
        assert [plain(address) for address in contact["address"] or []] == (expected["address"] or [])
        birthday = expected["birthday"] and expected["birthday"][:10]
        assert (contact["birthday"] and contact["birthday"].isoformat()) == birthday
        assert contact["created_for"] == "import_json"

    # case 1: Johnny, with his summary, partner, address and attributes
    johnny, expected = found[JOHNNY["contact"]["id"]], JOHNNY["contact"]
    named = {name for name in expected if isinstance(expected[name], str | bool | None)} & set(johnny)
    timed = {"birthday", "created_at", "updated_at", "last_touch", "next_touch"}
    assert {name: johnny[name] for name in named - timed} == {name: expected[name] for name in named - timed}
    assert {name: johnny["summary"][name] for name in expected["summary"] if name != "type"} == {
        name: value for name, value in expected["summary"].items() if name != "type"
    }
    assert (johnny["emails"], johnny["tags"], johnny["website"]) == (
        expected["emails"], expected["tags"], expected["website"],
    )  # fmt: skip
    assert [plain(address) for address in johnny["address"]] == expected["address"]
    assert johnny["birthday"].isoformat() == expected["birthday"][:10]
    attributes = home.rows(f"SELECT * FROM contact_attributes WHERE contact_id = '{johnny['id']}'")
    assert len(attributes) == len(expected["attributes"]) == 22
    primaries = {(row["is_partner"], row["is_primary"]) for row in attributes if row["attribute_type"] == "email"}
    assert primaries == {(False, True), (True, True)}  # SPEC A-EA1; the document shows both false (EA6)

    # case 3: filters
    def filtered(*conditions: dict[str, Any]) -> list[str]:
        shown = home.leadpipe("filter", json.dumps({"filter": list(conditions)})).stdout
        return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.sub(r"\s+", " ", shown))

    def tagged(tag: str, **more: bool) -> dict[str, Any]:
        return {"attribute_def": TAG, "value": tag, **more}

    others = sorted(set(found) - {johnny["id"]})
    assert johnny["id"] in filtered(tagged("New"), tagged("foo"))
    assert not set(others) & set(filtered(tagged("New"), tagged("foo")))
    listed = [name for name in filtered(tagged("New", invert=True), tagged("foo", invert=True)) if name in found]
    assert list(dict.fromkeys(listed)) == others

    # case 4: clusters at tier 1, and the pair that a person has to look at
    names = {row["id"]: row["display_name"] for row in found.values()}
    pairs = {
        frozenset((names[row["contact_id_l"]], names[row["contact_id_r"]])): row["decision"]
        for row in home.rows("SELECT * FROM duplicate_pairs")
    }
    assert pairs[frozenset(("Zakroff", "Hank Zakroff"))] == "merge"
    assert pairs[frozenset(("Goat Boy", "Goat Boy 2"))] == "merge"
    assert pairs[frozenset(("David", "David Taylor"))] == "review"
    assert list(pairs.values()).count("merge") == 2
    parents = {row["suggested_parent"] for row in home.rows("SELECT * FROM duplicate_clusters")}
    assert min(id_ for id_, name in names.items() if "Zakroff" in name) in parents
    export_shape(home.path / "published", "duplicates", home.path / "duplicates.jsonl")
    clusters = [json.loads(line) for line in (home.path / "duplicates.jsonl").read_text().splitlines()]
    check_clusters(clusters)


def check_clusters(clusters: list[dict[str, Any]]) -> None:
    """Clusters as documented (004:7410, 004:7551), contacts key by key.

    Otherwise are, as tests/flows/requests/test_examples says: the numbers of clusters, times, phone numbers (E.164),
    masked e-mail addresses, and what requests left on them that the documents do not show: tags and touches.
    """
    told = [json.loads(line) for line in (GOLDEN / "documented.jsonl").read_text(encoding="utf-8").splitlines()]
    examples = {item["line"]: item["body"]["data"] for item in told if item["line"] in ("004:7410", "004:7551")}
    found = {tuple(item["id"] for item in cluster["contacts"]): cluster["contacts"] for cluster in clusters}
    unlike = ("created_at", "updated_at", "tags", "touch_freq", "next_touch", "last_touch", "last_touch_action",
              "updated_for", "email", "primary_email", "emails", "phone_number", "primary_phone_number")  # fmt: skip
    for expected in [examples["004:7410"], *examples["004:7551"]]:
        contacts = found[tuple(item["id"] for item in expected["contacts"])]
        for contact, wanted in zip(contacts, expected["contacts"], strict=True):
            assert list(contact) == list(wanted)
            assert len(contact["emails"] or []) == len(wanted["emails"] or [])
            assert digits(contact["phone_numbers"]) == digits(wanted["phone_numbers"])
            same = [key for key in wanted if key not in (*unlike, "phone_numbers")]
            assert {key: contact[key] for key in same} == {key: wanted[key] for key in same}


@pytest.fixture(scope="module")
def merged_and_touched(make_home):
    """A home that took the requests of cases 5 and 6, which are about different contacts."""
    home, at = make_home(), JOHNNY["at"]
    put_documented_contacts(
        home,
        ask(3, "POST", f"/contacts/{APPLESEED['parent']}/merge", APPLESEED["request"], at + 2),
        ask(4, "PATCH", "/contacts/tags/foo/touch", {"touch_freq": 10}, at + 10),
        ask(5, "PATCH", "/contacts/5650b850-56e2-4986-abca-fd0623c4f9ec/touch", {"touch_freq": 43}, at + 20),
    )
    home.run()
    return home


def test_case_5_merge_of_appleseed(merged_and_touched) -> None:
    home = merged_and_touched
    (merged,) = home.rows(f"SELECT * FROM contacts WHERE id = '{APPLESEED['parent']}'")
    expected = APPLESEED["contact"]
    for name in ("display_name", "sort_field", "first_name", "last_name", "ios_address_book_id", "updated_for"):
        assert merged[name] == expected[name], name
    assert sorted(digits(merged["phone_numbers"])) == sorted(digits(expected["phone_numbers"]))
    assert len(merged["emails"]) == 4
    assert plain(merged["address"][0])["full"] == expected["address"][0]["full"]
    indexes = home.rows(
        "SELECT address.city AS city, index, is_primary FROM contact_attributes"
        f" WHERE contact_id = '{APPLESEED['parent']}' AND attribute_type = 'address'"
    )
    assert {(row["city"], row["index"], row["is_primary"]) for row in indexes} == {
        ("Atlanta", 0, False), ("Corte Madera", 1, False), ("Hillsborough", 2, True),
    }  # fmt: skip
    aliases = home.rows(f"SELECT contact_id FROM contact_aliases WHERE canonical_id = '{APPLESEED['parent']}'")
    assert {row["contact_id"] for row in aliases} == {APPLESEED["parent"], *APPLESEED["request"]["sub_contacts"]}
    assert home.rows("SELECT count(*) AS n FROM contacts") == [{"n": 12 - 2 - 2}]  # tier 1 merges two pairs as well


def test_case_6_touches(merged_and_touched) -> None:
    home, at = merged_and_touched, JOHNNY["at"]
    frequencies = {
        row["display_name"]: (row["touch_freq"], row["touch_freq_source"], row["next_touch"])
        for row in home.rows("SELECT * FROM contacts WHERE touch_freq IS NOT NULL")
    }
    moment = datetime.fromtimestamp(at, UTC)
    assert frequencies.keys() == {"Johnny", "ACME Corporation"}
    for name, days, source, set_after in (("Johnny", 10, "tag:foo", 10), ("ACME Corporation", 43, "contact", 20)):
        freq, freq_source, next_touch = frequencies[name]
        assert (freq, freq_source) == (days, source)
        assert abs(next_touch - (moment + timedelta(days=days, seconds=set_after))) < timedelta(seconds=1)


@pytest.mark.parametrize("body", ["object", "text"])
def test_case_7_a_showing_lead(home, body: str) -> None:
    put_rules(home)
    lead = {
        "first_name": "Hossein", "last_name": "Derakhshan", "email": "hossein@example.com",
        "phone_number": "481 613-1485", "source_type": "Showing", "lead_source": "Website", "tag": ["Showing", "Lead"],
        "address": {"city": "Atlanta", "state": "GA"},
    }  # fmt: skip
    delivery = {"lead_channel": CHANNEL, "received_at": 1783014869.079451}
    home.put("leads/showing.json", {**delivery, "body": lead if body == "object" else json.dumps(lead)})
    home.run()
    (contact,) = home.rows("SELECT * FROM contacts")
    shown = ("display_name", "sort_field", "source_type", "source", "created_for", "phone_numbers", "last_touch_action")
    assert [contact[name] for name in shown] == [
        "Hossein Derakhshan", "Derakhshan Hossein", "Showing", "Website", "lts_lead", ["481 613-1485"], None,
    ]  # fmt: skip
    assert set(contact["tags"]) == {"Showing", "Lead"}
    (address,) = contact["address"]
    assert (address["full"], address["full_clean"], address["line2"]) == (", Atlanta GA", "Atlanta GA", "Atlanta GA")
    assert contact["last_touch"].timestamp() == pytest.approx(1783014869.079451)


def put_rules(home) -> None:
    """The rulebook of 000 as it stood after creation, and as it stood after the update."""
    agent = "f30950fe-a115-4165-b97a-89b86fbe954b"
    brand = "497c9108-1031-4885-9043-5baaf215aed7"
    channel = {"id": CHANNEL, "brand": brand, "name": None, "is_default": False}
    default = {
        "id": "1017ccc1-90b6-4633-885a-5097ed24fec1", "channel": CHANNEL, "kind": "AND", "order": 32767,
        "is_default": True, "conditions": None, "target": "User", "user": agent, "brand": brand,
    }  # fmt: skip
    first = {"field": "price", "operator": "gte", "value": 500000, "order": 1}
    rule = {"id": RULE, "channel": CHANNEL, "kind": "AND", "order": 1, "target": "User", "user": agent, "brand": brand}
    updated = [
        {"field": "postal_code", "operator": "any", "value": ["90210", "90211"], "order": 1},
        {"field": "price", "operator": "lte", "value": 1000000, "order": 2},
    ]
    after = {**rule, "kind": "OR", "order": 2, "target": "Brand", "user": None, "conditions": updated}
    home.put("routing/1.json", {"channels": [channel], "rules": [default, {**rule, "conditions": [first]}]})
    home.put("routing/2.json", {"valid_from": "2026-07-02T19:00:00Z", "channels": [channel], "rules": [default, after]})
    users = [{"id": agent, "first_name": "John", "last_name": "Doe", "user_status": "Active"}]
    home.put("directory/people.json", {"brands": [{"id": brand, "name": "LeadChannel"}], "users": users})


def test_case_8_the_documented_rules_route_as_they_stood(home) -> None:
    put_rules(home)

    def lead(name: str, at: str, price: object, postcode: str = "30303") -> dict[str, Any]:
        listing = {"price": price, "property": {"address": {"postal_code": postcode}}}
        return {
            "id": name, "received_at": at, "metadata": {"lead_channel": CHANNEL},
            "lead": {"first_name": name, "email": f"{name}@example.com", "listing": listing},
        }  # fmt: skip

    before, after = "2026-07-02T18:00:00Z", "2026-07-02T20:00:00Z"
    home.put(
        "leads/leads.jsonl",
        [
            lead("exact", before, 500000), lead("below", before, "499,999"), lead("text", before, "$650k"),
            lead("zip", after, 2_000_000, "90210-1234"), lead("cheap", after, 1_000_000),
            lead("neither", after, 1_000_001), lead("blank", after, None),
        ],
    )  # fmt: skip
    home.run()
    decided = {
        row["lead_id"]: (row["outcome"], row["target"], row["rule_order"])
        for row in home.rows("SELECT * FROM routing_decisions")
    }
    assert decided == {
        "exact": ("rule", "User", 1), "below": ("default_rule", "User", 32767), "text": ("rule", "User", 1),
        "zip": ("rule", "Brand", 2), "cheap": ("rule", "Brand", 2),
        "neither": ("default_rule", "User", 32767), "blank": ("default_rule", "User", 32767),
    }  # fmt: skip
    (channel,) = home.rows("SELECT capture_number, rules_count FROM channels")
    assert channel == {"capture_number": 7, "rules_count": "2"}
