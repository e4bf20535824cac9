import polars as pl
import pytest

from schemas.ddl import polars_schema
from schemas.tables import CORE_BRANDS
from transforms.importing.decisions import Defaults, decide_import, find_home_brand, find_skip_reason
from transforms.importing.side_files import SideFile

DEFAULTS = Defaults("boss", "home", "US", {"uk": "GB"}, "v1")


def test_the_side_file_comes_before_the_defaults() -> None:
    plain = decide_import(None, "csv", DEFAULTS)
    assert (plain.user_id, plain.brand_id, plain.region, plain.created_for) == ("boss", "home", "US", "import_csv")
    given = decide_import('{"owner": "agent", "brand": "uk", "locale": "en-GB"}', "xlsx", DEFAULTS)
    assert (given.user_id, given.brand_id, given.region, given.created_for) == ("agent", "uk", "GB", "import_xlsx")
    assert given.day_first is True


@pytest.mark.parametrize(
    ("locale", "day_first"), [("en-US", False), ("de_DE.UTF-8", True), ("fr", None), ("", None), ("fil-PH", False)]
)
def test_a_locale_orders_day_and_month(locale: str, day_first: bool | None) -> None:
    assert decide_import(f'{{"locale": "{locale}"}}', "csv", DEFAULTS).day_first is day_first


def test_the_fingerprint_tells_what_decided_the_reading() -> None:
    texts = [None, '{"owner": "agent"}', '{"brand": "uk"}', '{"tag": "x"}']
    others = [Defaults("chief", "home", "US", {}, "v1"), Defaults("boss", "home", "US", {}, "v2")]
    prints = [decide_import(text, "csv", DEFAULTS).fingerprint for text in texts]
    prints += [decide_import(None, "csv", defaults).fingerprint for defaults in others]
    assert len(set(prints)) == len(prints)
    assert decide_import(None, "csv", DEFAULTS).fingerprint == prints[0]


def test_the_home_brand_is_the_only_live_one_without_a_parent() -> None:
    def brands(*rows: tuple[str, str | None]) -> pl.DataFrame:
        columns = [{"brand_id": brand, "parent_id": parent} for brand, parent in rows]
        return pl.DataFrame(columns, schema=polars_schema(CORE_BRANDS))

    assert find_home_brand(brands(("a", None), ("b", "a"))) == "a"
    assert find_home_brand(brands(("a", None), ("b", None))) is None
    assert find_home_brand(brands()) is None


def test_hidden_and_unselected_sheets_are_skipped() -> None:
    assert find_skip_reason("A", False, SideFile()) is None
    assert find_skip_reason("A", True, SideFile()) == "It is hidden in the workbook."
    assert find_skip_reason("A", True, SideFile(sheet="A")) is None
    assert find_skip_reason("A", False, SideFile(sheet="B")) == "The side file selects the sheet 'B'."
