"""One call from draws to a batch with its reasons, its expected hits and its price."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.errors import InputError, NotFoundError
from molagent.records import FloatArray
from molagent.select.acquisition import (
    expected_improvement,
    probability_of_hit,
    top_share,
    upper_bound,
)
from molagent.select.batch import (
    Batch,
    best_within,
    informative_rows,
    leading_rows,
    thompson_within,
)
from molagent.select.hits import ExpectedHits, expected_hits
from molagent.select.limits import Limits

__all__ = ["STRATEGIES", "Selection", "choose"]

#: Name of a strategy -> what its acquisition says.
STRATEGIES: Final[Mapping[str, str]] = {
    "thompson": "among the best {count} in {value:.0%} of draws",
    "greedy": "expected value {value:.2f}",
    "upper_bound": "mean plus {kappa:g} standard deviations is {value:.2f}",
    "probability_of_hit": "reaches {threshold:g} with a probability of {value:.0%}",
    "expected_improvement": "expected to exceed {best:g} by {value:.2f}",
    "top_share": "among the best {pool_best} of the pool in {value:.0%} of draws",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A batch and what speaks for it.

    Attributes
    ----------
    batch
        Row numbers, best first, and the acquisition of each.
    explored
        Those of them that were chosen for what they teach.
    leading
        Those that were chosen as the best of their group.
    openings
        What the strategy says of each chosen candidate, in the batch's order.
    reasons
        One sentence a chosen candidate, in the batch's order, with what else is known of it.
    hits
        None without a threshold.
    cost
        Sum of the known prices; None where none were given.
    """

    strategy: str
    batch: Batch
    explored: frozenset[int]
    leading: frozenset[int]
    openings: tuple[str, ...]
    reasons: tuple[str, ...]
    hits: ExpectedHits | None
    cost: float | None


def choose(
    draws: FloatArray,
    limits: Limits,
    *,
    count: int,
    seed: int,
    strategy: str = "thompson",
    threshold: float | None = None,
    measured: FloatArray | None = None,
    kappa: float = 1.0,
    explore: float = 0.0,
    min_groups: int = 1,
) -> Selection:
    """Choose a batch.

    Parameters
    ----------
    draws
        ``draws x N`` joint posterior draws of the true value or of a desirability; larger is
        better. A column with a NaN is unknown and never chosen.
    limits
        What may stand together.
    count
        Size of the batch; :func:`molagent.select.plates.compounds_on` gives it for plates.
    strategy
        One of :data:`STRATEGIES`.
    threshold
        What a hit reaches; needed by ``probability_of_hit``.
    measured
        What is known already, for ``expected_improvement`` (its best) and ``top_share``.
    kappa
        Of ``upper_bound``.
    explore
        Share of the places, 0 to 1, that goes first to what teaches most about the pool.
    min_groups
        The best candidate of each of so many groups has a place, where there are as many groups.

    Raises
    ------
    NotFoundError
        If there is no such strategy.
    InputError
        If the strategy needs a threshold or measured values that were not given.

    Examples
    --------
    >>> draws = np.array([[7.2, 6.0, 6.9], [7.4, 6.2, 7.3]])
    >>> chosen = choose(draws, Limits(groups=["a", "a", "b"], per_group=1), count=2, seed=0,
    ...                 strategy="greedy", threshold=7.0)
    >>> chosen.batch.indices, chosen.hits.expected
    ((0, 2), 1.5)
    >>> chosen.reasons[0]
    'expected value 7.30; 7.3 +/- 0.1; 100% to reach 7; first of its group'
    """
    if strategy not in STRATEGIES:
        raise NotFoundError("selection strategy", strategy, known=STRATEGIES)
    if not 0.0 <= explore <= 1.0:
        raise InputError(f"an exploration share of {explore:g}", remedy="give 0 to 1")
    # One group leads a batch anyway.
    groups = min(min_groups, count) if min_groups > 1 else 0
    leading = leading_rows(limits, np.asarray(draws.mean(axis=0)), groups=groups)
    places = min(round(explore * count), count - len(leading))
    explored = informative_rows(limits, draws, count=places, already=leading)
    already = (*leading, *explored)
    pool_best = max(count, round(_TOP_OF_POOL * draws.shape[1]))
    if strategy == "thompson":
        batch = thompson_within(limits, draws, count=count, seed=seed, already=already)
    else:
        value = _acquisition(strategy, draws, threshold, measured, kappa, pool_best)
        batch = best_within(limits, value, count=count, already=already)
    words = STRATEGIES[strategy]
    settings = {
        "count": count,
        "kappa": kappa,
        "threshold": threshold,
        "best": _best(measured),
        "pool_best": pool_best,
    }
    openings = tuple(words.format(value=value, **settings) for value in batch.acquisition)
    return Selection(
        strategy=strategy,
        batch=batch,
        explored=frozenset(explored),
        leading=frozenset(leading),
        openings=openings,
        reasons=_reasons(draws, limits, batch, openings, frozenset(explored), threshold),
        hits=None if threshold is None else expected_hits(draws, batch.indices, threshold),
        cost=None if limits.costs is None else float(np.nansum(limits.costs[list(batch.indices)])),
    )


_TOP_OF_POOL: Final = 0.05


def _best(measured: FloatArray | None) -> float | None:
    return (
        None if measured is None or not np.isfinite(measured).any() else float(np.nanmax(measured))
    )


def _acquisition(
    strategy: str,
    draws: FloatArray,
    threshold: float | None,
    measured: FloatArray | None,
    kappa: float,
    pool_best: int,
) -> FloatArray:
    best = _best(measured)
    if strategy == "probability_of_hit" and threshold is None:
        raise InputError("probability_of_hit has no threshold", remedy="give threshold=")
    if strategy == "expected_improvement" and best is None:
        raise InputError("expected_improvement has no measured value", remedy="give measured=")
    table: Mapping[str, Callable[[], FloatArray]] = {
        "greedy": lambda: np.asarray(draws.mean(axis=0)),
        "upper_bound": lambda: upper_bound(draws, kappa),
        "probability_of_hit": lambda: probability_of_hit(draws, threshold or 0.0),
        "expected_improvement": lambda: expected_improvement(draws, best or 0.0),
        "top_share": lambda: top_share(draws, pool_best, measured),
    }
    return table[strategy]()


def _reasons(
    draws: FloatArray,
    limits: Limits,
    batch: Batch,
    openings: Sequence[str],
    explored: frozenset[int],
    threshold: float | None,
) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    sentences = []
    for row, opening in zip(batch.indices, openings, strict=True):
        column = draws[:, row]
        parts = ["chosen for what it teaches about the pool"] if row in explored else []
        parts += [opening, f"{column.mean():.1f} +/- {column.std():.1f}"]
        if threshold is not None:
            parts.append(f"{(column >= threshold).mean():.0%} to reach {threshold:g}")
        group = limits.groups[row]
        seen[group] = seen.get(group, 0) + 1
        parts.append(
            f"first of its {limits.noun}"
            if seen[group] == 1
            else f"no. {seen[group]} of its {limits.noun}"
        )
        if limits.costs is not None:
            parts.append(f"price {limits.costs[row]:g}")
        sentences.append("; ".join(parts))
    return tuple(sentences)
