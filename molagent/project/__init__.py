"""Composition root: one database file, a campaign file and plugins become running objects."""
