"""Requests on several contacts are answered as one (004:2169, 2188): applied whole, or not at all."""

from typing import Any

from schemas.tables import CORE_CONTACTS, MARTS_QUARANTINE


def ask(number: int, method: str, path: str, body: Any = None) -> dict[str, Any]:
    who = {"id": number, "at": 1778872000 + number, "user": "u", "brand": "b"}
    return {**who, "method": method, "path": path, "body": body}


def tag(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "attributes": [{"attribute_type": "tag", "text": text}]}


BORN = ask(1, "POST", "/contacts", {"contacts": [tag("c1", "a"), tag("c2", "b"), tag("c3", "c")]})


def test_one_that_cannot_be_changed_holds_back_the_whole_request(log: Any) -> None:
    log.take(
        BORN,
        ask(2, "PATCH", "/contacts", {"contacts": [tag("c1", "two"), tag("nobody", "two")]}),
        ask(3, "PATCH", "/contacts", {"contacts": [tag("c1", "three"), tag("c2", "three")]}),
        ask(4, "DELETE", "/contacts/c2"),
        ask(5, "PATCH", "/contacts", {"contacts": [tag("c1", "five"), tag("c2", "five")]}),
        ask(6, "DELETE", "/contacts", {"ids": ["c3", "c2"]}),
        ask(7, "DELETE", "/contacts", {"ids": ["c3"]}),
    )
    assert log.texts("c1") == ["a", "three"]
    assert {row["contact_id"] for row in log.rows(CORE_CONTACTS, "deleted_at IS NULL")} == {"c1"}
    assert log.problems() == [("unknown_id", 2), ("unknown_id", 5), ("unknown_id", 6)]
    assert all(row["reason"].endswith("nothing of the request is applied") for row in log.rows(MARTS_QUARANTINE))


def test_a_request_that_is_refused_as_a_whole_leaves_room_for_those_after_it(log: Any) -> None:
    """Refused is refused at its time, whatever comes later: the second deletion hangs on the first one's refusal."""
    log.take(
        BORN,
        ask(3, "DELETE", "/contacts", {"ids": ["c1", "nobody"]}),
        ask(4, "PATCH", "/contacts", {"contacts": [tag("c1", "four"), tag("c2", "four")]}),
        ask(6, "DELETE", "/contacts", {"ids": ["c2", "c3"]}),
    )
    assert log.texts("c1") == ["a", "four"]
    log.take(ask(2, "DELETE", "/contacts/c3"))  # late: now the last one is refused, and c2 stays
    assert {row["contact_id"] for row in log.rows(CORE_CONTACTS, "deleted_at IS NULL")} == {"c1", "c2"}
    log.take(ask(5, "POST", "/contacts", {"contacts": [tag("nobody", "n")]}))
    assert log.texts("c1") == ["a", "four"]
