"""The closed word lists of the posts: states and provinces, directions, street types (USPS Publication 28)."""

from __future__ import annotations

__all__ = ["DIRECTIONS", "STATES", "STREET_TYPES", "UNIT_TYPES"]

_STATES = """
AL alabama|AK alaska|AZ arizona|AR arkansas|CA california|CO colorado|CT connecticut|DE delaware
DC district of columbia|FL florida|GA georgia|HI hawaii|ID idaho|IL illinois|IN indiana|IA iowa|KS kansas
KY kentucky|LA louisiana|ME maine|MD maryland|MA massachusetts|MI michigan|MN minnesota|MS mississippi
MO missouri|MT montana|NE nebraska|NV nevada|NH new hampshire|NJ new jersey|NM new mexico|NY new york
NC north carolina|ND north dakota|OH ohio|OK oklahoma|OR oregon|PA pennsylvania|RI rhode island
SC south carolina|SD south dakota|TN tennessee|TX texas|UT utah|VT vermont|VA virginia|WA washington
WV west virginia|WI wisconsin|WY wyoming|PR puerto rico|GU guam|VI virgin islands|AS american samoa
MP northern mariana islands|AB alberta|BC british columbia|MB manitoba|NB new brunswick
NL newfoundland and labrador|NS nova scotia|NT northwest territories|NU nunavut|ON ontario
PE prince edward island|QC quebec|SK saskatchewan|YT yukon
"""

#: Folded name or code -> two-letter code, for the United States, its territories and Canada.
STATES: dict[str, str] = {
    spelling: entry[:2]
    for line in _STATES.split("\n")
    for entry in filter(None, line.split("|"))
    for spelling in (entry[3:], entry[:2].lower())
}

#: Folded direction -> its abbreviation.
DIRECTIONS: dict[str, str] = {
    "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw",
}  # fmt: skip

#: Folded street type, in the spellings met in addresses -> the standard abbreviation.
STREET_TYPES: dict[str, str] = {
    "alley": "aly", "avenue": "ave", "av": "ave", "aven": "ave", "boulevard": "blvd", "boul": "blvd", "bend": "bnd",
    "bridge": "brg", "canyon": "cyn", "causeway": "cswy", "center": "ctr", "centre": "ctr", "circle": "cir",
    "circ": "cir", "court": "ct", "courts": "cts", "cove": "cv", "creek": "crk", "crescent": "cres",
    "crossing": "xing", "drive": "dr", "drv": "dr", "estate": "est", "estates": "ests", "expressway": "expy",
    "extension": "ext", "freeway": "fwy", "gardens": "gdns", "glen": "gln", "grove": "grv", "harbor": "hbr",
    "heights": "hts", "highway": "hwy", "hiway": "hwy", "hill": "hl", "hills": "hls", "hollow": "holw",
    "island": "is", "junction": "jct", "knoll": "knl", "landing": "lndg", "lane": "ln", "loop": "loop",
    "manor": "mnr", "meadow": "mdw", "meadows": "mdws", "mountain": "mtn", "parkway": "pkwy", "pkway": "pkwy",
    "pky": "pkwy", "place": "pl", "plaza": "plz", "point": "pt", "ranch": "rnch", "ridge": "rdg", "road": "rd",
    "route": "rte", "shore": "shr", "shores": "shrs", "spring": "spg", "springs": "spgs", "square": "sq",
    "station": "sta", "street": "st", "str": "st", "strt": "st", "summit": "smt", "terrace": "ter", "terr": "ter",
    "trail": "trl", "turnpike": "tpke", "valley": "vly", "view": "vw", "village": "vlg", "vista": "vis",
}  # fmt: skip

#: Words before the number of a unit.
UNIT_TYPES = ("apartment", "apt", "suite", "ste", "unit", "room", "rm", "floor", "fl", "lot", "bldg")
