"""Inputs and reference data: the only package that opens them. What it yields is text, never typed."""
