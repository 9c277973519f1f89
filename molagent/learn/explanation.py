"""Why a model says what it says, in a chemist's terms: atoms, neighbours, and what argues against.

*Atoms*: see :mod:`molagent.learn.contributions`.

*Neighbours.* The nearest measured compounds with their values, and among the close ones the one
whose value contradicts the estimate most: the pair to look at before trusting it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from molagent.chem.likeness import CountKernel, count_features
from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.learn.censored import SIDES
from molagent.learn.contributions import (
    AtomContributions,
    AtomGroup,
    atom_contributions,
    kernel_contributions,
    masked_contributions,
)
from molagent.learn.domain import BANDS
from molagent.protocols import Predictor

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CLOSE",
    "AtomContributions",
    "AtomGroup",
    "Contradiction",
    "Explanation",
    "Measured",
    "Neighbour",
    "atom_contributions",
    "explain",
    "find_contradiction",
    "kernel_contributions",
    "masked_contributions",
]

_NEIGHBOURS: Final = 5
# Looked through for a contradiction: beyond these nobody would call a compound close.
_LOOKED_AT: Final = 200
# From here on a measured compound counts as close enough to argue with an estimate.
CLOSE: Final = min(band.lowest for band in BANDS if band.in_domain)
_NOISE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A measured compound near a structure.

    Attributes
    ----------
    relation
        ``=``, ``<`` or ``>`` on the scale of `value`.
    similarity
        Count Tanimoto of half Morgan, half atom pairs, 0..1.
    """

    compound_id: str
    smiles: str
    value: float
    relation: str
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """The close measured compound that argues most against an estimate.

    Attributes
    ----------
    gap
        Measured minus estimated, in the endpoint's unit; for a limit, how far the estimate lies
        on its wrong side.
    closer
        Measured compounds that are nearer and do not contradict.
    """

    neighbour: Neighbour
    gap: float
    closer: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """An estimate with its reasons.

    Attributes
    ----------
    std
        Of a new measurement.
    neighbours
        The nearest measured compounds, nearest first.
    against
        None where no close measured compound contradicts.
    """

    contributions: AtomContributions
    std: float
    in_domain: bool
    model_hash: str
    neighbours: tuple[Neighbour, ...]
    against: Contradiction | None


class Measured:
    """Measured compounds of one endpoint, ready to be searched by similarity.

    Parameters
    ----------
    frame
        ``smiles``, ``p_relation``, ``p_value`` and, where known, ``compound_id``, a row a
        compound, as ``learning_frame`` gives it. Unreadable structures and rows without a value
        are left out.
    """

    def __init__(self, frame: "pd.DataFrame") -> None:
        needed = ("smiles", "p_relation", "p_value")
        if missing := [name for name in needed if name not in frame.columns]:
            raise InputError(
                f"measured compounds lack {', '.join(missing)}",
                remedy="give one row a compound, as learning_frame does",
            )
        values = frame["p_value"].to_numpy(dtype=np.float64, na_value=np.nan)
        counts, readable = count_features(frame["smiles"].astype(str).tolist())
        kept = readable & np.isfinite(values)
        self.rows = frame.loc[kept].reset_index(drop=True)
        self._kernel = CountKernel(counts[kept])

    def __len__(self) -> int:
        """Return the number of compounds."""
        return len(self.rows)

    def nearest(self, smiles: str, count: int = _NEIGHBOURS) -> tuple[Neighbour, ...]:
        """Return the `count` most similar compounds, most similar first."""
        counts, _ = count_features([smiles])
        if not len(self):
            return ()
        similarity = self._kernel(counts)[0]
        order = np.argsort(-similarity, kind="stable")[:count].tolist()
        names = (
            self.rows["compound_id"].astype(str).tolist()
            if "compound_id" in self.rows
            else [""] * len(self)
        )
        return tuple(
            Neighbour(
                compound_id=names[row],
                smiles=str(self.rows["smiles"][row]),
                value=float(self.rows["p_value"][row]),
                relation=str(self.rows["p_relation"][row]),
                similarity=float(similarity[row]),
            )
            for row in order
        )


def explain(
    predictor: Predictor, smiles: str, measured: Measured, *, neighbours: int = _NEIGHBOURS
) -> Explanation:
    """Explain one estimate.

    Parameters
    ----------
    measured
        Of the predictor's endpoint, in its unit.
    neighbours
        How many nearest compounds to name.

    Raises
    ------
    StructureError
        If the structure cannot be read.
    InputError
        If the model has no estimate of it.
    """
    parse_smiles(smiles)
    frame = predictor.predict([smiles])
    if not np.isfinite(frame.mean[0]):
        raise InputError(
            f"the model of {predictor.endpoint} has no estimate of {smiles!r}",
            remedy="explain a structure that it can judge",
        )
    near = measured.nearest(smiles, max(neighbours, _LOOKED_AT))
    floor = float(predictor.card.get("std_floor") or _NOISE)
    return Explanation(
        contributions=atom_contributions(predictor, smiles),
        std=float(frame.std[0]),
        in_domain=bool(frame.in_domain[0]),
        model_hash=frame.model_hash,
        neighbours=near[:neighbours],
        against=find_contradiction(near, float(frame.mean[0]), noise=floor),
    )


def find_contradiction(
    neighbours: Sequence[Neighbour], predicted: float, *, noise: float
) -> Contradiction | None:
    """Return the close compound whose value speaks most against `predicted`.

    Close is a similarity of at least 0.45. What counts is how far the value departs beyond what
    the assay repeats to, times the similarity: a twin that is one log unit off says more than a
    distant cousin that is two off. A limit contradicts only where the estimate is beyond it.

    Parameters
    ----------
    neighbours
        Most similar first.
    noise
        Standard deviation of repeated measurements, in the endpoint's unit.

    Examples
    --------
    >>> twin = Neighbour(compound_id="A", smiles="CCO", value=5.0, relation="=", similarity=0.9)
    >>> cousin = Neighbour(compound_id="B", smiles="CCN", value=9.5, relation="=", similarity=0.5)
    >>> find_contradiction([twin, cousin], 7.0, noise=0.2).neighbour.compound_id
    'A'
    >>> find_contradiction([cousin], 9.4, noise=0.2) is None
    True
    """
    close = [entry for entry in neighbours if entry.similarity >= CLOSE]
    gaps = [_gap(entry, predicted) for entry in close]
    weight = [
        entry.similarity * max(abs(gap) - noise, 0.0)
        for entry, gap in zip(close, gaps, strict=True)
    ]
    if not weight or max(weight) <= 0:
        return None
    place = int(np.argmax(weight))
    return Contradiction(
        neighbour=close[place],
        gap=gaps[place],
        closer=sum(1 for value in weight[:place] if value <= 0),
    )


def _gap(entry: Neighbour, predicted: float) -> float:
    gap = entry.value - predicted
    side = SIDES.get(entry.relation)
    if side is None:  # '~' bounds nothing
        return 0.0
    if side > 0:
        return max(gap, 0.0)
    return min(gap, 0.0) if side < 0 else gap
