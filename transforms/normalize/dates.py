"""Dates in expressions only: the libraries that guess dates invent today's year and day."""

from __future__ import annotations

import polars as pl

from transforms.normalize.named_dates import read_named_dates
from transforms.normalize.text import clean_text

__all__ = ["NO_DATE", "dates_from_seconds", "normalize_dates"]

#: The problem of what stands for no date, such as Outlook's 0/0/00.
NO_DATE = "It stands for no date."

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"'?(\d{4}|\d{2})"
_TIME = (
    r"(?:(?:T|,? )(\d{1,2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?(?: ?([ap])\.?m\.?)?"
    r" ?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?: ?\([^()]*\))?)?"
)
_TIME_GROUPS = ["hour", "minute", "half", "zone"]

#: Each way to write a date, with the names of its groups. `first` and `second` are day and month in either order.
_FORMS: dict[str, list[str]] = {
    r"(\d{4}) ?[-/. ] ?(\d{1,2}) ?[-/. ] ?(\d{1,2})\.?": ["year", "month", "day"],
    r"(\d{4})(\d{2})(\d{2})": ["year", "month", "day"],
    rf"{_WEEKDAY}(\d{{1,2}}) ?([-/. ]) ?(\d{{1,2}}) ?[-/. ] ?{_YEAR}": ["first", "mark", "second", "year"],
    rf"{_WEEKDAY}{_DAY}[-/. ]*(?:of )?{_MONTH}[-/., ]*{_YEAR}": ["day", "month_name", "year"],
    rf"{_WEEKDAY}{_MONTH}[-/. ]*{_DAY}[-/, ]+{_YEAR}": ["month_name", "day", "year"],
    rf"(\d{{4}})[-/. ]{_MONTH}[-/. ]{_DAY}": ["year", "month_name", "day"],
    # without a year
    r"--?(\d{1,2})-(\d{1,2})": ["month", "day"],
    r"--(\d{2})(\d{2})": ["month", "day"],
    r"(\d{1,2}) ?([-/.]) ?(\d{1,2})\.?": ["first", "mark", "second"],
    rf"{_DAY}[- .]*(?:of )?{_MONTH}": ["day", "month_name"],
    rf"{_MONTH}[- .]*{_DAY}": ["month_name", "day"],
}
_PARTS = ("year", "month", "day", "first", "second", "mark", "month_name", *_TIME_GROUPS)

#: A day count of Excel, as workbooks give it when the cell's format is lost: 1927 to 2064.
_SERIAL = r"^([1-5]\d{4})(?:\.\d+)?$"
_SERIAL_EPOCH = pl.date(1899, 12, 30)
#: Excel's own rule for years of two digits.
_LAST_SHORT_YEAR_OF_2000 = 29
_YEARS = (1800, 2199)

#: A leap year, to try days by; and the year that Apple writes where it has none.
_ANY_LEAP_YEAR, _APPLES_NO_YEAR = 2000, 1604
_NO_YEAR = "There is no year in it."
_BLANK = r"^(?:[0/.\-: T]+|0?1/0+/(?:00|1900)(?: .*)?|0000-.*)$"
_YEAR_ONLY = r"^\d{4}$"


def normalize_dates(values: pl.Series, day_first: bool | None = None, habit: bool | None = None) -> pl.DataFrame:
    """Dates of one column, judged together.

    Args:
        values: dates as received. A time with a zone is moved to UTC first, and the day is what counts (SPEC A-EA8).
        day_first: whether 3/4/1985 is the third of April; None lets the values decide: the order that most of
            the distinct ones with a number above 12 show.
        habit: the order where they do not decide, but between dots the day leads; None is month first.

    Returns:
        Frame of the same height: `date`, and `problem`, a sentence where the value is no full date, both null where
        nothing was given; `yearless`: --05-06 for a day without a year, which is a problem as a date; `is_open`: it can
        be read either way, and nobody says how, nor do all of the values that show an order show the same. A date that
        allows one reading only is read so, whatever the column's order.
    """
    column = clean_text(values).alias("value").to_frame()
    # A column of 200,000 birthdays has some 30,000 days.
    distinct = column.unique()
    dates = _read_distinct(distinct["value"], day_first, habit).with_columns(distinct)
    return column.join(dates, on="value", how="left", nulls_equal=True, maintain_order="left").drop("value")


def _read_distinct(cleaned: pl.Series, day_first: bool | None, habit: bool | None) -> pl.DataFrame:
    """`date`, `problem`, `yearless` and `is_open` of the distinct values of a column."""
    parts = _read_parts(cleaned)
    by_order = _decide_order(parts, day_first, habit)
    frame = (
        pl.concat([parts, by_order], how="horizontal")
        .with_columns(value=cleaned)
        .with_columns(
            month=pl.coalesce("month", pl.when("day_leads").then("second").otherwise("first")),
            day=pl.coalesce("day", pl.when("day_leads").then("first").otherwise("second")),
        )
    )
    written = pl.format("{}-{}-{}", "year", "month", "day").str.to_date("%Y-%m-%d", strict=False)
    has_no_year = pl.col("year").fill_null(_APPLES_NO_YEAR) == _APPLES_NO_YEAR
    in_any_year = pl.format("{}-{}-{}", pl.lit(_ANY_LEAP_YEAR), "month", "day").str.to_date("%Y-%m-%d", strict=False)
    serial = _SERIAL_EPOCH + pl.duration(days=pl.col("value").str.extract(_SERIAL, 1).cast(pl.Int64))
    in_range = pl.col("date").dt.year().is_between(*_YEARS)
    return (
        frame.with_columns(written.alias("written"))
        .with_columns(any_year=pl.when(has_no_year).then(in_any_year))
        .with_columns(date=pl.coalesce(_shift_to_utc("written"), serial))
        .select(
            date=pl.when(in_range).then("date"),
            problem=pl.when(pl.col("value").is_not_null() & ~in_range.fill_null(False)).then(_name_problem()),
            yearless=pl.col("any_year").dt.to_string("--%m-%d"),
            is_open=pl.col("is_open") & (in_range.fill_null(False) | has_no_year),
        )
    )


def dates_from_seconds(values: pl.Series) -> pl.Series:
    """The UTC day of seconds since 1970, floored, also before it: 1000000 is 1970-01-12 (SPEC EA8, A-EA8)."""
    days = (pl.col("seconds").floor() / 86_400).floor()  # first to whole seconds: a tiny negative would become zero
    in_range = days.is_between(-62_091, 84_006)  # the years 1800 to 2199
    date = pl.when(in_range).then(days).cast(pl.Int32, strict=False).cast(pl.Date)
    return values.cast(pl.Float64).alias("seconds").to_frame().select(date.alias(values.name)).to_series()


def _read_parts(cleaned: pl.Series) -> pl.DataFrame:
    """What each text says of year, month, day and time: the first form that it has, all null without one."""
    unread = cleaned.to_frame("text").with_row_index("row").drop_nulls()
    rows = pl.int_range(cleaned.len(), dtype=pl.UInt32, eager=True).to_frame("row")
    found = [pl.DataFrame(schema={"row": pl.UInt32, **dict.fromkeys(_PARTS, pl.String)})]
    for form, names in _FORMS.items():  # most columns have one: few texts are left for the others
        if unread.is_empty():
            break
        groups = unread["text"].str.extract_groups(f"(?i)^{form}{_TIME}$").struct.rename_fields([*names, *_TIME_GROUPS])
        parts = pl.concat([unread, groups.struct.unnest()], how="horizontal")
        is_read = parts[names[0]].is_not_null()
        found.append(parts.filter(is_read).drop("text"))
        unread = unread.filter(~is_read)
    read = pl.concat(found, how="diagonal")
    texts = rows.join(read, on="row", how="left", maintain_order="left").drop("row")
    texts = _fill_named(texts, cleaned)
    month = pl.col("month_name").str.slice(0, 3).str.to_lowercase()
    numbers = ("year", "month", "day", "first", "second", "hour", "minute")
    return (
        texts.with_columns(year=_full_year(), zone=_zone_minutes())
        .with_columns(pl.col(numbers).cast(pl.Int32))
        .with_columns(
            month=pl.coalesce("month", month.replace_strict(_MONTHS, range(1, 13), default=None, return_dtype=pl.Int32))
        )
        .drop("month_name")
    )


def _fill_named(texts: pl.DataFrame, cleaned: pl.Series) -> pl.DataFrame:
    """The parts, with those of texts that no form has but that name their month in another language."""
    is_open = texts.select(pl.all_horizontal(pl.all().is_null())).to_series()
    odd = (
        is_open & cleaned.str.contains(r"\d").fill_null(False) & cleaned.str.contains(r"\p{L}").fill_null(False)
    ).arg_true()
    if odd.is_empty():
        return texts
    named = read_named_dates(cleaned.gather(odd)).with_columns(row=odd)
    rows = texts.with_row_index("row").join(named, on="row", how="left", suffix="_named", maintain_order="left")
    filled = rows.with_columns(pl.coalesce(part, f"{part}_named").alias(part) for part in ("year", "month", "day"))
    return filled.select(texts.columns)


def _full_year() -> pl.Expr:
    short = pl.col("year").str.len_chars() == 2
    number = pl.col("year").cast(pl.Int32)
    century = pl.when(number <= _LAST_SHORT_YEAR_OF_2000).then(2000).otherwise(1900)
    return pl.when(short).then(number + century).otherwise(number)


def _zone_minutes() -> pl.Expr:
    """Minutes east of UTC that a zone says; Z, UTC and GMT are 0; none is null."""
    sign = pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1)
    hours = pl.col("zone").str.slice(1, 2).cast(pl.Int32, strict=False)
    minutes = pl.col("zone").str.slice(3).str.strip_prefix(":").cast(pl.Int32, strict=False).fill_null(0)
    return pl.when(pl.col("zone").is_not_null()).then((sign * (hours * 60 + minutes)).fill_null(0))


def _shift_to_utc(date: str) -> pl.Expr:
    """The day in UTC of a local day and time with a zone; without one the day stands."""
    half = pl.col("half").str.to_lowercase()
    within_half = pl.col("hour") % 12
    hour = pl.when(half == "p").then(within_half + 12).when(half == "a").then(within_half).otherwise("hour")
    minutes = hour * 60 + pl.col("minute") - pl.col("zone")
    return pl.col(date) + pl.duration(days=minutes.floordiv(24 * 60).fill_null(0))


def _decide_order(parts: pl.DataFrame, day_first: bool | None, habit: bool | None) -> pl.DataFrame:
    """`is_open`, and `day_leads` per value: its only reading, else the column's order, else the mark's or the habit."""
    first, second = pl.col("first"), pl.col("second")
    day_leads, month_leads = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    is_told = day_first is not None
    if day_first is None:
        votes = parts.select(day=day_leads.sum(), month=month_leads.sum()).row(0)
        day_first = None if votes[0] == votes[1] else votes[0] > votes[1]
        is_told = min(votes) == 0 < max(votes)
    by_habit = (pl.col("mark") == ".") | (habit is True)
    order = by_habit if day_first is None else pl.lit(day_first)
    either_way = (first <= 12) & (second <= 12) & (first != second) & (pl.col("mark") != ".")
    return parts.select(
        day_leads=pl.when(day_leads).then(True).when(month_leads).then(False).otherwise(order),
        is_open=(either_way & (not is_told)).fill_null(False),
    )


def _name_problem() -> pl.Expr:
    value = pl.col("value")
    reasons = (
        (value.str.contains(_BLANK), NO_DATE),
        ((pl.col("year") == _APPLES_NO_YEAR) & pl.col("date").is_not_null(), _NO_YEAR),
        (pl.col("date").is_not_null(), f"Its year is not between {_YEARS[0]} and {_YEARS[1]}."),
        (pl.col("year").is_not_null(), "There is no such day."),
        (pl.col("any_year").is_not_null(), _NO_YEAR),
        (pl.col("month").is_between(1, 12) & pl.col("day").is_between(1, 31), "There is no such day."),
        (value.str.contains(_YEAR_ONLY), "There is only a year in it."),
    )
    return pl.coalesce(
        *(pl.when(holds).then(pl.lit(reason)) for holds, reason in reasons),
        pl.lit("It is not written as a date that is known."),
    )
