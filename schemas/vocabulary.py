"""The closed sets of words that leadpipe's tables may hold."""

from enum import StrEnum

__all__ = [
    "CELL_MARK", "DECIDED_BY_PEOPLE", "KEPT_BY_ITSELF", "Cause", "ChangeCause", "ColumnStatus", "DecidedBy",
    "Distribution", "Folder", "Judgement", "Layer", "LeadStatus", "OfferOutcome", "Operator", "PairDecision",
    "ProblemCode", "RuleKind", "Severity", "Step", "Target", "WhenNobody",
]  # fmt: skip

#: Stands before every cell of a row that is kept as one text (raw.file_rows), unless a cell holds it.
CELL_MARK = "\x1f"

#: In place of a person, where leadpipe itself keeps the model of a large book.
KEPT_BY_ITSELF = "leadpipe"


class Layer(StrEnum):
    """DuckDB schemas, in the order data moves through them (DESIGN 1)."""

    RAW = "raw"
    STAGING = "staging"
    CORE = "core"
    ROUTING = "routing"
    MATCHING = "matching"
    MARTS = "marts"
    OPS = "ops"


class Folder(StrEnum):
    """Inbox folders, in the order a run takes them (DESIGN 6)."""

    DIRECTORY = "directory"
    ROUTING = "routing"
    REQUESTS = "requests"
    CONTACTS = "contacts"
    LEADS = "leads"
    SEGMENTS = "segments"


class Cause(StrEnum):
    """Why a contact was created, updated or deleted (SPEC EA13; the CSV and workbook names by analogy)."""

    DIRECT_REQUEST = "direct_request"
    IMPORT_JSON = "import_json"
    IMPORT_CSV = "import_csv"
    IMPORT_XLS = "import_xls"
    IMPORT_XLSX = "import_xlsx"
    LTS_LEAD = "lts_lead"
    MERGE = "merge"


class ColumnStatus(StrEnum):
    """What became of a column of a contact file."""

    MAPPED = "mapped"
    UNMAPPED = "unmapped"


class RuleKind(StrEnum):
    """How a rule joins its conditions (SPEC RU1)."""

    AND = "AND"
    OR = "OR"


class Operator(StrEnum):
    """What a condition asks (SPEC CO1)."""

    EQ = "eq"
    ANY = "any"
    ALL = "all"
    GTE = "gte"
    LTE = "lte"


class Target(StrEnum):
    """What a rule gives a lead to (SPEC RU4)."""

    USER = "User"
    GROUP = "Group"
    BRAND = "Brand"


class Distribution(StrEnum):
    """How a group shares its leads (SPEC GR1)."""

    ROUND_ROBIN = "RoundRobin"
    FIRST_TO_CLAIM = "FirstToClaim"


class WhenNobody(StrEnum):
    """What becomes of a group's lead while none of its members may be given one (SPEC A-G7)."""

    QUEUE = "queue"
    FALLBACK = "fallback"


class DecidedBy(StrEnum):
    """Which step of the precedence settled a lead (SPEC A-G1)."""

    ASSIGNEE = "assignee"
    OWNER = "owner"
    RULE = "rule"
    DEFAULT_RULE = "default_rule"
    BRAND = "brand"
    REPEAT = "repeat"
    REASSIGNED = "reassigned"


class LeadStatus(StrEnum):
    """Where a lead stands."""

    ASSIGNED = "assigned"
    OFFERED = "offered"
    QUEUED = "queued"
    UNASSIGNED = "unassigned"


class OfferOutcome(StrEnum):
    """What became of an offer (SPEC A-F1)."""

    OPEN = "open"
    CLAIMED = "claimed"
    TAKEN = "taken"  # by another member
    EXPIRED = "expired"


class ChangeCause(StrEnum):
    """Why a decision is another one than it was (SPEC A-F2, A-G5)."""

    LATE_CLAIM = "late_claim"
    OFFER_ENDED = "offer_ended"
    QUEUE_MOVED = "queue_moved"
    CORRECTED_RULEBOOK = "corrected_rulebook"
    BACKFILLED_LEAD = "backfilled_lead"
    DIRECTORY = "directory"
    CONTACTS = "contacts"
    SETTINGS = "settings"
    LEAD_GONE = "lead_gone"
    EARLIER_DECISION = "earlier_decision"


class Severity(StrEnum):
    """How much a finding about a rulebook matters, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class PairDecision(StrEnum):
    """What becomes of a scored pair of contacts."""

    MERGE = "merge"
    REVIEW = "review"
    NO_MATCH = "no_match"


#: decided_by of pairs that a person merged, or kept apart.
DECIDED_BY_PEOPLE = ("request", "judgement")


class Judgement(StrEnum):
    """What a person says of a pair of contacts; withdrawn: what was said counts no more."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What a request may ask of contacts; the last five are asked of every contact that they concern."""

    ADD = "add"
    SET = "set"
    REMOVE = "remove"
    UNTAG = "untag"
    REPLACE = "replace"
    DELETE = "delete"
    OWNER = "owner"
    TOUCH = "touch"
    ADD_WHERE = "add_where"
    RENAME_TAG = "rename_tag"
    DELETE_TAG = "delete_tag"
    CREATE_DEF = "create_def"
    DELETE_DEF = "delete_def"


class ProblemCode(StrEnum):
    """Why a file, row or cell is in quarantine."""

    # files
    EMPTY_FILE = "empty_file"
    NO_DATA_ROWS = "no_data_rows"
    WRONG_FILE_TYPE = "wrong_file_type"
    ENCRYPTED = "encrypted"
    UNREADABLE = "unreadable"
    DAMAGED = "damaged"  # read, though not all of it may be as it was saved
    TOO_LARGE = "too_large"
    BROKEN_JSON = "broken_json"
    UNKNOWN_SHAPE = "unknown_shape"
    NOT_A_REGULAR_FILE = "not_a_regular_file"
    BAD_SIDE_FILE = "bad_side_file"
    # rows and columns
    ROW_TOO_LONG = "row_too_long"
    BROKEN_ROW = "broken_row"
    UNKNOWN_MAPPING_COLUMN = "unknown_mapping_column"
    UNKNOWN_ATTRIBUTE = "unknown_attribute"
    EMPTY_CONTACT = "empty_contact"
    NO_CONTACT_ROW = "no_contact_row"
    SKIPPED_SHEET = "skipped_sheet"
    UNKNOWN_SHEET = "unknown_sheet"
    DUPLICATE_ID = "duplicate_id"
    AMBIGUOUS_DATES = "ambiguous_dates"
    # cells
    BAD_EMAIL = "bad_email"
    BAD_PHONE = "bad_phone"
    BAD_DATE = "bad_date"
    BAD_NUMBER = "bad_number"
    BAD_ADDRESS = "bad_address"
    PLACEHOLDER = "placeholder"
    LABEL_WITHOUT_VALUE = "label_without_value"
    CELL_ERROR = "cell_error"
    # leads and requests
    UNKNOWN_CHANNEL = "unknown_channel"
    DELETED_CHANNEL = "deleted_channel"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    AMBIGUOUS_ASSIGNEE = "ambiguous_assignee"
    MISSING_FIELD = "missing_field"
    BAD_VALUE = "bad_value"
    CONTRADICTION = "contradiction"
    UNKNOWN_ID = "unknown_id"
    UNSUPPORTED_REQUEST = "unsupported_request"
    INVALID_REQUEST = "invalid_request"
    NOT_EDITABLE = "not_editable"
    # segments
    BAD_FILTER = "bad_filter"
    SEGMENT_REPLACED = "segment_replaced"
    # routing
    INVALID_RULE = "invalid_rule"
