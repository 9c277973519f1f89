"""Markush claims as data: a small language, the closed matcher, and claims read back in words."""
