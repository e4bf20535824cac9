"""Saved segments beside a log."""

from typing import Any

from flows import stages
from schemas.tables import MARTS_QUARANTINE, MARTS_SEGMENT_MEMBERS


def test_segments_are_filled_by_what_requests_made_of_contacts(log: Any) -> None:
    body = {"contacts": [{"id": name, "attributes": [{"attribute_type": "tag", "text": name}]} for name in "ab"]}
    who = {"user": "u", "brand": "b"}
    log.put("segments", {"name": "tagged x", "filter": [{"attribute_type": "tag", "value": "X"}]}, {"crm_task": "t"})
    log.take(
        {"id": 1, "at": 1, **who, "method": "POST", "path": "/contacts", "body": body},
        {"id": 2, "at": 2, **who, "method": "PATCH", "path": "/contacts/tags/b", "body": {"tag": "x"}},
    )
    log.rows(MARTS_QUARANTINE)
    for _ in range(2):
        assert stages.fill_segments(log.run) == {"segments": 1, "members": 1, "quarantined": 1}
    assert log.rows(MARTS_SEGMENT_MEMBERS) == [{"segment": "tagged x", "position": 1, "contact_id": "b"}]
    (problem,) = log.rows(MARTS_QUARANTINE)
    assert (problem["code"], problem["folder"], problem["row"]) == ("bad_filter", "segments", 2)
