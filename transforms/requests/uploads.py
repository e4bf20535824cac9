"""Imports of uploaded files: what a request says of a contact file, as its side file would (004:5493, 004:5908)."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import polars as pl

from schemas.vocabulary import Folder, ProblemCode
from transforms.quarantine import Problem, problems_frame
from transforms.requests.bodies import ImportBody, UploadBody

__all__ = ["FILE_IMPORTS", "UPLOAD_REQUESTS", "RequestedImports", "match_imports"]

#: Operations that import an uploaded file.
FILE_IMPORTS = ("contacts.import_csv", "contacts.import_xls", "contacts.import_xlsx")
UPLOAD_REQUESTS = ("contacts.upload", *FILE_IMPORTS)

_REASON = "no contact file of this name or id is in the inbox"
_TODO = "put the uploaded file into inbox/contacts under the name that the upload gave it"


class RequestedImports(NamedTuple):
    """Text of a side file for each contact file that requests import, and problems."""

    side_texts: dict[str, str]
    problems: pl.DataFrame


def match_imports(requests: pl.DataFrame, files: pl.DataFrame) -> RequestedImports:
    """Find the contact file of each import; of several imports of one file the last one counts.

    An import names an upload, whose name is that of the file in the inbox; or the file itself, by name or id.

    Args:
        requests: columns of staging.requests of UPLOAD_REQUESTS, in order.
        files: file_id, file_name of the contact files that were taken.
    """
    by_name = {name.rsplit("/", 1)[-1]: file_id for name, file_id in files.select("file_name", "file_id").iter_rows()}
    by_name |= {file_id: file_id for file_id in files["file_id"]}
    names: dict[str, str] = {}
    side_texts: dict[str, str] = {}
    problems: list[Problem] = []
    for request in requests.iter_rows(named=True):
        if request["operation"] == "contacts.upload":
            upload = msgspec.json.decode(request["body"], type=UploadBody)
            names[upload.id] = upload.name
            continue
        asked = msgspec.json.decode(request["body"], type=ImportBody)
        file_id = by_name.get(names.get(asked.file_id, asked.file_id))
        if file_id is None:
            problems.append(_refuse(request, asked.file_id))
        else:
            side_texts[file_id] = _write_side_text(request, asked)
    return RequestedImports(side_texts, problems_frame(problems))


def _write_side_text(request: dict[str, Any], asked: ImportBody) -> str:
    given = {"owner": asked.owner or request["user_id"], "brand": request["brand_id"], "mappings": asked.mappings}
    return msgspec.json.encode({key: value for key, value in given.items() if value is not None}).decode()


def _refuse(request: dict[str, Any], file_id: str) -> Problem:
    return Problem(
        request["file_id"], Folder.REQUESTS, ProblemCode.UNKNOWN_ID, _REASON, _TODO,
        row_number=request["record_number"], column_name="body.file_id", value=file_id,
    )  # fmt: skip
