"""A record that is no lead: raised while it is read, quarantined by whoever reads records."""

from __future__ import annotations

from schemas.vocabulary import ProblemCode

__all__ = ["Refused"]


class Refused(Exception):
    """Why a record cannot be taken; never leaves transforms.leads."""

    def __init__(self, code: ProblemCode, reason: str, todo: str, column: str | None = None, value: str | None = None):
        self.code = code
        self.reason = reason
        self.todo = todo
        self.column = column
        self.value = value
        super().__init__(reason)
