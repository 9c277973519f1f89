"""The stages of a campaign, in their order."""

from enum import StrEnum

__all__ = ["Stage"]


class Stage(StrEnum):
    """One step of a campaign; each is written to the store wholly or not at all.

    The order is that of a cycle; what happens once stands before and after.
    """

    INGEST = "ingest"
    FIT = "fit"
    REPLAN = "replan"
    PROPOSE = "propose"
    SCREEN = "screen"
    RANK = "rank"
    DECIDE = "decide"
    SELECT = "select"
    REPORT = "report"
