"""The boxes of the diagram as plain functions: read tables, transform, write tables, return counts."""

from flows.stages.build_contacts import build_contacts
from flows.stages.build_marts import build_marts
from flows.stages.fill_segments import fill_segments
from flows.stages.ingest import ingest, ingest_files
from flows.stages.judge import judge
from flows.stages.keep_model import decide_model, keep_model
from flows.stages.match import block, cluster, compare
from flows.stages.prove_routing import prove_routing
from flows.stages.read_requests import read_requests
from flows.stages.reassign import reassign
from flows.stages.rebuild import forget_derived, is_current
from flows.stages.review import take_review
from flows.stages.route import is_due, route
from flows.stages.stage_contacts import stage_contacts
from flows.stages.stage_directory import stage_directory
from flows.stages.stage_leads import stage_leads
from flows.stages.stage_requests import stage_requests
from flows.stages.stage_rulebooks import stage_rulebooks
from flows.stages.unmerge import unmerge
from flows.stages.withdraw import withdraw

__all__ = [
    "block", "build_contacts", "build_marts", "cluster", "compare", "decide_model", "fill_segments", "forget_derived",
    "ingest", "ingest_files", "is_current", "is_due", "judge", "keep_model", "prove_routing", "read_requests",
    "reassign", "route", "stage_contacts", "stage_directory", "stage_leads", "stage_requests", "stage_rulebooks",
    "take_review", "unmerge", "withdraw",
]  # fmt: skip
