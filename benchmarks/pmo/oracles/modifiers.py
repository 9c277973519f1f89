"""Curves that turn a property into a value between 0 and 1, and the means that join them.

Names and shapes: GuacaMol, Brown et al. 2019, doi:10.1021/acs.jcim.8b00839.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

__all__ = [
    "Curve",
    "FloatArray",
    "Oracle",
    "arithmetic_mean",
    "clipped",
    "gaussian",
    "gaussian_above",
    "gaussian_below",
    "geometric_mean",
    "shaped",
]

FloatArray: TypeAlias = NDArray[np.float64]
"""One value a molecule, in input order."""

Oracle: TypeAlias = Callable[[Sequence[Chem.Mol]], FloatArray]
"""Scores a batch of sanitised molecules."""

Curve: TypeAlias = Callable[[FloatArray], FloatArray]


def gaussian(mu: float, sigma: float) -> Curve:
    """Return a bell with its maximum of 1 at `mu`.

    Examples
    --------
    >>> gaussian(3.0, 0.5)(np.array([3.0, 3.5])).round(4).tolist()
    [1.0, 0.6065]
    """

    def curve(x: FloatArray) -> FloatArray:
        return np.asarray(np.exp(-0.5 * np.square((x - mu) / sigma)), dtype=np.float64)

    return curve


def gaussian_below(mu: float, sigma: float) -> Curve:
    """Return a curve that is 1 up to `mu` and falls like a bell above it.

    Examples
    --------
    >>> gaussian_below(1.0, 1.0)(np.array([-4.0, 1.0, 2.0])).round(4).tolist()
    [1.0, 1.0, 0.6065]
    """
    bell = gaussian(mu, sigma)
    return lambda x: bell(np.maximum(x, mu))


def gaussian_above(mu: float, sigma: float) -> Curve:
    """Return a curve that rises like a bell up to `mu` and is 1 from there on.

    Examples
    --------
    >>> gaussian_above(100.0, 10.0)(np.array([90.0, 100.0, 180.0])).round(4).tolist()
    [0.6065, 1.0, 1.0]
    """
    bell = gaussian(mu, sigma)
    return lambda x: bell(np.minimum(x, mu))


def clipped(upper: float) -> Curve:
    """Return a straight line from (0, 0) to (`upper`, 1), and 1 above.

    Examples
    --------
    >>> clipped(0.75)(np.array([0.0, 0.375, 0.9])).tolist()
    [0.0, 0.5, 1.0]
    """
    return lambda x: np.clip(x / upper, 0.0, 1.0)


def shaped(raw: Oracle, curve: Curve) -> Oracle:
    """Return `raw` seen through `curve`."""
    return lambda mols: curve(raw(mols))


def geometric_mean(*factors: Oracle) -> Oracle:
    """Return the geometric mean of `factors`; one zero makes it zero.

    Examples
    --------
    >>> both = geometric_mean(lambda _: np.array([0.25, 0.0]), lambda _: np.array([1.0, 1.0]))
    >>> both([]).tolist()
    [0.5, 0.0]
    """

    def mean(mols: Sequence[Chem.Mol]) -> FloatArray:
        values = np.stack([factor(mols) for factor in factors])
        # Through logarithms: the product of four small bells would underflow before its root.
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(np.log(values).mean(axis=0)), dtype=np.float64)

    return mean


def arithmetic_mean(*factors: Oracle) -> Oracle:
    """Return the mean of `factors`.

    Examples
    --------
    >>> arithmetic_mean(lambda _: np.array([0.0]), lambda _: np.array([1.0]))([]).tolist()
    [0.5]
    """

    def mean(mols: Sequence[Chem.Mol]) -> FloatArray:
        values = np.stack([factor(mols) for factor in factors])
        return np.asarray(values.mean(axis=0), dtype=np.float64)

    return mean
