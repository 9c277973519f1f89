"""How well the parameters of a curve are known."""

import json
from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import f as fisher
from scipy.stats import t as student

from molagent.curves.logistic import P_AC50, PARAMETERS, jacobian, logistic
from molagent.curves.rules import METHOD, METHOD_VERSION, CurveRules
from molagent.curves.series import Series
from molagent.records import BoolArray, FloatArray

__all__ = ["parameter_columns", "squares", "standard_errors"]

_CONFIDENCE: Final = 0.975
_BLIND: Final = 1e-20  # of a squared slope: the points say nothing of the parameter


def squares(points: Series, used: BoolArray, parameters: FloatArray) -> FloatArray:
    """Return the sum of squared residuals of each curve, ``n``."""
    off = points.response - logistic(parameters, points.p_concentration)
    total: FloatArray = (np.where(used, off, 0.0) ** 2).sum(axis=1)
    return total


def standard_errors(
    points: Series,
    used: BoolArray,
    parameters: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Return asymptotic standard errors, ``n x 4``; NaN for what is locked or stands at a bound."""
    low, high = bounds
    free = (parameters > low) & (parameters < high)
    slopes = jacobian(parameters, points.p_concentration) * used[:, :, None] * free[:, None, :]
    normal = np.einsum("nmp,nmq->npq", slopes, slopes)
    normal += np.where(free, 0.0, 1.0)[:, :, None] * np.eye(4)
    freedom = used.sum(axis=1) - free.sum(axis=1)
    spread = squares(points, used, parameters) / np.maximum(freedom, 1)
    # Scaled to a unit diagonal, so that the pseudo-inverse's cut-off means the same for all.
    size = np.sqrt(np.maximum(np.einsum("npp->np", normal), 1e-300))
    inverse = np.linalg.pinv(normal / (size[:, :, None] * size[:, None, :]), rcond=1e-12)
    variance = spread[:, None] * np.einsum("npp->np", inverse) / size**2
    blind = np.einsum("npp->np", normal) < _BLIND
    known = free & (freedom > 0)[:, None] & ~blind
    return np.where(known, np.sqrt(np.maximum(variance, 0.0)), np.nan)


def parameter_columns(
    points: Series,
    kept: BoolArray,
    parameters: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    rules: CurveRules,
) -> pd.DataFrame:
    """Return parameters, errors, intervals and goodness of fit as columns, one row a curve."""
    errors = standard_errors(points, kept, parameters, bounds)
    count = kept.sum(axis=1)
    freedom = np.maximum(count - (bounds[0] < bounds[1]).sum(axis=1), 1)
    left = squares(points, kept, parameters)
    centre = np.where(kept, points.response, 0.0).sum(axis=1) / np.maximum(count, 1)
    total = (np.where(kept, points.response - centre[:, None], 0.0) ** 2).sum(axis=1)
    reach = student.ppf(_CONFIDENCE, freedom) * errors[:, P_AC50]
    columns: dict[str, object] = {}
    for name in ("bottom", "top", "p_ac50", "hill"):
        place = PARAMETERS[name]
        columns[name] = parameters[:, place]
        columns[f"{name}_se"] = errors[:, place]
        columns[f"{name}_locked"] = rules.locked[name]
    columns["p_ac50_low"] = parameters[:, P_AC50] - reach
    columns["p_ac50_high"] = parameters[:, P_AC50] + reach
    with np.errstate(invalid="ignore", divide="ignore"):
        columns["r2"] = np.where(total > 0, 1.0 - left / total, np.nan)
    columns["rmse"] = np.where(count > 0, np.sqrt(left / np.maximum(count, 1)), np.nan)
    columns |= _replicates(points, kept, left, freedom)
    columns |= {"method": METHOD, "method_version": METHOD_VERSION}
    columns["settings"] = json.dumps(rules.to_dict(), sort_keys=True)
    return pd.DataFrame(columns, index=range(len(parameters)))


def _replicates(
    points: Series, kept: BoolArray, left: FloatArray, freedom: np.ndarray
) -> Mapping[str, FloatArray]:
    """Return the SD of replicates and the lack-of-fit test (residual beside replicate variance)."""
    _, count, within = points.dose_means(kept)
    pure = (count - 1).clip(min=0).sum(axis=1)
    pure_squares = within.sum(axis=1)
    lack = freedom - pure
    testable = (pure > 0) & (lack > 0) & (pure_squares > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = ((left - pure_squares) / lack) / (pure_squares / pure)
        chance = fisher.sf(ratio, np.maximum(lack, 1), np.maximum(pure, 1))
        spread = np.sqrt(pure_squares / pure)
    return {
        "replicate_sd": np.where(pure > 0, spread, np.nan),
        "misfit_p": np.where(testable, chance, np.nan),
    }
