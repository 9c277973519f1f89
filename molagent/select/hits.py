"""How many hits a batch may bring, with the uncertainty that its members share.

Analogues succeed and fail together. An interval from independent probabilities would be far too
narrow, so hits are counted in joint posterior draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = ["ExpectedHits", "expected_hits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedHits:
    """The number of hits in a batch.

    Attributes
    ----------
    count
        Compounds with a value; `unknown` more have none and count as nothing.
    threshold
        What a hit reaches, in the unit of the draws.
    expected
        Mean number of hits.
    low, high
        Central interval of `level`.
    at_least_one
        Probability of one hit or more.
    """

    count: int
    unknown: int
    threshold: float
    expected: float
    low: float
    high: float
    level: float
    at_least_one: float

    def __str__(self) -> str:
        """Say it in a sentence."""
        text = (
            f"{self.expected:.1f} hits expected among {self.count} "
            f"({self.level:.0%} interval {self.low:.0f} to {self.high:.0f}; "
            f"{self.at_least_one:.0%} for at least one)"
        )
        return f"{text}; {self.unknown} without an estimate" if self.unknown else text


def expected_hits(
    draws: FloatArray, indices: Sequence[int], threshold: float, *, level: float = 0.9
) -> ExpectedHits:
    """Count hits of a batch in joint posterior draws.

    Parameters
    ----------
    draws
        ``draws x N`` of the true value (without the noise of a measurement).
    indices
        The chosen columns.
    threshold
        A hit reaches at least this.
    level
        Of the interval, between 0 and 1.

    Raises
    ------
    InputError
        If there are no draws, or `level` is not between 0 and 1.

    Examples
    --------
    Two analogues that stand or fall together: one hit on average, but none or both in fact.

    >>> together = np.array([[8.0, 8.0], [5.0, 5.0]])
    >>> print(expected_hits(together, [0, 1], 7.0))
    1.0 hits expected among 2 (90% interval 0 to 2; 50% for at least one)
    """
    if not len(draws):
        raise InputError("there are no draws", remedy="draw at least once")
    if not 0.0 < level < 1.0:
        raise InputError(f"level {level:g} is not between 0 and 1", remedy="give for example 0.9")
    chosen = draws[:, list(indices)]
    known = np.isfinite(chosen).all(axis=0)
    hits = (chosen[:, known] >= threshold).sum(axis=1)
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(hits, [tail, 1.0 - tail], method="inverted_cdf")
    return ExpectedHits(
        count=int(known.sum()),
        unknown=int((~known).sum()),
        threshold=threshold,
        expected=float(hits.mean()),
        low=float(low),
        high=float(high),
        level=level,
        at_least_one=float((hits > 0).mean()),
    )
