"""Directory files: the brands, users, campaigns and listings that everything else names (DESIGN 6, SPEC A-O7, CH6).

A document is `{"brands": [...], "users": [...], "campaigns": [...], "listings": [...]}`, each list optional, its
objects in the documented shapes (000:173); keys not named here are kept in raw alone. Of several objects with one
id the latest counts, whole. Where an object names another, its id or the object itself may stand.

- brand: id, name, parent, region (two-letter country), time_zone or timezone, deleted_at.
- user: id, first_name, last_name, display_name, email, phone_number or phone, timezone or time_zone, user_status,
  deleted_at; brand, or brands with one entry (with none or several: any brand; active_brand says where the user looked
  last and does not count); agents [{mls, mls_id}], or mls and mls_id.
- campaign: {id, brand, created_by | user | from, emails: [{id, email | recipient | contact}]}, or one e-mail by
  itself: {email_campaign_email, campaign, brand, created_by | user | from, email | recipient | contact}.
- listing: id, brand, mls, mls_number, and what a lead's own listing has (SPEC LC6).
"""

from transforms.directory.reading import Directory, read_directory

__all__ = ["Directory", "read_directory"]
