"""The documented contact filters, answered from the published tables (SPEC FI1-FI4, LC10, A-FI1)."""

from transforms.filters.attributes import AttributeFilter, match_attribute
from transforms.filters.contacts import FilterTables, filter_contacts

__all__ = ["AttributeFilter", "FilterTables", "filter_contacts", "match_attribute"]
