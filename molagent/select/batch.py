"""Choosing a batch: several compounds at once, spread over groups (scaffolds).

Parallel Thompson sampling (Hernandez-Lobato et al. 2017, arXiv:1706.01825): each posterior draw is
one world the models believe possible, and each picks the compound that is best in it. So a batch is
spread over what could be best, where a greedy one repeats what is best on average.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from molagent.chem.fingerprints import tanimoto
from molagent.errors import InputError
from molagent.records import BoolArray, FloatArray

__all__ = ["Batch", "greedy_batch", "thompson_batch", "upper_bound_batch"]

PackedBits = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was chosen.

    Attributes
    ----------
    indices
        Row numbers of the chosen candidates, best first; the position is the rank.
    acquisition
        One number a chosen candidate: for Thompson sampling the share of draws in which it was
        among the best `count`, else the value that was maximised.
    shortfall
        Why fewer than asked were chosen, or "".
    """

    indices: tuple[int, ...]
    acquisition: tuple[float, ...]
    shortfall: str = ""


def thompson_batch(
    desirability: FloatArray,
    groups: Sequence[str],
    *,
    count: int,
    per_group: int,
    seed: int,
    fingerprints: PackedBits | None = None,
    max_similarity: float = 1.0,
) -> Batch:
    """Choose a batch by parallel Thompson sampling.

    Parameters
    ----------
    desirability
        ``draws x N``; a column with a NaN is unknown and never chosen.
    groups
        ``N``; at most `per_group` of one group (for example one Murcko scaffold) are chosen.
    seed
        Of the order in which the draws pick.
    fingerprints, max_similarity
        ``N x words`` packed bits; no two chosen candidates are more similar than this.

    Examples
    --------
    >>> draws = np.array([[0.9, 0.8, 0.1], [0.7, 0.9, 0.2]])
    >>> batch = thompson_batch(draws, ["a", "a", "b"], count=2, per_group=1, seed=0)
    >>> len(batch.indices), 2 in batch.indices
    (2, True)
    """
    if desirability.ndim != 2:  # noqa: PLR2004
        raise InputError(f"draws have {desirability.ndim} dimensions", remedy="give draws x N")
    known = np.asarray(np.isfinite(desirability).all(axis=0), dtype=bool)
    values = np.where(known, desirability, -np.inf)
    average = np.where(known, values.mean(axis=0) if len(values) else 0.0, -np.inf)
    share = _top_share(values, known, count)
    # A draw in which everything is unacceptable still prefers what is good on average.
    values = values + 1e-9 * np.where(known, average, 0.0)
    chooser = _Chooser(groups, per_group, known, fingerprints, max_similarity)
    turns = np.random.default_rng(seed).permutation(len(values))
    turn = 0
    while len(chooser.chosen) < count and chooser.allowed.any():
        draw = values[turns[turn % len(turns)]]
        chooser.take(int(np.argmax(np.where(chooser.allowed, draw, -np.inf))))
        turn += 1
    order = sorted(chooser.chosen, key=lambda row: (-share[row], -average[row], row))
    return Batch(
        indices=tuple(order),
        acquisition=tuple(float(share[row]) for row in order),
        shortfall=chooser.shortfall(count),
    )


def greedy_batch(
    desirability: FloatArray,
    groups: Sequence[str],
    *,
    count: int,
    per_group: int,
    fingerprints: PackedBits | None = None,
    max_similarity: float = 1.0,
) -> Batch:
    """Choose the largest values, ``N``, under the cap per group; NaN is never chosen."""
    known = np.isfinite(desirability)
    chooser = _Chooser(groups, per_group, known, fingerprints, max_similarity)
    ranked = np.argsort(-np.where(known, desirability, -np.inf), kind="stable")
    for row in ranked.tolist():
        if len(chooser.chosen) == count:
            break
        if chooser.allowed[row]:
            chooser.take(row)
    return Batch(
        indices=tuple(chooser.chosen),
        acquisition=tuple(float(desirability[row]) for row in chooser.chosen),
        shortfall=chooser.shortfall(count),
    )


def upper_bound_batch(
    desirability: FloatArray,
    groups: Sequence[str],
    *,
    count: int,
    per_group: int,
    kappa: float = 1.0,
    fingerprints: PackedBits | None = None,
    max_similarity: float = 1.0,
) -> Batch:
    """Choose the largest mean plus `kappa` standard deviations over ``draws x N`` draws."""
    bound = desirability.mean(axis=0) + kappa * desirability.std(axis=0)
    return greedy_batch(
        bound,
        groups,
        count=count,
        per_group=per_group,
        fingerprints=fingerprints,
        max_similarity=max_similarity,
    )


@dataclass(slots=True, eq=False)
class _Chooser:
    """What may still be chosen, given what has been."""

    groups: Sequence[str]
    per_group: int
    known: BoolArray
    fingerprints: PackedBits | None
    max_similarity: float
    chosen: list[int] = field(default_factory=list)
    allowed: BoolArray = field(init=False)
    _counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if len(self.groups) != len(self.known):
            raise InputError(
                f"{len(self.groups)} groups for {len(self.known)} candidates",
                remedy="give one group a candidate",
            )
        self.allowed = self.known.copy()

    def take(self, row: int) -> None:
        group = self.groups[row]
        self.chosen.append(row)
        self.allowed[row] = False
        self._counts[group] += 1
        if self._counts[group] >= self.per_group:
            self.allowed &= np.array([other != group for other in self.groups], dtype=bool)
        if self.fingerprints is not None and self.max_similarity < 1.0:
            similarity = tanimoto(self.fingerprints[row : row + 1], self.fingerprints)[0]
            self.allowed &= similarity <= self.max_similarity

    def shortfall(self, count: int) -> str:
        if len(self.chosen) >= count:
            return ""
        known = int(self.known.sum())
        if known == len(self.chosen):
            unknown = len(self.known) - known
            words = f"only {known} candidates have a known desirability"
            return f"{words}; {unknown} are unknown" if unknown else words
        caps = f"at most {self.per_group} of a group"
        if self.fingerprints is not None and self.max_similarity < 1.0:
            caps += f" and no two more similar than {self.max_similarity:g}"
        return f"{caps} leave {len(self.chosen)} of {known} candidates"


def _top_share(values: FloatArray, known: BoolArray, count: int) -> FloatArray:
    """Return the share of draws in which each candidate is among the best `count`."""
    size = min(count, int(known.sum()))
    share = np.zeros(values.shape[1])
    if size == 0 or not len(values):
        return share
    top = np.argpartition(-values, size - 1, axis=1)[:, :size]
    np.add.at(share, top.ravel(), 1.0 / len(values))
    return np.minimum(share, 1.0)
