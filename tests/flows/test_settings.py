"""settings.toml: defaults, every key checked, a sentence for every mistake."""

from pathlib import Path

import pytest

from flows.settings import Settings, load_settings
from schemas.errors import SettingsError


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_given_values_are_taken_and_the_rest_stays(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'region = "CA"\n[matching]\nauto_merge = false\nreview_threshold = 1\n[time_zones]\nb1 = "America/Chicago"\n'
    )
    settings = load_settings(tmp_path)
    assert (settings.region, settings.time_zones) == ("CA", {"b1": "America/Chicago"})
    assert (settings.matching.auto_merge, settings.matching.review_threshold) == (False, 1.0)
    assert settings.matching.scope == Settings().matching.scope


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("regoin = 'US'", "unknown key regoin"),
        ("[matching]\nauto_merge = 'yes'", r"matching\.auto_merge is a str. expected bool"),
        ("[matching]\nscope = 'world'", "'owner' or 'brand'"),
        ("time_zone = 'Mars/Olympus'", "unknown time zone 'Mars/Olympus'"),
        ("region = 'UK'", "unknown region 'UK'"),
        ("[matching]\nmerge_threshold = 95", r"matching\.merge_threshold is wrong. expected a probability"),
        ("region = ", "not valid TOML"),
        ("brand = 7", "brand is a int. expected str"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsError, match=says):
        load_settings(tmp_path)
