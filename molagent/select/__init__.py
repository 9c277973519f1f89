"""Choosing: desirability over a target product profile, and batches that go to the laboratory."""
