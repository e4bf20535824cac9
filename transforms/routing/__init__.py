"""Rulebooks compiled and evaluated, group turns."""
