"""Batches by parallel Thompson sampling, greedily or by upper confidence bound.

Thompson sampling for batches: Hernandez-Lobato et al. 2017, arXiv:1706.01825. Each joint draw from
the predictive distribution is one belief about the world; the batch is filled with what is best in
many such beliefs, which spreads it over what could be best. A cap per scaffold keeps a batch from
being one compound in twenty-four variations.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molagent.errors import InputError
from molagent.records import BoolArray, FloatArray

__all__ = ["Batch", "greedy_batch", "thompson_batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What was chosen.

    Attributes
    ----------
    indices
        Rows chosen, best first.
    acquisition
        For each of them: the share of draws in which it was among the best `count`, 0..1.
    shortfall
        Why there are fewer than asked; '' if there are not.
    """

    indices: tuple[int, ...]
    acquisition: tuple[float, ...]
    shortfall: str = ""


def thompson_batch(
    draws: FloatArray,
    groups: Sequence[str],
    *,
    count: int,
    per_group: int,
    seed: int,
) -> Batch:
    """Fill a batch from joint draws.

    Draws are taken in a random order; each gives its best compound that is not chosen yet and whose
    group is not full, until the batch is. Chosen compounds are then ordered by the share of draws
    in which they are among the best `count`, ties by mean.

    Parameters
    ----------
    draws
        ``draws x N`` desirabilities; a column with any NaN is never chosen.
    groups
        ``N`` group names (scaffolds); '' belongs to no group and is not capped.
    count, per_group
        Size of the batch, and how many of it may share a group.
    seed
        Of the order in which draws are taken.

    Examples
    --------
    >>> draws = np.array([[0.9, 0.8, 0.1], [0.7, 0.8, 0.2]])
    >>> thompson_batch(draws, ["a", "a", "b"], count=2, per_group=1, seed=0).shortfall
    ''
    """
    _check(draws, groups, count, per_group)
    usable = np.asarray(~np.isnan(draws).any(axis=0))
    filled = np.where(usable, draws, -np.inf)
    order = np.random.default_rng(seed).permutation(len(draws))
    room = _Room(groups, usable, per_group)
    chosen: list[int] = []
    # Best first within each draw; stable, so that ties fall to the lower row everywhere.
    preference = np.argsort(-filled, axis=1, kind="stable")
    position = 0
    while len(chosen) < count and room.left:
        row = preference[order[position % len(order)]]
        best = next(int(index) for index in row if room.has(int(index)))
        room.take(best)
        chosen.append(best)
        position += 1
    share = np.zeros(draws.shape[1])
    np.add.at(share, preference[:, : min(count, int(usable.sum()))].ravel(), 1.0 / len(draws))
    mean = filled.mean(axis=0)
    chosen.sort(key=lambda index: (-share[index], -mean[index], index))
    return Batch(
        indices=tuple(chosen),
        acquisition=tuple(float(min(share[index], 1.0)) for index in chosen),
        shortfall=_shortfall(len(chosen), count, int(usable.sum()), per_group),
    )


def greedy_batch(values: FloatArray, groups: Sequence[str], *, count: int, per_group: int) -> Batch:
    """Fill a batch with the largest values, ``N``, under the same cap; NaN is never chosen.

    Give ``mean`` for a greedy batch and ``mean + k * std`` for upper confidence bound.
    """
    return thompson_batch(values[None, :], groups, count=count, per_group=per_group, seed=0)


class _Room:
    """What may still be chosen."""

    def __init__(self, groups: Sequence[str], usable: BoolArray, per_group: int) -> None:
        self._groups = list(groups)
        self._open = usable.copy()
        self._used: dict[str, int] = {}
        self._per_group = per_group

    @property
    def left(self) -> bool:
        return bool(self._open.any())

    def has(self, index: int) -> bool:
        return bool(self._open[index])

    def take(self, index: int) -> None:
        self._open[index] = False
        group = self._groups[index]
        if not group:
            return
        self._used[group] = self._used.get(group, 0) + 1
        if self._used[group] >= self._per_group:
            for other, name in enumerate(self._groups):
                if name == group:
                    self._open[other] = False


def _check(draws: FloatArray, groups: Sequence[str], count: int, per_group: int) -> None:
    if draws.ndim != 2 or draws.shape[1] != len(groups) or not len(draws):  # noqa: PLR2004
        raise InputError(
            f"draws of shape {draws.shape} do not fit {len(groups)} groups",
            remedy="give draws x N with one group a column",
        )
    if count < 1 or per_group < 1:
        raise InputError(f"count {count} and per_group {per_group} must be at least 1")


def _shortfall(chosen: int, count: int, usable: int, per_group: int) -> str:
    if chosen >= count:
        return ""
    return (
        f"{chosen} of {count} chosen: {usable} compounds can be ranked, and at most {per_group} "
        "may share a scaffold"
    )
