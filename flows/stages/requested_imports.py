"""Contact files that requests import: what they say stands for a side file, where there is none."""

from __future__ import annotations

from flows.quarantine import quarantine
from flows.store import Store
from schemas.tables import OPS_QUARANTINE, RAW_FILES, STAGING_REQUESTS
from schemas.vocabulary import Folder
from transforms.requests.parsing import sort_requests
from transforms.requests.uploads import UPLOAD_REQUESTS, match_imports

__all__ = ["read_requested_imports"]

_STAGE = "requested_imports"


def read_requested_imports(store: Store) -> dict[str, str]:
    """file_id -> text of a side file, of the contact files that requests import; others are quarantined."""
    asked = store.read(STAGING_REQUESTS, where="list_contains(?, operation)", parameters=[list(UPLOAD_REQUESTS)])
    files = store.read(RAW_FILES, ["file_id", "file_name"], "folder = ?", [Folder.CONTACTS.value])
    found = match_imports(sort_requests(asked), files)
    store.delete(OPS_QUARANTINE, "stage = ?", [_STAGE])
    quarantine(store, _STAGE, found.problems)
    return found.side_texts
