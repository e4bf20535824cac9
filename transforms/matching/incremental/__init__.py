"""Matching what is new or changed by a kept model, so that it comes out as matching all contacts would."""
