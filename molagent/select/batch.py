"""Choosing a batch: several compounds at once, spread over groups (scaffolds).

Parallel Thompson sampling (Hernandez-Lobato et al. 2017, arXiv:1706.01825): each posterior draw is
one world the models believe possible, and each picks the compound that is best in it. So a batch is
spread over what could be best, where a greedy one repeats what is best on average.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molagent.records import FloatArray
from molagent.select.acquisition import known_columns, top_share
from molagent.select.limits import Chooser, Limits

__all__ = ["Batch", "best_within", "informative_rows", "leading_rows", "thompson_within"]


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


def thompson_within(
    limits: Limits, desirability: FloatArray, *, count: int, seed: int, already: Sequence[int] = ()
) -> Batch:
    """Choose by parallel Thompson sampling within any limits.

    Parameters
    ----------
    desirability
        ``draws x N``; a column with a NaN is unknown and never chosen.
    already
        Rows that stand in the batch before the first draw; they count.
    seed
        Of the order in which the draws pick.

    Examples
    --------
    >>> draws = np.array([[0.9, 0.8, 0.1], [0.7, 0.9, 0.2]])
    >>> limits = Limits(groups=["a", "a", "b"], per_group=1)
    >>> batch = thompson_within(limits, draws, count=2, seed=0)
    >>> len(batch.indices), 2 in batch.indices
    (2, True)
    """
    known = known_columns(desirability)
    values = np.where(known, desirability, -np.inf)
    average = np.where(known, values.mean(axis=0), -np.inf)
    share = np.nan_to_num(top_share(desirability, count))
    # A draw in which everything is unacceptable still prefers what is good on average.
    values = values + 1e-9 * np.where(known, average, 0.0)
    chooser = Chooser(limits, known)
    for row in already:
        chooser.take(row)
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


def best_within(
    limits: Limits, desirability: FloatArray, *, count: int, already: Sequence[int] = ()
) -> Batch:
    """Choose the largest values, ``N``, within any limits; `already` stands first and counts."""
    chooser = Chooser(limits, np.asarray(np.isfinite(desirability), dtype=bool))
    for row in already:
        chooser.take(row)
    chooser.take_best(desirability, count)
    return Batch(
        indices=tuple(chooser.chosen),
        acquisition=tuple(float(desirability[row]) for row in chooser.chosen),
        shortfall=chooser.shortfall(count),
    )


def leading_rows(limits: Limits, values: FloatArray, *, groups: int) -> tuple[int, ...]:
    """Choose the best candidate of each of the `groups` best groups; fewer where there are fewer.

    Examples
    --------
    >>> limits = Limits(groups=["a", "a", "b"])
    >>> leading_rows(limits, np.array([0.9, 0.8, 0.3]), groups=2)
    (0, 2)
    """
    known = np.asarray(np.isfinite(values), dtype=bool)
    chooser = Chooser(limits, known)
    seen: set[str] = set()
    for row in np.argsort(-np.where(known, values, -np.inf), kind="stable").tolist():
        if len(seen) >= groups:
            break
        if chooser.allowed[row] and limits.groups[row] not in seen:
            chooser.take(row)
            seen.add(limits.groups[row])
    return tuple(chooser.chosen)


def informative_rows(
    limits: Limits, draws: FloatArray, *, count: int, already: Sequence[int] = ()
) -> tuple[int, ...]:
    """Choose `count` that would teach most about the whole pool, one after the other.

    Each choice is the candidate whose measurement would take most variance off all candidates
    together, given the choices before it (active learning by the total variance, Cohn 1994,
    doi:10.1016/0893-6080(95)00137-9); covariances are those of the draws, ``draws x N``. Rows that
    are `already` chosen shut out others by the limits.

    Examples
    --------
    The third stands alone; the first two tell of each other.

    >>> draws = np.array([[1.0, 1.0, 0.0], [-1.0, -1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
    >>> informative_rows(Limits(groups=["a", "b", "c"]), draws, count=2)
    (0, 2)
    """
    known = known_columns(draws)
    chooser = Chooser(limits, known)
    for row in already:
        chooser.take(row)
    # Column i of `spread` is candidate i's deviation in every draw: covariances are its products.
    spread = np.where(known, draws - np.where(known, draws, 0.0).mean(axis=0), 0.0)
    noise = 1e-3 * float((spread**2).sum(axis=0).mean()) + 1e-12
    while len(chooser.chosen) < len(already) + count and chooser.allowed.any():
        own = (spread**2).sum(axis=0)
        # The sum over j of cov(i, j)^2, by way of the draws' own products.
        shared = np.einsum("dn,dn->n", spread, (spread @ spread.T) @ spread)
        gain = np.where(chooser.allowed, shared / (own + noise), -np.inf)
        row = int(np.argmax(gain))
        chooser.take(row)
        seen = spread[:, row].copy()
        spread -= np.outer(seen, seen @ spread) / (own[row] + noise)
    return tuple(chooser.chosen[len(already) :])
