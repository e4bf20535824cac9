"""Lint of a rulebook: what is wrong with its rules, proved from the rules alone where it can be."""
