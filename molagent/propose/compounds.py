"""A project's own compounds, packed chunk by chunk, beside molecules that a policy made itself."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molagent.errors import InputError
from molagent.formulas import guarded
from molagent.propose.conditions import NAMES, PROPERTIES
from molagent.propose.packed import PackedMolecules, find_obstacle, pack_smiles
from molagent.propose.sampler import GraphGenerator
from molagent.propose.weights import SHIPPED, LoadedPolicy
from molagent.protocols import Progress

__all__ = ["Compounds", "add_prior", "pack_compounds"]

CHUNK = 2_000
PRIOR_SAMPLES = 2_000
FEWEST = 2
UNSUPPORTED = "unsupported.csv"


@dataclass(frozen=True)
class Compounds:
    """Packed compounds, then molecules that the starting policy made.

    Parameters
    ----------
    packed
        All of them.
    own
        How many are compounds.
    unsupported
        How many compounds were left out for each reason.
    activity
        Number, mean and standard deviation of the known activities; empty without any.
    """

    packed: PackedMolecules
    own: int
    unsupported: Counter[str]
    activity: Mapping[str, float]

    def count_described(self, start: LoadedPolicy) -> dict[str, int]:
        """Count the molecules whose properties a policy was told, in earlier training too."""
        earlier = start.card.get("described")
        known = np.isfinite(self.packed.properties[: self.own]).sum(axis=0).tolist()
        counts = dict(zip(NAMES, known, strict=True))
        if isinstance(earlier, dict):
            counts = {name: count + int(earlier.get(name, 0)) for name, count in counts.items()}
        return counts


def pack_compounds(
    smiles: Sequence[str],
    activity: Sequence[float] | None,
    start: LoadedPolicy,
    number: int,
    out: Path,
    progress: Progress,
) -> Compounds:
    """Pack chunk by chunk; write what cannot be built to a file."""
    out.mkdir(parents=True, exist_ok=True)
    values, facts = _standardise(activity, len(smiles))
    unsupported: Counter[str] = Counter()
    parts: list[PackedMolecules] = []
    with (out / UNSUPPORTED).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["row", "smiles", "reason"])
        for begin in range(0, len(smiles), CHUNK):
            kept = []
            for row in range(begin, min(begin + CHUNK, len(smiles))):
                reason = find_obstacle(smiles[row])
                if reason is None:
                    kept.append(row)
                else:
                    unsupported[reason] += 1
                    writer.writerow([row, guarded(smiles[row]), guarded(reason)])
            part = pack_smiles(
                (smiles[row] for row in kept),
                start.vocabulary,
                corpus=number,
                described=PROPERTIES,
            )
            part.properties[:, len(PROPERTIES)] = values[kept]
            parts.append(part)
            progress.advance(min(CHUNK, len(smiles) - begin))
    packed = PackedMolecules.concatenate(parts or [pack_smiles([], start.vocabulary)])
    return Compounds(packed, len(packed), unsupported, facts)


def _standardise(
    activity: Sequence[float] | None, count: int
) -> tuple[NDArray[np.float64], Mapping[str, float]]:
    """Return values in standard deviations from their mean, and both with their number."""
    if activity is None:
        return np.full(count, np.nan), {}
    values = np.asarray(activity, dtype=np.float64)
    known = values[np.isfinite(values)]
    if len(known) < FEWEST or np.std(known) == 0.0:
        raise InputError(
            f"{len(known)} known activities do not differ",
            remedy="give at least two different values, or none at all",
        )
    mean, deviation = float(known.mean()), float(known.std())
    return (values - mean) / deviation, {"count": len(known), "mean": mean, "std": deviation}


def add_prior(compounds: Compounds, start: LoadedPolicy, base: str | Path, seed: int) -> Compounds:
    """Append molecules of the starting policy, as many of each of its sources."""
    folder = None if str(base) == SHIPPED else Path(base)
    parts = [compounds.packed]
    sources: list[str | None] = list(start.sources)
    for name in sources or [None]:
        generator = GraphGenerator(folder, name, charged=True)
        drawn = generator.sample(PRIOR_SAMPLES // max(len(sources), 1), seed=seed)
        built = [smiles for smiles in drawn if smiles and find_obstacle(smiles) is None]
        number = start.sources[name] if name is not None else 0
        parts.append(pack_smiles(built, start.vocabulary, corpus=number, described=PROPERTIES))
    return replace(compounds, packed=PackedMolecules.concatenate(parts))
