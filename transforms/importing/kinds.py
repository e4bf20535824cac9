"""One kind of value at a time into its normal form: the same for cells of files and for JSON attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from schemas.vocabulary import ProblemCode
from transforms.normalize.dates import normalize_dates
from transforms.normalize.distinct import map_distinct
from transforms.normalize.emails import normalize_emails
from transforms.normalize.mojibake import mend_mojibake
from transforms.normalize.phones import normalize_phones
from transforms.normalize.text import clean_and_fold, fold_text, is_junk

__all__ = ["NORMAL_SCHEMA", "Junk", "kind_of", "normalize_values", "todo_for"]

#: What normalizing gives: one of the value columns, the match key, or a code and a sentence.
NORMAL_SCHEMA: Final = {
    "text": pl.String, "number": pl.Float64, "date": pl.Date, "match_key": pl.String,
    "code": pl.String, "reason": pl.String,
}  # fmt: skip

#: What a person can do about each kind of problem with a cell.
_TODO: Final = {
    ProblemCode.PLACEHOLDER: "nothing, it was taken as empty; to keep it as a value, map the column to note",
    ProblemCode.LABEL_WITHOUT_VALUE: "nothing, unless the value beside it is missing by mistake",
}
_CORRECT: Final = "correct the cell and import the file again, or map the column to note"

_KINDS: Final = {
    "email": "email", "phone_number": "phone", "tag": "tag", "note": "note",
    "first_name": "name", "middle_name": "name", "last_name": "name", "nickname": "name", "marketing_name": "name",
}  # fmt: skip
_CODES: Final = {
    "email": ProblemCode.BAD_EMAIL, "phone": ProblemCode.BAD_PHONE, "date": ProblemCode.BAD_DATE,
    "number": ProblemCode.BAD_NUMBER,
}  # fmt: skip
_FOLDED: Final = ("text", "name")  # kinds whose match key is the folded text
_UNLIKE_A_NAME: Final = re.compile(r"[^\w\s.]|^[\W\d_]+$")
_GOOGLE_GROUP: Final = r"^\*\s*"
_QUOTED: Final = r'^"([^"]+)"$'  # Mailchimp's tags


@dataclass(frozen=True)
class Junk:
    """Folded texts that stand for nothing. Null, None and Na are people's names as well: there only marks count."""

    values: frozenset[str]
    in_names: frozenset[str]

    @classmethod
    def of(cls, values: pl.Series) -> Junk:
        """From junk_values.csv."""
        texts = frozenset(values.drop_nulls().to_list())
        return cls(texts, frozenset(text for text in texts if _UNLIKE_A_NAME.search(text)))

    def of_kind(self, kind: str) -> frozenset[str]:
        """What stands for nothing in values of a kind; a note may say anything."""
        return frozenset() if kind == "note" else self.in_names if kind == "name" else self.values


def kind_of(attribute_type: str, data_type: str) -> str:
    """How values of a definition are read: email, phone, tag, note, name, text, number, date or address."""
    return _KINDS.get(attribute_type, data_type) if data_type == "text" else data_type


def normalize_values(values: pl.Series, kind: str, region: str, junk: Junk) -> pl.DataFrame:
    """Values of one kind in normal form.

    Args:
        values: as received, none null.
        kind: see `kind_of`; addresses are read elsewhere.
        region: country of phone numbers without prefix.
        junk: what stands for nothing.

    Returns:
        NORMAL_SCHEMA, same height; each row has a value or a `code` with its `reason`.
    """
    frame = _NORMALIZERS[kind](values, region)
    missing = {name: pl.lit(None, dtype).alias(name) for name, dtype in NORMAL_SCHEMA.items()}
    folded = frame["match_key"] if kind in _FOLDED else None
    is_placeholder = is_junk(values, junk.of_kind(kind), folded)
    held = [name for name in ("text", "number", "date") if name in frame.columns]
    if not is_placeholder.any() and any(frame[name].null_count() == 0 for name in held):
        lacking = {name: column for name, column in missing.items() if name not in frame.columns or name == "reason"}
        return frame.select(lacking.get(name, pl.col(name)) for name in NORMAL_SCHEMA)
    empty = pl.all_horizontal(pl.col(name).is_null() for name in held)
    return (
        frame.with_columns(column for name, column in missing.items() if name not in frame.columns)
        .with_columns(is_placeholder=is_placeholder)
        .with_columns(
            code=pl.when("is_placeholder")
            .then(pl.lit(ProblemCode.PLACEHOLDER.value))
            .when(empty)
            .then(pl.lit(_CODES.get(kind, ProblemCode.PLACEHOLDER).value)),
            reason=pl.when("is_placeholder")
            .then(pl.lit("It is a placeholder for no value."))
            .when(empty)
            .then(pl.coalesce("reason", pl.lit("There is nothing readable in it."))),
        )
        .select(
            *(pl.when(pl.col("code").is_null()).then(name).alias(name) for name in list(NORMAL_SCHEMA)[:4]),
            "code",
            "reason",
        )
    )


def todo_for(code: pl.Expr) -> pl.Expr:
    """What to do about a problem with a cell."""
    known = {key.value: text for key, text in _TODO.items()}
    return code.replace_strict(known, default=_CORRECT, return_dtype=pl.String)


def _text(values: pl.Series, region: str) -> pl.DataFrame:
    text, match_key = clean_and_fold(values)
    return pl.DataFrame({"text": text, "match_key": match_key})


def _note(values: pl.Series, region: str) -> pl.DataFrame:
    """A note keeps its line breaks."""
    odd = values.str.contains(r"[^\x00-\x7f]")
    mended = map_distinct(values, mend_mojibake, pl.String, where=odd)
    text = pl.select(pl.coalesce(mended, values).str.strip_chars()).to_series()
    return pl.DataFrame({"text": text, "match_key": fold_text(values)})


def _tag(values: pl.Series, region: str) -> pl.DataFrame:
    plain = values.str.strip_chars().str.replace(_GOOGLE_GROUP, "").str.replace(_QUOTED, "$1")
    return _text(plain, region)


def _email(values: pl.Series, region: str) -> pl.DataFrame:
    return normalize_emails(values).rename({"problem": "reason"})


def _phone(values: pl.Series, region: str) -> pl.DataFrame:
    return normalize_phones(values, region).rename({"problem": "reason"})


def _date(values: pl.Series, region: str) -> pl.DataFrame:
    frame = normalize_dates(values).rename({"problem": "reason"})
    return frame.with_columns(match_key=pl.col("date").dt.to_string("%Y-%m-%d"))


def _number(values: pl.Series, region: str) -> pl.DataFrame:
    number = values.str.strip_chars().str.replace_all(r"[$€£,\s]", "").cast(pl.Float64, strict=False)
    finite = pl.when(pl.col("number").is_finite()).then("number")
    frame = pl.DataFrame({"number": number}).with_columns(number=finite)
    return frame.with_columns(match_key=pl.col("number").cast(pl.String), reason=pl.lit("It is no number."))


_NORMALIZERS: Final[dict[str, Callable[[pl.Series, str], pl.DataFrame]]] = {
    "text": _text, "name": _text, "note": _note, "tag": _tag, "email": _email, "phone": _phone,
    "date": _date, "number": _number,
}  # fmt: skip
