"""E-mail addresses: one expression for the plain ones, email-validator for what it refuses."""

from __future__ import annotations

import re

import polars as pl
from email_validator import EmailNotValidError, validate_email

from transforms.normalize.distinct import map_distinct
from transforms.normalize.text import clean_text

__all__ = ["EMAIL_DTYPE", "normalize_emails"]

EMAIL_DTYPE = pl.Struct({"text": pl.String, "match_key": pl.String, "problem": pl.String})

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#: Plain addresses, all of which email-validator takes as well, bar those under names reserved for tests and own
#: networks (.test, .local): well-formed is the question here, not whether mail arrives.
_PLAIN = rf"^[\w!#$%&'*+/=?^`{{|}}~-]+(?:\.[\w!#$%&'*+/=?^`{{|}}~-]+)*@(?:{_LABEL}\.)+[A-Za-z]{{2,63}}$".replace(
    r"\w", "A-Za-z0-9_"
)
_LONGEST = 254

_LINK = re.compile(r"^mailto:\s*([^?]*)(?:\?.*)?$", re.IGNORECASE)
_NAMED = re.compile(r"^[^<>]*<\s*([^<>]*?)\s*>[\s;,.]*$")
_REMARK = re.compile(r"^(\S+@\S+)\s*\([^()]*\)$")
_MASKED = re.compile(r"\[email\s*protected\]", re.IGNORECASE)


def normalize_emails(values: pl.Series) -> pl.DataFrame:
    """E-mail addresses in publish and match form (SPEC A-C8: no dot or plus folding).

    Args:
        values: addresses as received; also "mailto:" links and "Name <address>".

    Returns:
        Frame of the same height. `text`: trimmed, domain in lower case; `match_key`: all in lower case;
        `problem`: a sentence where it is no address, and both texts are null. All null where nothing was given.
    """
    cleaned = clean_text(values)
    is_plain = (
        cleaned.str.contains(_PLAIN) & (cleaned.str.len_bytes() <= _LONGEST) & ~cleaned.str.contains("--", literal=True)
    )
    odd = map_distinct(cleaned, _read_odd_email, EMAIL_DTYPE, where=~is_plain)
    frame = pl.DataFrame({"value": cleaned, "is_plain": is_plain, "odd": odd}).unnest("odd")
    return frame.select(
        pl.when("is_plain").then(_lower_domains(cleaned)).otherwise("text").alias("text"),
        pl.when("is_plain").then(pl.col("value").str.to_lowercase()).otherwise("match_key").alias("match_key"),
        "problem",
    )


def _lower_domains(addresses: pl.Series) -> pl.Series:
    """Plain addresses with their domains in lower case, where any is not."""
    if not addresses.str.contains("@.*[A-Z]").any():
        return addresses
    local, domain = addresses.str.extract("^(.*@)", 1), addresses.str.extract("@(.*)$", 1)
    return local + domain.str.to_lowercase()


def _read_odd_email(text: str) -> dict[str, str | None]:
    """One address that is not plain: its wrapping taken off, then email-validator's word."""
    if _MASKED.search(text):
        return _refuse("The address is masked: [email protected] stands where it was.")
    if text.count("@") > 1:
        return _refuse("There are several @-signs: give one address per cell.")
    address = _unwrap(text)
    try:
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return _refuse(str(error) if "@" in address else "There is no @-sign in it.")
    return {"text": valid.normalized, "match_key": valid.normalized.lower(), "problem": None}


def _unwrap(text: str) -> str:
    """The address inside a link, angle brackets or before a remark, without quotes or marks at its end."""
    for pattern in (_NAMED, _LINK, _REMARK):
        if found := pattern.match(text):
            text = found.group(1)
    return text.strip(" '\"").rstrip(".,;: ")


def _refuse(problem: str) -> dict[str, str | None]:
    return {"text": None, "match_key": None, "problem": problem}
