"""Where a model is at home: bands of similarity to its nearest training structure.

Similarity is the model's own kernel (:mod:`molagent.chem.likeness`, 0..1), and what a report and
the filters call nearest.

Whether every atom environment of a structure was measured is not asked, as it says little that the
similarity does not. On 4,565 real compounds of six assays held out by scaffold (similarity below
0.45: 7 % outside, RMSE 1.11 against 0.74 inside), an environment of radius 1 that no measured
compound has would call 26 % outside (of those inside by similarity: RMSE 0.78 against 0.72, bias
none), one of radius 2 72 %. What a series never varied (:mod:`molagent.sar.motifs`) calls 14 %
outside, of the potent ones 0 to 16 %; where a motif was lost the model is 0.2 to 0.3 log too
hopeful.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.learn.evaluation import Z_90, HeldOut, coverage, interval_scale, rmse
from molagent.records import FloatArray

__all__ = [
    "BANDS",
    "Band",
    "band_names",
    "band_scales",
    "measure_bands",
    "recalibrated_coverage",
    "row_scales",
]

# A 90 % quantile of fewer held-out rows than this is noise; the scale of all rows is used then.
_MIN_ROWS: Final = 30


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


def band_scales(held_out: HeldOut) -> dict[str, float]:
    """Return the recalibration of the standard deviation for each band, and for ``all`` rows.

    Intervals of a Gaussian process are too wide near its data and too narrow far from them, so
    each band has its own conformal factor. A band with fewer than 30 held-out rows takes that of
    all rows, if it is larger than that of the nearer band, else the latter.

    Examples
    --------
    >>> flat = np.zeros(40)
    >>> rows = HeldOut(observed=flat + 3.29, mean=flat, std=flat + 1.0, baseline_mean=flat,
    ...     baseline_nearest=flat, similarity=flat + 0.9, fold=flat.astype(np.int64),
    ...     censoring=flat.astype(np.int8))
    >>> {name: round(scale, 2) for name, scale in band_scales(rows).items()}
    {'all': 2.0, 'in': 2.0, 'near': 2.0, 'out': 2.0}
    """
    done = held_out.done
    residuals = (held_out.observed[done] - held_out.mean[done]) / held_out.std[done]
    names = np.array(band_names(held_out.similarity[done]), dtype=object)
    scales = {"all": interval_scale(residuals)}
    nearer = 0.0
    for band in BANDS:
        rows = names == band.name
        own = interval_scale(residuals[rows]) if int(rows.sum()) >= _MIN_ROWS else scales["all"]
        # Farther from the data is never surer.
        nearer = max(own, nearer)
        scales[band.name] = nearer
    return scales


def row_scales(names: Sequence[str], scales: Mapping[str, float]) -> FloatArray:
    """Return the factor of each row's band; that of all rows where there is no band."""
    return np.array([scales.get(name, scales["all"]) for name in names], dtype=np.float64)


def recalibrated_coverage(held_out: HeldOut) -> float | None:
    """Return the coverage of the recalibrated 90 % interval; None for fewer than two folds.

    Each fold takes the scales that the other folds give, so nothing is fitted to itself.
    """
    folds = np.unique(held_out.fold[held_out.done]).tolist()
    if len(folds) < 2:  # one fold has no others
        return None
    inside: list[float] = []
    for fold in folds:
        rows = held_out.done & (held_out.fold == fold)
        scales = band_scales(held_out.subset(held_out.fold != fold))
        std = held_out.std[rows] * row_scales(band_names(held_out.similarity[rows]), scales)
        error = np.abs(held_out.observed[rows] - held_out.mean[rows])
        inside.extend((error <= Z_90 * std).tolist())
    return float(np.mean(inside))


def measure_bands(
    held_outs: Sequence[HeldOut], scales: Mapping[str, float]
) -> list[dict[str, object]]:
    """Return n, RMSE and coverage of the recalibrated 90 % interval of each band.

    Rows of several splits are pooled: the random split fills the near bands, the scaffold split
    the far ones.
    """
    observed, mean, std, similarity = (
        np.concatenate([getattr(held_out, name)[held_out.done] for held_out in held_outs])
        for name in ("observed", "mean", "std", "similarity")
    )
    names = np.array(band_names(similarity), dtype=object)
    calibrated = std * row_scales(names.tolist(), scales)
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
                "coverage_90": coverage(observed[rows], mean[rows], calibrated[rows])
                if count
                else None,
            }
        )
    return table
