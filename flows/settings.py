"""settings.toml: what a brokerage may choose. Everything has a default; an unknown key is an error."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.errors import SettingsError
from schemas.vocabulary import WhenNobody

__all__ = ["Limits", "Matching", "Routing", "Settings", "load_settings"]

T = TypeVar("T")


@dataclass(frozen=True)
class Routing:
    """[routing]"""

    sticky_owner: bool = True  # an existing contact's owner keeps the lead (SPEC A-G1)
    sticky_owner_channels: dict[str, bool] = field(default_factory=dict)  # per channel id
    claim_window_minutes: int = 30  # SPEC A-F1
    when_nobody: str = "queue"  # a group's lead while no member may be given one: queue or fallback (SPEC A-G7)


@dataclass(frozen=True)
class Matching:
    """[matching]"""

    auto_merge: bool = True  # what is certain or probable enough is merged without a person (SPEC A-D1)
    merge_threshold: float = 0.7  # contacts as probably one person as this are merged without a person
    review_threshold: float = 0.3  # pairs at or above are listed for review
    shared_value_limit: int = 5  # a value more contacts share is no evidence (SPEC A-D1)
    block_size_limit: int = 50  # a blocking key more contacts share is dropped and reported
    keep_model_from: int = 50_000  # a book of as many contacts keeps its model, to match only what is new; 0: never
    scope: str = "owner"  # owner: one brand and owner (SPEC A-D5); brand: one brand


@dataclass(frozen=True)
class Limits:
    """[limits]"""

    memory_gb: float = 4.0  # DuckDB's memory
    file_mb: int = 2048  # a larger input file is refused
    reader_seconds: int = 300  # a reader that takes longer is stopped, its file refused
    reader_memory_gb: float = 4.0  # memory a reader may take


@dataclass(frozen=True)
class Settings:
    """The whole file."""

    brand: str | None = None  # default brand of contacts that name none
    owner: str | None = None  # default owner of contacts that name none
    region: str = "US"  # country phone numbers without prefix are read in
    time_zone: str = "UTC"  # brand's zone, for captured_hour and captured_weekday
    regions: dict[str, str] = field(default_factory=dict)  # per brand id
    time_zones: dict[str, str] = field(default_factory=dict)  # per brand id
    parquet: bool = True  # publish Parquet files beside the database: a third of a run that brings a large book little
    routing: Routing = field(default_factory=Routing)
    matching: Matching = field(default_factory=Matching)
    limits: Limits = field(default_factory=Limits)


def load_settings(home: Path) -> Settings:
    """Read `settings.toml` in the home folder, if there is one.

    Raises:
        SettingsError: it is not TOML, has an unknown key, or a value of another type.
    """
    path = home / "settings.toml"
    if not path.exists():
        return Settings()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"not valid TOML: {error}", where="settings.toml", todo="mend the file") from None
    settings = _build(Settings, given, "")
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    """Values that have the right type and are none of those there are."""
    for zone in (settings.time_zone, *settings.time_zones.values()):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsError(
                f"unknown time zone {zone!r}", where="settings.toml", expected="an IANA name such as America/Chicago"
            ) from None
    if settings.routing.when_nobody not in list(WhenNobody):
        raise SettingsError("routing.when_nobody is wrong", where="settings.toml", expected="'queue' or 'fallback'")
    for name in ("merge_threshold", "review_threshold"):
        if not 0 <= getattr(settings.matching, name) <= 1:
            raise SettingsError(f"matching.{name} is wrong", where="settings.toml", expected="a probability, 0 to 1")
    for region in {settings.region, *settings.regions.values()} - {Settings.region}:
        from phonenumbers import SUPPORTED_REGIONS  # takes longer to import than most settings to read

        if region not in SUPPORTED_REGIONS:
            raise SettingsError(f"unknown region {region!r}", where="settings.toml", expected="a code such as US or GB")
    if settings.matching.scope not in ("owner", "brand"):
        raise SettingsError("matching.scope is wrong", where="settings.toml", expected="'owner' or 'brand'")


def _build(kind: type[T], given: dict[str, Any], prefix: str) -> T:
    """A settings dataclass from a TOML table, every key and type checked."""
    known = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]  # T is a dataclass here
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise SettingsError(
                f"unknown key {prefix}{key}", where="settings.toml", expected=f"one of {', '.join(sorted(known))}"
            )
        default = getattr(kind(), key)
        if hasattr(default, "__dataclass_fields__") and isinstance(value, dict):
            values[key] = _build(type(default), value, f"{prefix}{key}.")
        elif isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
            values[key] = float(value)
        elif (default is None and isinstance(value, str)) or type(value) is type(default):
            values[key] = value
        else:
            wanted = "str" if default is None else type(default).__name__
            raise SettingsError(f"{prefix}{key} is a {type(value).__name__}", where="settings.toml", expected=wanted)
    return kind(**values)
