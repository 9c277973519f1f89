"""The stages of a cycle, in order, and the seed each of them runs with."""

import hashlib
from typing import Final

from molagent.records import Stage

__all__ = ["CYCLE_STAGES", "stage_seed"]

CYCLE_STAGES: Final = (
    Stage.FIT,
    Stage.REPLAN,
    Stage.PROPOSE,
    Stage.SCREEN,
    Stage.RANK,
    Stage.DECIDE,
)


def stage_seed(seed: int, cycle: int, stage: str) -> int:
    """Return the seed of one stage, ``0 .. 2**31 - 1``.

    Derived, not drawn in sequence: a resumed campaign gives a stage the seed it would have had in
    an uninterrupted run.

    Examples
    --------
    >>> stage_seed(1, 2, "propose") == stage_seed(1, 2, "propose") != stage_seed(1, 3, "propose")
    True
    """
    digest = hashlib.sha256(f"{seed}/{cycle}/{stage}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 2**31
