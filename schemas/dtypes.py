"""The column types that more than one table model uses, under one name each."""

from typing import Annotated

import polars as pl

__all__ = [
    "ADDRESS_PARTS", "ADDRESS_TYPE", "Address", "Instant", "Numbers", "PublishedAddress", "Texts",
    "WRITTEN_PARTS",
]  # fmt: skip

#: PostGIS stdaddr, the parts of an address as the documents spell them (SPEC DV8).
ADDRESS_PARTS = (
    "building", "house_num", "predir", "qual", "pretype", "name", "suftype", "sufdir",
    "ruralroute", "extra", "city", "state", "country", "postcode", "box", "unit",
)  # fmt: skip

#: The same as tables have them, the street before the city.
WRITTEN_PARTS = (
    "building", "house_num", "predir", "qual", "pretype", "name", "suftype", "sufdir", "unit",
    "box", "ruralroute", "extra", "city", "state", "postcode", "country",
)  # fmt: skip

ADDRESS_TYPE = pl.Struct(dict.fromkeys(ADDRESS_PARTS, pl.String))

#: A moment, UTC, microseconds.
Instant = Annotated[pl.Datetime, "us", "UTC"]
#: A list of texts; null when there is none, never an empty list (SPEC DV10).
Texts = Annotated[pl.List, pl.String]
#: A list of numbers; null when there is none.
Numbers = Annotated[pl.List, pl.Float64]
#: One address as parts; every part may be null.
Address = Annotated[pl.Struct, dict.fromkeys(ADDRESS_PARTS, pl.String)]
#: Addresses with the composed lines beside their parts (SPEC DV8, A-EA5).
PublishedAddress = Annotated[
    pl.List,
    pl.Struct(dict.fromkeys((*ADDRESS_PARTS, "label", "line1", "line2", "full", "full_clean", "type"), pl.String)),
]
