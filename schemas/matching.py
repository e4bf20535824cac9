"""matching: candidate pairs, scores with evidence, clusters, aliases."""

from typing import Annotated

import pandera.polars as pa
import polars as pl

from schemas.dtypes import Instant, Texts

__all__ = [
    "Alias", "BlockingKey", "BlockingReport", "CandidatePair", "ClusterMember", "ComponentMember", "ContactPrint",
    "Judgement", "KeyCount", "MatchedContact", "ModelParameter", "PreparedContact", "Progress", "ScoredPair",
    "StageInput", "TouchedContact",
]  # fmt: skip


class Judgement(pa.DataFrameModel):
    """Grain: one row per judgement a person ever gave on a pair of contacts, merges asked for by request included."""

    judgement_id: str = pa.Field(description="hash of where it comes from")
    contact_id_l: str = pa.Field(description="lower contact id")
    contact_id_r: str = pa.Field(description="higher contact id")
    judgement: str = pa.Field(isin=["same", "different", "unsure"], description="one person, two, or not to be told")
    status: str = pa.Field(
        isin=["in_force", "replaced", "withdrawn", "refused", "waiting"],
        description="in force; replaced by a later one of the pair; withdrawn by an unmerge; refused, as it contradicts"
        " earlier ones; waiting, as one of the contacts is not there",
    )
    parent_id: str = pa.Field(nullable=True, description="contact that stays, where a request named one")
    judged_by: str = pa.Field(nullable=True, description="who")
    judged_at: Instant = pa.Field(description="when")
    source: str = pa.Field(isin=["request", "review", "unmerge"], description="how it was given")
    reference: str = pa.Field(nullable=True, description="request id, or name of the review file")
    deleted_at: Instant = pa.Field(nullable=True, description="when it was replaced or withdrawn")


class MatchedContact(pa.DataFrameModel):
    """Grain: one row per contact that the last run matched.

    They are numbered from 0 in the order of their ids, copies that are not compared last; while a model is kept, those
    that came later are numbered on.
    """

    contact: pl.UInt32 = pa.Field(description="its number, until all contacts are matched anew")
    contact_id: str = pa.Field(description="contact")
    kind: str = pa.Field(isin=["person", "company", "unknown"], description="what its names say that it is")
    digest: int = pa.Field(
        nullable=True, description="hash of all that matching knows of it; null unless a model is kept"
    )
    copy_key: int = pa.Field(
        nullable=True, description="the same where all that is compared is the same; null where too little is known"
    )
    copy_of: str = pa.Field(
        nullable=True, description="the copy that stands for it, if it is not compared: of many copies a few are"
    )


class CandidatePair(pa.DataFrameModel):
    """Grain: one row per pair of contacts that share a blocking key, by number; contact_l < contact_r."""

    contact_l: pl.UInt32 = pa.Field(description="lower number of matching.contacts")
    contact_r: pl.UInt32 = pa.Field(description="higher number of matching.contacts")
    blocking_rules: int = pa.Field(description="rules that brought them together, by bits of matching.blocking_report")


class BlockingKey(pa.DataFrameModel):
    """Grain: one row per contact and blocking key, while a model is kept."""

    rule: int = pa.Field(ge=0, description="place of the rule in the kept model, from 0")
    key: int = pa.Field(ge=0, description="hash of the scope and the rule's values, 40 bits")
    split: pl.UInt32 = pa.Field(description="hash of what parts a block over the cap; 0 where there is nothing")
    contact: pl.UInt32 = pa.Field(description="number of matching.contacts")
    is_partner: bool = pa.Field(description="a partner's value, which meets own ones alone")


class KeyCount(pa.DataFrameModel):
    """Grain: one row per key of matching.blocking_keys that many have: more than its cap, of e-mails and phones two."""

    rule: int = pa.Field(ge=0, description="place of the rule in the kept model, from 0")
    key: int = pa.Field(ge=0, description="the key")
    contacts_count: int = pa.Field(ge=0, description="rows of the key")


class PreparedContact(pa.DataFrameModel):
    """Grain: one row per contact that is compared, while a model is kept: its values as they are compared.

    A list is null where a contact has no such value.
    """

    contact: pl.UInt32 = pa.Field(description="number of matching.contacts")
    scope: int = pa.Field(description="hash of whose contact it is: contacts of one scope are compared")
    is_lead: bool = pa.Field(description="a lead brought it")
    kind: str = pa.Field(isin=["person", "company", "unknown"], description="what its names say that it is")
    first_name: str = pa.Field(nullable=True, description="folded")
    middle_name: str = pa.Field(nullable=True, description="folded")
    last_name: str = pa.Field(nullable=True, description="folded")
    nickname: str = pa.Field(nullable=True, description="folded")
    company: str = pa.Field(nullable=True, description="folded, without its legal form")
    emails: Texts = pa.Field(nullable=True, description="match keys of its own e-mails")
    phones: Texts = pa.Field(nullable=True, description="match keys of its own phone numbers")
    partner_emails: Texts = pa.Field(nullable=True, description="match keys of its partner's e-mails")
    birthdays: Annotated[pl.List, pl.Date] = pa.Field(nullable=True, description="birthdays")
    address_books: Texts = pa.Field(nullable=True, description="system|id of the address books it is in")
    addresses: Annotated[pl.List, pl.Struct(dict.fromkeys(("number", "street", "city", "postcode"), pl.String))] = (
        pa.Field(nullable=True, description="parts of addresses, folded")
    )
    others: Annotated[pl.List, pl.Struct({"attribute_type": pl.String, "value": pl.String})] = pa.Field(
        nullable=True, description="values of other attribute types, folded"
    )


class Progress(pa.DataFrameModel):
    """Grain: one row per kept model that matching goes by, and how far all contacts have been matched by it."""

    kept_sequence: int = pa.Field(description="number of the run that kept it")
    stage: str = pa.Field(isin=["blocked", "compared", "clustered"], description="last stage that all contacts passed")


class StageInput(pa.DataFrameModel):
    """Grain: one row per stage of matching that last read all contacts; empty while a model is kept."""

    stage: str = pa.Field(isin=["block", "compare", "cluster"], description="stage")
    digest: str = pa.Field(description="hash of what it read")


class TouchedContact(pa.DataFrameModel):
    """Grain: one row per contact that a change touches, from blocking until clusters are made; empty between runs."""

    contact_id: str = pa.Field(description="contact, also one that is gone")
    is_rescored: bool = pa.Field(description="its pairs are compared again; else its component alone is settled again")


class ComponentMember(pa.DataFrameModel):
    """Grain: one row per contact that probable pairs join with others, while a model is kept."""

    contact: pl.UInt32 = pa.Field(description="number of matching.contacts")
    component: pl.UInt32 = pa.Field(description="number of one of those joined: the same for all of them")


class BlockingReport(pa.DataFrameModel):
    """Grain: one row per blocking rule: what it found and what its cap dropped, when all contacts were last matched."""

    blocking_rule: str = pa.Field(description="name of the rule")
    bit: int = pa.Field(ge=0, le=62, description="its bit in candidate_pairs; rules after the 62nd share one")
    keys_count: int = pa.Field(ge=0, description="distinct keys shared by at least two contacts")
    pairs_count: int = pa.Field(ge=0, description="pairs it brought")
    split_keys_count: int = pa.Field(ge=0, description="keys over the cap that a second key split into blocks")
    dropped_keys_count: int = pa.Field(ge=0, description="keys over the cap that lost contacts, split or not")
    dropped_contacts_count: int = pa.Field(ge=0, description="contacts that such a key did not bring together")


class ScoredPair(pa.DataFrameModel):
    """Grain: one row per kept pair (merge or review); contact_id_l < contact_id_r."""

    contact_id_l: str = pa.Field(description="lower contact id")
    contact_id_r: str = pa.Field(description="higher contact id")
    probability: float = pa.Field(ge=0, le=1, description="how likely both are one person")
    decision: str = pa.Field(isin=["merge", "review", "no_match"], description="merge, review, or cut by a conflict")
    decided_by: str = pa.Field(description="rule that decided, e.g. same_email, fuzzy; request or judgement: a person")
    evidence: str = pa.Field(description="JSON list of {field, level, weight in log2 odds, value_l, value_r}")


class ModelParameter(pa.DataFrameModel):
    """Grain: one row per level of a comparison, as the last run estimated it; and per class of pairs, its prior."""

    comparison: str = pa.Field(description="field, or prior")
    level: str = pa.Field(description="level of agreement, best first; of the prior: the class of pairs")
    m: float = pa.Field(ge=0, le=1, description="share of the level among records of one person; prior: of all pairs")
    u: float = pa.Field(ge=0, le=1, description="share of the level among strangers; prior: of all pairs, the others")
    weight: float = pa.Field(description="log2 of m / u: what the level says for one person, in bits")
    home: float = pa.Field(ge=0, le=1, description="share of the level among two people of one home; prior: 0")
    office: float = pa.Field(ge=0, le=1, description="share of the level among two people of one office; prior: 0")
    namesake: float = pa.Field(ge=0, le=1, description="share of the level among two of one name elsewhere; prior: 0")
    junior: float = pa.Field(ge=0, le=1, description="share of the level among two of one name and home; prior: 0")
    matches: float = pa.Field(ge=0, description="expected pairs of one person at the level; prior: of the class")


class ClusterMember(pa.DataFrameModel):
    """Grain: one row per contact in a duplicate cluster; singletons are in none."""

    cluster_id: str = pa.Field(description="hash of its lowest contact id (SPEC A-D4)")
    contact_id: str = pa.Field(description="member")
    suggested_parent: str = pa.Field(description="lowest contact id, or the parent a person named (SPEC DU3)")
    status: str = pa.Field(isin=["merged", "review"], description="merged, or waiting for a person")


class Alias(pa.DataFrameModel):
    """Grain: one row per contact id ever given, also to rows that update a contact: which contact it is now."""

    contact_id: str = pa.Field(description="contact")
    canonical_id: str = pa.Field(description="contact that stands for it; itself when never merged")
    cluster_id: str = pa.Field(nullable=True, description="merged cluster it is in")


class ContactPrint(pa.DataFrameModel):
    """Grain: one row per live canonical contact: what its rows in the marts were last made of."""

    contact_id: str = pa.Field(description="canonical contact")
    print: int = pa.Field(description="hash of all that its rows are made of")
    run_sequence: int = pa.Field(ge=1, description="run that made them")
