"""What is said of an import before it is made, against a naive count."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from transforms.importing.trial import compose_mappings, find_known_rows

KINDS = {"email": ["a@x.co", "b@x.co", None], "phone_number": ["+1415", "+1416"], "first_name": ["Ann", "ANN ", "Bo"]}
CONTACTS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(texts) for name, texts in KINDS.items()}), max_size=5
)


def values_of(contacts: list[dict[str, str | None]]) -> pl.DataFrame:
    rows = [
        {"contact_id": f"c{at}", "attribute_type": name, "text": text, "match_key": text}
        for at, contact in enumerate(contacts)
        for name, text in contact.items()
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(["contact_id", "attribute_type", "text", "match_key"], pl.String))


def keys_of(contact: dict[str, str | None]) -> set[tuple[str | None, ...]]:
    email, phone = contact.get("email"), contact.get("phone_number")
    name = (contact.get("first_name") or "").strip().casefold()
    by_email = {("email", email)} if email else set()
    return by_email | ({("phone", phone, name)} if phone and name else set())


@given(staged=CONTACTS, known=CONTACTS)
def test_known_contacts_are_counted(staged: list[dict[str, str | None]], known: list[dict[str, str | None]]) -> None:
    there = set().union(*map(keys_of, known))
    expected = sum(1 for contact in staged if keys_of(contact) & there)
    assert find_known_rows(values_of(staged), values_of(known)) == expected


def test_the_first_of_equal_names_is_mapped() -> None:
    columns = pl.DataFrame(
        [
            {"column_name": "A", "status": "unmapped", "attribute_type": None, "reason": "unknown"},
            {"column_name": "A", "status": "mapped", "attribute_type": "email", "reason": "known"},
            {"column_name": "A", "status": "mapped", "attribute_type": "note", "reason": "known"},
            {"column_name": "B", "status": "unmapped", "attribute_type": None, "reason": "why"},
        ]
    ).with_columns(label=pl.lit(None, pl.String), index=pl.lit(None, pl.Int64), is_partner=pl.lit(False))
    assert compose_mappings(columns) == {
        "mappings": {"A": {"attribute_type": "email", "label": None, "index": None, "is_partner": False}},
        "unmapped": {"B": "why"},
    }
