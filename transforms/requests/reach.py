"""What steps of many contacts may come to for a contact, by what it holds: so that only they are folded again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from transforms.ids import hash_id
from transforms.requests.asked import Asked, Key
from transforms.requests.plan import Plan

__all__ = ["KEY_DIGEST_SCHEMA", "digest_keys", "digest_shared", "mark_changed"]

KEY_DIGEST_SCHEMA: dict[str, pl.DataType] = {"key": pl.String(), "reach": pl.String()}


def digest_keys(plan: Plan) -> pl.DataFrame:
    """For each value that steps of many contacts ask for, a digest of all steps that its holder may meet.

    A step may give its holder another value that further steps ask for: so the digest is of all that can be reached.

    Returns:
        KEY_DIGEST_SCHEMA; a key is `definition|match key`, or the definition alone for any value.
    """
    rows = [(_text(key), hash_id(*_digest_steps(plan, _list_reachable(plan, key)))) for key in plan.knowledge.agenda]
    return pl.DataFrame(rows, schema=KEY_DIGEST_SCHEMA, orient="row")


def digest_shared(plan: Plan, salt: str) -> str:
    """A digest of what counts for every contact: that which is given, and the steps that all of a brand are asked."""
    return hash_id(salt, *_digest_asked(plan.everywhere))


def mark_changed(
    plan: Plan, digests: pl.DataFrame, contacts: pl.DataFrame, folded: pl.DataFrame, salt: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The contacts that the log concerns, each with a digest of all that its edits are made of.

    Args:
        plan: the plan.
        digests: contact_id, digest of what contacts came with, and of the steps that concern them.
        contacts: contact_id, brand_id, user_id, born_at of every contact.
        folded: rows of core.folded_contacts, of the derivation before.
        salt: what every contact's edits are made of.

    Returns:
        Rows of core.folded_contacts as they are to be, and contact_id of those that are otherwise than before.
    """
    everywhere = {step.brand_id for step in plan.everywhere}
    shared = digest_shared(plan, salt)
    joined = contacts.join(digests, on="contact_id", how="left")
    asked = joined.filter(pl.col("digest").is_not_null() | pl.col("brand_id").is_in(list(everywhere - {None})))
    own = [pl.col(name).cast(pl.String).fill_null("") for name in ("digest", "brand_id", "user_id", "born_at")]
    now = asked.select("contact_id", digest=pl.concat_str(*own, pl.lit(shared), separator="|")).sort("contact_id")
    before = folded.select("contact_id", before="digest")
    both = now.join(before, on="contact_id", how="full", coalesce=True)
    return now, both.filter(pl.col("digest").ne_missing(pl.col("before"))).select("contact_id").sort("contact_id")


def _list_reachable(plan: Plan, key: Key) -> list[Key]:
    reached, waiting = {key}, [key]
    while waiting:
        for following in _list_following(plan, waiting.pop()):
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    return sorted(reached, key=_text)


def _list_following(plan: Plan, key: Key) -> Iterator[Key]:
    """Values that the steps on a value may give its holder."""
    agenda = plan.knowledge.agenda
    for order in agenda.get(key, ()):
        for value in plan.knowledge.steps[order].values:
            definition = value.definition.attribute_def
            yield from ((definition, part) for part in (value.key, None) if (definition, part) in agenda)


def _digest_steps(plan: Plan, keys: Iterable[Key]) -> Iterator[str]:
    for key in keys:
        yield from _digest_asked(plan.knowledge.steps[order] for order in plan.knowledge.agenda[key])


def _digest_asked(steps: Iterable[Asked]) -> Iterator[str]:
    return (f"{step.request_id}@{step.at}" for step in steps)


def _text(key: Key) -> str:
    definition, value = key
    return definition if value is None else f"{definition}|{value}"
