"""What is said of a workbook that is not read."""

from __future__ import annotations

from schemas.errors import SourceError
from schemas.vocabulary import ProblemCode

__all__ = ["encrypted", "too_large", "unreadable"]


def unreadable(what: str = "the workbook is damaged, or of a kind that is not read") -> SourceError:
    """Nothing of it can be relied on."""
    todo = "open it in a spreadsheet program and save it again as .xlsx"
    return SourceError(ProblemCode.UNREADABLE, what, todo=todo)


def too_large(what: str) -> SourceError:
    """It is out of all proportion."""
    todo = "copy the table alone into a new workbook and save that"
    return SourceError(ProblemCode.TOO_LARGE, what, todo=todo)


def encrypted() -> SourceError:
    """A password is needed."""
    todo = "open it, remove the password, and save it again"
    return SourceError(ProblemCode.ENCRYPTED, "the workbook is protected with a password", todo=todo)
