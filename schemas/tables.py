"""The registry: every table's layer, name, model and key. No other file spells a table name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandera.polars as pa

from schemas import (
    core,
    edits,
    marts,
    marts_of_contacts,
    marts_of_inputs,
    marts_of_routing,
    matching,
    ops,
    raw,
    routing,
    staging,
)
from schemas.columns import columns_of
from schemas.vocabulary import Layer

__all__ = ["TABLES", "Table", "tables_of"]


@dataclass(frozen=True)
class Table:
    """One DuckDB table.

    Attributes:
        layer: DuckDB schema it lives in.
        name: its name there.
        model: its columns, types and descriptions.
        key: columns that identify a row; proved by test, not by an index (measured: keyless MERGE is fastest).
        hashed_id: column that the store fills with a hash of `hashed_from` when rows are written, if any.
        hashed_from: the columns that the hash is taken of.
        uncompressed: columns of texts that are hardly alike: to find that out costs more than to keep them as they are.
        packed: columns of long texts that are much alike: zstd writes them in half the time that choosing a way takes.
    """

    layer: Layer
    name: str
    model: type[pa.DataFrameModel]
    key: tuple[str, ...]
    hashed_id: str | None = None
    hashed_from: tuple[str, ...] = ()
    uncompressed: tuple[str, ...] = ()
    packed: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Schema and name, as SQL wants them."""
        return f"{self.layer}.{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(columns_of(self.model))

    @property
    def filled(self) -> tuple[str, ...]:
        """Names of the columns that the table does not fill itself, in order."""
        return tuple(name for name in self.columns if name != self.hashed_id)

    @property
    def grain(self) -> str:
        """First line of the model's docstring, without the word Grain."""
        return (self.model.__doc__ or "").strip().splitlines()[0].removeprefix("Grain: ")


RAW, STAGING, CORE, ROUTING, MATCHING, MARTS, OPS = Layer

RAW_FILES = Table(RAW, "files", raw.File, ("folder", "file_id"))
RAW_IMPORTS = Table(RAW, "imports", raw.Import, ("file_id", "run_sequence"))
RAW_UNDOS = Table(RAW, "undos", raw.Undo, ("file_id", "run_sequence"))
RAW_SHEETS = Table(RAW, "sheets", raw.Sheet, ("file_id", "sheet"))
RAW_ROW_LINES = Table(RAW, "row_lines", raw.RowLine, ("file_id", "sheet", "row_number"), uncompressed=("line",))
RAW_FILE_ROWS = Table(RAW, "file_rows", raw.FileRow, RAW_ROW_LINES.key)  # a view of those
RAW_RECORDS = Table(RAW, "records", raw.Record, ("folder", "file_id", "record_number"))
RAW_PROBLEMS = Table(RAW, "problems", raw.Problem, ())
RAW_JUDGEMENTS = Table(RAW, "judgements", raw.Judgement, ("judgement_id",))
RAW_KEPT_MODELS = Table(RAW, "kept_models", raw.KeptModel, ("run_sequence",))
RAW_MERGE_WITHDRAWALS = Table(RAW, "merge_withdrawals", raw.MergeWithdrawal, ("request_id", "contact_id"))

STAGING_CONTACT_FILES = Table(STAGING, "contact_files", staging.ContactFile, ("file_id",))
STAGING_FILE_COLUMNS = Table(STAGING, "file_columns", staging.FileColumn, ("file_id", "sheet", "column_index"))
STAGING_CONTACT_ROWS = Table(STAGING, "contact_rows", staging.ContactRow, ("contact_id",))
STAGING_OBJECT_ATTRIBUTES = Table(STAGING, "object_attributes", staging.AttributeValue, ("contact_id", "position"))
STAGING_VALUE_SOURCES = Table(STAGING, "value_sources", staging.ValueSource, ("source_id",))
STAGING_CELL_VALUES = Table(STAGING, "cell_values", staging.CellValue, ("contact_number", "position"))
STAGING_CELL_ADDRESSES = Table(STAGING, "cell_addresses", staging.CellAddress, ("contact_number", "position"))
STAGING_ATTRIBUTES = replace(STAGING_OBJECT_ATTRIBUTES, name="attributes")  # a view of those and of cells' values
STAGING_MENDED_ROWS = Table(STAGING, "mended_rows", staging.MendedRow, ("file_id", "sheet", "row_number"))
STAGING_LEADS = Table(STAGING, "leads", staging.Lead, ("lead_id",))
STAGING_CLAIMS = Table(STAGING, "claims", staging.Claim, ("claim_id",))
STAGING_LEAD_RECORDS = Table(STAGING, "lead_records", staging.LeadRecord, ("file_id", "record_number"))
STAGING_REQUESTS = Table(STAGING, "requests", staging.Request, ("request_id",))
STAGING_REQUEST_FILES = Table(STAGING, "request_files", staging.RequestFile, ("file_id",))
STAGING_REQUEST_STEPS = Table(STAGING, "request_steps", staging.RequestStep, ("request_id", "step"))
STAGING_CREATED_ATTRIBUTES = Table(STAGING, "created_attributes", staging.CreatedAttribute, ("contact_id", "position"))
STAGING_REQUEST_VALUES = Table(STAGING, "request_values", staging.RequestValue, ("request_id", "step", "position"))

CORE_BRANDS = Table(CORE, "brands", core.Brand, ("brand_id",))
CORE_USERS = Table(CORE, "users", core.User, ("user_id",))
CORE_CAMPAIGN_EMAILS = Table(CORE, "campaign_emails", core.CampaignEmail, ("campaign_email_id",))
CORE_LISTINGS = Table(CORE, "listings", core.Listing, ("listing_id",))
CORE_ATTRIBUTE_DEFS = Table(CORE, "attribute_defs", core.AttributeDef, ("attribute_def",))
CORE_SETTLED_CONTACTS = Table(CORE, "settled_contacts", core.Contact, ("contact_id",))
CORE_CONTACTS = replace(CORE_SETTLED_CONTACTS, name="contacts")  # a view of those and of the rows of staging
CORE_LEAD_ATTRIBUTES = Table(
    CORE,
    "lead_attributes",
    core.Attribute,
    ("attribute_id",),
    hashed_id="attribute_id",
    hashed_from=("contact_id", "file_id", "sheet", "row_number", "position"),
)
CORE_KNOWN_ATTRIBUTES = replace(CORE_LEAD_ATTRIBUTES, name="known_attributes")  # what leads say that was known already
CORE_EDITED_ATTRIBUTES = replace(CORE_LEAD_ATTRIBUTES, name="edited_attributes")
CORE_ATTRIBUTES = replace(CORE_LEAD_ATTRIBUTES, name="attributes")  # a view of those and of what staging has
CORE_CONTACT_UPDATES = Table(CORE, "contact_updates", core.ContactUpdate, ("row_contact_id",))
CORE_ATTRIBUTE_UPDATES = Table(CORE, "attribute_updates", core.AttributeUpdate, ("row_contact_id", "row_position"))
CORE_MATCHED_FILES = Table(CORE, "matched_files", core.MatchedFile, ("file_id",))
CORE_CONTACT_EDITS = Table(CORE, "contact_edits", edits.ContactEdit, ("contact_id",))
CORE_ATTRIBUTE_EDITS = Table(CORE, "attribute_edits", edits.AttributeEdit, ("attribute_id",))
CORE_OWNER_CHANGES = Table(CORE, "owner_changes", edits.OwnerChange, ("contact_id", "changed_at"))
CORE_FOLDED_CONTACTS = Table(CORE, "folded_contacts", edits.FoldedContact, ("contact_id",))
CORE_FOLD_INPUTS = Table(CORE, "fold_inputs", edits.FoldInput, ("kind", "name"))
CORE_CHANGED_CONTACTS = Table(CORE, "changed_contacts", edits.ChangedContact, ("contact_id",))
CORE_REFUSALS = Table(CORE, "refusals", edits.Refusal, ())
CORE_TAG_PERIODS = Table(CORE, "tag_periods", edits.TagPeriod, ())
CORE_LEADS = Table(CORE, "leads", core.Lead, ("lead_id",))
CORE_LEAD_FIELDS = Table(CORE, "lead_fields", core.LeadFields, ("lead_id",))
CORE_TAGS = Table(CORE, "tags", core.Tag, ("brand_id", "tag"))
CORE_TOUCH_EVENTS = Table(CORE, "touch_events", core.TouchEvent, ())
CORE_MERGE_EVENTS = Table(CORE, "merge_events", core.MergeEvent, ("request_id", "parent_id", "contact_id"))
CORE_ACTIVITIES = Table(CORE, "activities", core.Activity, ("activity_id",))
CORE_FLOW_ENROLMENTS = Table(CORE, "flow_enrolments", core.FlowEnrolment, ("contact_id", "flow_id"))

ROUTING_CHANNELS = Table(ROUTING, "channels", routing.Channel, ("channel_id", "rulebook_version"))
ROUTING_RULES = Table(ROUTING, "rules", routing.Rule, ("rule_id", "rulebook_version"))
ROUTING_CONDITIONS = Table(ROUTING, "conditions", routing.Condition, ("condition_id", "rulebook_version"))
ROUTING_GROUPS = Table(ROUTING, "groups", routing.Group, ("group_id", "rulebook_version"))
ROUTING_GROUP_MEMBERS = Table(
    ROUTING, "group_members", routing.GroupMember, ("group_id", "rulebook_version", "user_id")
)
ROUTING_DECISIONS = Table(ROUTING, "decisions", routing.Decision, ("lead_id",))
ROUTING_ASSIGNMENTS = Table(ROUTING, "assignments", routing.Assignment, ("lead_id", "position"))
ROUTING_REASSIGNMENTS = Table(ROUTING, "reassignments", routing.Reassignment, ("lead_id", "request_id", "position"))
ROUTING_OFFERS = Table(ROUTING, "offers", routing.Offer, ("lead_id", "group_id", "user_id"))
ROUTING_CLAIMS = Table(ROUTING, "claims", routing.Claim, ("claim_id",))

MATCHING_JUDGEMENTS = Table(MATCHING, "judgements", matching.Judgement, ("judgement_id",))
MATCHING_CONTACTS = Table(MATCHING, "contacts", matching.MatchedContact, ("contact",))
MATCHING_CANDIDATE_PAIRS = Table(MATCHING, "candidate_pairs", matching.CandidatePair, ("contact_l", "contact_r"))
MATCHING_PROGRESS = Table(MATCHING, "progress", matching.Progress, ("kept_sequence",))
MATCHING_STAGE_INPUTS = Table(MATCHING, "stage_inputs", matching.StageInput, ("stage",))
MATCHING_BLOCKING_KEYS = Table(
    MATCHING, "blocking_keys", matching.BlockingKey, ("rule", "key", "contact", "is_partner")
)
MATCHING_CONTACT_VALUES = Table(MATCHING, "contact_values", matching.PreparedContact, ("contact",))
MATCHING_KEY_COUNTS = Table(MATCHING, "key_counts", matching.KeyCount, ("rule", "key"))
MATCHING_COMPONENTS = Table(MATCHING, "components", matching.ComponentMember, ("contact",))
MATCHING_TOUCHED_CONTACTS = Table(MATCHING, "touched_contacts", matching.TouchedContact, ("contact_id",))
MATCHING_BLOCKING_REPORT = Table(MATCHING, "blocking_report", matching.BlockingReport, ("blocking_rule",))
MATCHING_MODEL_PARAMETERS = Table(MATCHING, "model_parameters", matching.ModelParameter, ("comparison", "level"))
MATCHING_SCORED_PAIRS = Table(
    MATCHING, "scored_pairs", matching.ScoredPair, ("contact_id_l", "contact_id_r"), packed=("evidence",)
)
MATCHING_CLUSTERS = Table(MATCHING, "clusters", matching.ClusterMember, ("cluster_id", "contact_id"))
MATCHING_ALIASES = Table(MATCHING, "aliases", matching.Alias, ("contact_id",))

MARTS_CONTACTS = Table(MARTS, "contacts", marts_of_contacts.Contact, ("id",))
MARTS_CONTACT_ATTRIBUTES = Table(MARTS, "contact_attributes", marts_of_contacts.ContactAttribute, ("attribute_id",))
MATCHING_SURVIVING_ATTRIBUTES = replace(  # of merged contacts; the mart is a view of those and of core.attributes
    MARTS_CONTACT_ATTRIBUTES, layer=MATCHING, name="surviving_attributes"
)
MATCHING_CONTACT_PRINTS = Table(MATCHING, "contact_prints", matching.ContactPrint, ("contact_id",))
MARTS_FLAT_CONTACTS = Table(MARTS, "flat_contacts", marts_of_contacts.FlatContact, ("id",))
MARTS_CONTACT_ALIASES = Table(MARTS, "contact_aliases", marts_of_contacts.ContactAlias, ("contact_id",))
MARTS_DUPLICATE_CLUSTERS = Table(
    MARTS, "duplicate_clusters", marts_of_contacts.DuplicateCluster, ("cluster_id", "contact_id")
)
MARTS_DUPLICATE_PAIRS = Table(
    MARTS, "duplicate_pairs", marts_of_contacts.DuplicatePair, MATCHING_SCORED_PAIRS.key, packed=("evidence",)
)
MARTS_JUDGEMENTS = Table(MARTS, "judgements", marts_of_contacts.Judgement, ("judgement_id",))
MARTS_SEGMENT_MEMBERS = Table(MARTS, "segment_members", marts_of_contacts.SegmentMember, ("segment", "position"))
MARTS_LEADS = Table(MARTS, "leads", marts.Lead, ("id",))
MARTS_ASSIGNMENTS = Table(MARTS, "assignments", marts.Assignment, ("lead_id", "position"))
MARTS_ROUTING_DECISIONS = Table(MARTS, "routing_decisions", marts.RoutingDecision, ("lead_id",))
MARTS_ROUTING_HISTORY = Table(MARTS, "routing_history", ops.DecisionChange, ("lead_id", "run_sequence"))
MARTS_OFFERS = Table(MARTS, "offers", marts.Offer, ("lead_id", "group_id", "user_id"))
MARTS_CLAIMS = Table(MARTS, "claims", marts.Claim, ("claim_id",))
MARTS_CHANNELS = Table(MARTS, "channels", marts.Channel, ("id",))
MARTS_RULES = Table(MARTS, "rules", marts.Rule, ("id",))
MARTS_GROUPS = Table(MARTS, "groups", marts.Group, ("id",))
MARTS_RULE_FINDINGS = Table(MARTS, "rule_findings", marts_of_routing.RuleFinding, ())
MARTS_ROUTING_COVERAGE = Table(MARTS, "routing_coverage", marts_of_routing.RoutingCoverage, ("channel_id",))
MARTS_UNASKED_VALUES = Table(MARTS, "unasked_values", marts_of_routing.UnaskedValue, ("channel_id", "field", "value"))
MARTS_TURN_FAIRNESS = Table(MARTS, "turn_fairness", marts_of_routing.TurnFairness, ("group_id", "stretch"))
MARTS_SHADOW_DECISIONS = Table(MARTS, "shadow_decisions", marts_of_routing.ShadowDecision, ("lead_id",))
MARTS_SHADOW_RATES = Table(MARTS, "shadow_rates", marts_of_routing.ShadowRate, ("channel_id",))
MARTS_TAGS = Table(MARTS, "tags", marts.Tag, ("brand", "tag"))
MARTS_ATTRIBUTE_DEFS = Table(MARTS, "attribute_defs", marts.AttributeDef, ("id",))
MARTS_ACTIVITIES = Table(MARTS, "activities", marts.Activity, ("activity_id",))
MARTS_FLOW_ENROLMENTS = Table(MARTS, "flow_enrolments", marts.FlowEnrolment, ("contact_id", "flow_id"))
MARTS_LEAD_SUMMARY = Table(MARTS, "lead_summary", marts.LeadSummary, ("id",))
MARTS_IMPORTS = Table(MARTS, "imports", marts_of_inputs.Import, ("import_id",))
MARTS_SOURCE_ROWS = Table(MARTS, "source_rows", marts_of_inputs.SourceRow, ("folder", "file_id", "sheet", "row_number"))
MARTS_QUARANTINE = Table(MARTS, "quarantine", marts.Quarantine, ())
MARTS_RUNS = Table(MARTS, "runs", marts.Run, ("run_id",))

OPS_RUNS = Table(OPS, "runs", ops.Run, ("run_id",))
OPS_STAGE_COUNTS = Table(OPS, "stage_counts", ops.StageCount, ("run_id", "stage", "name"))
OPS_DECISION_CHANGES = Table(OPS, "decision_changes", ops.DecisionChange, ("lead_id", "run_sequence"))
OPS_IMPORT_COUNTS = Table(OPS, "import_counts", ops.ImportCount, ("file_id", "name", "detail"))
OPS_QUARANTINE = Table(OPS, "quarantine", ops.Quarantined, ())

#: Every table, in the order data moves through them.
TABLES: tuple[Table, ...] = tuple(value for value in list(vars().values()) if isinstance(value, Table))


def tables_of(layer: Layer) -> tuple[Table, ...]:
    """The tables of one layer, in registry order."""
    return tuple(table for table in TABLES if table.layer == layer)
