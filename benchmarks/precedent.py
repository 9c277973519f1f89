"""How many real compounds the filter of precedent would refuse, and how its limit moves that."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from molagent.errors import InputError
from molagent.records import Judgement
from molagent.screen.precedent import LEAST_INFORMATION, PrecedentFilter

__all__ = ["PrecedentShare", "bench_precedent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedentShare:
    """Shares of N held-out compounds of one target that fail, by ring system and by bond.

    Attributes
    ----------
    failed, ring, bond
        With the target's other compounds added, as in a campaign.
    failed_without
        Without them.
    microseconds
        A structure, the first time it is asked for.
    """

    target: str
    count: int
    failed: float
    ring: float
    bond: float
    failed_without: float
    microseconds: float


def bench_precedent(
    folder: Path, *, most: int = 200, least: float = LEAST_INFORMATION
) -> Iterator[PrecedentShare]:
    """Judge the test split of each target, what its training split holds counted as precedent.

    Parameters
    ----------
    folder
        CSV files with ``smiles`` and ``split`` (train, test), as MoleculeACE's benchmark_data.
    most
        Held-out compounds of a target that are judged.
    least
        Least pointwise mutual information of a bond with precedent.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise InputError(
            "there is no CSV file", place=str(folder), remedy="give MoleculeACE's benchmark_data"
        )
    for path in files:
        table = pd.read_csv(path).drop_duplicates("smiles")
        held_out = table.loc[table["split"] == "test", "smiles"].tolist()[:most]
        own = table.loc[table["split"] == "train", "smiles"].tolist()
        known, bare = PrecedentFilter(own, least=least), PrecedentFilter(least=least)
        began = time.process_time()
        judged = known.judge(held_out)
        seconds = time.process_time() - began
        yield PrecedentShare(
            target=path.stem,
            count=len(held_out),
            failed=_share(judged, ""),
            ring=_share(judged, "ring: "),
            bond=_share(judged, "bond: "),
            failed_without=_share(bare.judge(held_out), ""),
            microseconds=1e6 * seconds / max(1, len(held_out)),
        )


def _share(judged: list[Judgement], prefix: str) -> float:
    found = [any(text.startswith(prefix) for text in each.evidence) for each in judged]
    return sum(found) / max(1, len(found))
