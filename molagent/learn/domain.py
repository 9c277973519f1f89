"""Where a model is at home: bands of similarity to its nearest training structure.

Similarity is the model's own kernel (count Tanimoto of half Morgan, half atom pairs, 0..1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.learn.evaluation import HeldOut, coverage, rmse
from molagent.records import FloatArray

__all__ = ["BANDS", "Band", "band_names", "measure_bands"]


@dataclass(frozen=True, slots=True)
class Band:
    """One band: similarity at least `lowest`; `in_domain` says whether it is inside."""

    name: str
    lowest: float
    in_domain: bool


# Nearest first. At 0.65 and above errors stay near those of a random split; see the card's table.
BANDS: Final = (
    Band("in", 0.65, in_domain=True),
    Band("near", 0.45, in_domain=True),
    Band("out", 0.0, in_domain=False),
)


def band_names(similarity: FloatArray) -> list[str]:
    """Return the band of each similarity; '' for NaN.

    Examples
    --------
    >>> band_names(np.array([0.9, 0.5, 0.1, np.nan]))
    ['in', 'near', 'out', '']
    """
    return [
        next((band.name for band in BANDS if value >= band.lowest), "")
        for value in similarity.tolist()
    ]


def measure_bands(held_outs: Sequence[HeldOut], scale: float) -> list[dict[str, object]]:
    """Return n, RMSE and coverage of the recalibrated 90 % interval of each band.

    Rows of several splits are pooled: the random split fills the near bands, the scaffold split
    the far ones.
    """
    observed = np.concatenate([held_out.observed[held_out.done] for held_out in held_outs])
    mean = np.concatenate([held_out.mean[held_out.done] for held_out in held_outs])
    std = np.concatenate([held_out.std[held_out.done] for held_out in held_outs])
    names = np.array(
        band_names(np.concatenate([held_out.similarity[held_out.done] for held_out in held_outs])),
        dtype=object,
    )
    table: list[dict[str, object]] = []
    for band in BANDS:
        rows = names == band.name
        count = int(rows.sum())
        table.append(
            {
                "band": band.name,
                "similarity_at_least": band.lowest,
                "in_domain": band.in_domain,
                "n": count,
                "rmse": rmse(observed[rows], mean[rows]) if count else None,
                "coverage_90": coverage(observed[rows], mean[rows], scale * std[rows])
                if count
                else None,
            }
        )
    return table
