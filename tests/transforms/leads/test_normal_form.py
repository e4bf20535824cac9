"""Values and conditions meet in one normal form (SPEC A-C8, A-C9)."""

import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_LEAD_FIELDS
from transforms.leads.normal_form import FIELD_TYPES, MULTI_FIELDS, normalize_field


def normal(field: str, *values: str | None) -> list[str | float | None]:
    return normalize_field(field, pl.Series("v", values, dtype=pl.String), "US").to_list()


def test_a_c10_the_catalogue_is_the_table_of_fields() -> None:
    columns = polars_schema(CORE_LEAD_FIELDS)
    assert set(FIELD_TYPES) == set(columns) - {"lead_id"}
    for field, kind in FIELD_TYPES.items():
        assert columns[field] == pl.List(pl.String if kind == "text" else pl.Float64)
    assert set(FIELD_TYPES) > MULTI_FIELDS
    with pytest.raises(KeyError):
        normal("colour", "red")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("500000", 500_000), ("500,000", 500_000), ("$500k", 500_000), ("USD 1.25 Million", 1_250_000),
        ("1.2m", 1_200_000),
        ("4.35M", 4_350_000), ("650000+", 650_000), ("2.50", 2.5), ("1e5", 100_000), ("-3", -3), ("$1,234.50", 1234.5),
        ("400000-600000", None), ("1,5", None), ("1.2.3", None), ("inf", None), ("nan", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_c5_numbers_as_people_write_them(written: str | None, number: float | None) -> None:
    assert normal("price", written) == [number]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-07-02T17:54:00Z", 1783014840), ("2026-07-02T12:54:00-05:00", 1783014840), ("1783014840", 1783014840),
        ("1783014840000", 1783014840), ("2026-07-02", 1782950400), ("soon", None), (None, None),
    ],
)  # fmt: skip
def test_a_c5_dates_are_instants_in_utc(written: str | None, seconds: float | None) -> None:
    assert normal("captured_at", written) == [seconds]


def test_a_c8_text_forms() -> None:
    assert normal("tag", "  Past   CLIENT ", "ﬁrst", None, " ") == ["past client", "first", None, None]
    assert normal("postal_code", "90210-1234", "902101234", " 90210") == ["90210"] * 3
    assert normal("state", "California", "ca", "CA ") == ["CA"] * 3
    assert normal("phone", "(415) 555-1212", "+1 415 555 1212", "none") == ["+14155551212", "+14155551212", None]
    assert normal("email", " Ann.Doe+x@X.co") == ["ann.doe+x@x.co"]
    assert normal("has_email", "True") == ["true"]


def test_nothing_stays_nothing() -> None:
    assert [normal(field) for field in FIELD_TYPES] == [[]] * len(FIELD_TYPES)
