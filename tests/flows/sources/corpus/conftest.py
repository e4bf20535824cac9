"""One door to the readers for the hostile corpus: what came of a file, in plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from flows.settings import Limits
from flows.sources.inbox import list_inbox
from flows.sources.items import Records, Rows
from flows.sources.messages import Fault, SheetRead
from flows.sources.reader import open_source
from schemas.errors import SourceError
from schemas.vocabulary import Folder


@dataclass
class Outcome:
    """Rows and records as read; or the code of the refusal."""

    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    sheets: dict[str, SheetRead] = field(default_factory=dict)
    payloads: list[str] = field(default_factory=list)
    faults: list[tuple[str, int | None, str | None]] = field(default_factory=list)
    refused: str | None = None
    reason: str = ""


ReadBytes = Callable[..., Outcome]


@pytest.fixture
def read_bytes(tmp_path: Path) -> ReadBytes:
    """Put bytes under a name into an inbox, and read them as a run would."""

    def read(content: bytes, name: str, limits: Limits | None = None) -> Outcome:
        folder = tmp_path / "inbox" / "contacts"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        (file,) = [file for file in list_inbox(tmp_path / "inbox", (Folder.CONTACTS,)).files if file.name == name]
        outcome = Outcome()
        try:
            for item in open_source(file, limits or Limits()).items:
                if isinstance(item, Rows):
                    outcome.rows += item.frame["cells"].to_list()
                elif isinstance(item, Records):
                    outcome.payloads += item.frame["payload"].to_list()
                elif isinstance(item, SheetRead):
                    outcome.sheets[item.name] = item
                    outcome.header = outcome.header or item.header
                elif isinstance(item, Fault):
                    outcome.faults.append((item.code, item.row_number, item.column_name))
        except SourceError as error:
            return Outcome(refused=str(error.code), reason=str(error))
        return outcome

    return read
