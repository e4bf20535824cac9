"""One hierarchy. An error says where it happened, what was expected, what was found and what to do."""

from __future__ import annotations

__all__ = [
    "BusyError",
    "ContractError",
    "NotFoundError",
    "PipelineError",
    "SettingsError",
    "SourceError",
    "UnsupportedError",
]


class PipelineError(Exception):
    """Base of every error that leadpipe raises on purpose.

    The parts are attributes, so that a caller can put them in columns; the message puts them in one
    sentence each. Never put a person's data into any of them.
    """

    def __init__(self, what: str, *, where: str | None = None, expected: str | None = None, todo: str | None = None):
        self.what = what
        self.where = where
        self.expected = expected
        self.todo = todo
        parts = [f"{where}: {what}" if where else what]
        if expected:
            parts.append(f"expected {expected}")
        if todo:
            parts.append(todo)
        super().__init__(" ".join(part if part.endswith((".", "!", "?", "^")) else f"{part}." for part in parts))


class SourceError(PipelineError):
    """An input file cannot be read as a whole; its rows are not taken, the run goes on."""

    def __init__(self, code: str, what: str, *, where: str | None = None, expected: str | None = None, todo: str = ""):
        self.code = code
        super().__init__(what, where=where, expected=expected, todo=todo)


class SettingsError(PipelineError):
    """settings.toml or a command-line argument is wrong."""


class ContractError(PipelineError):
    """A frame does not have the columns or values that its table model promises: a fault of ours."""


class BusyError(PipelineError):
    """Another run is writing to the warehouse."""


class NotFoundError(PipelineError):
    """What was asked for by id, or a warehouse, is not there."""


class UnsupportedError(PipelineError):
    """A documented thing that leadpipe does not do yet."""
