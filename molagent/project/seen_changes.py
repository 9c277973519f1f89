"""What a project's matched pairs say of changes to a compound."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import pandas as pd

from molagent.chem.molecules import parse_smiles
from molagent.records import SeenChange

__all__ = ["seen_changes"]


def seen_changes(frame: pd.DataFrame) -> Callable[[str], Sequence[SeenChange]]:
    """Return what says of a structure which changes were measured at places like its own.

    Parameters
    ----------
    frame
        ``compound_id, smiles, p_value``; see :func:`molagent.sar.measured.measured`. Substituents
        are paired; what lies in the middle is left to other generators.
    """
    from molagent.sar.pairs import find_pairs
    from molagent.sar.transforms import SeenChanges

    if frame.empty:
        return lambda _: ()
    changes = SeenChanges(find_pairs(frame, max_cuts=1))

    @lru_cache(maxsize=500)  # seeds stay from cycle to cycle
    def suggest(smiles: str) -> tuple[SeenChange, ...]:
        return tuple(
            SeenChange(
                constant=constant,
                start=start,
                end=end,
                mean=float(evidence["mean"]),
                pairs=int(evidence["n"]),
            )
            for constant, start, end, evidence in changes.at_places_of(parse_smiles(smiles))
        )

    return suggest
