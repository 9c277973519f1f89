"""One dose-response curve, for a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from molagent.curves.fitting import fit_curves
from molagent.curves.rules import CurveRules
from molagent.errors import InputError

__all__ = ["FittedCurve", "fit_curve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCurve:
    """One curve; the fields are the columns of :attr:`CurveFits.curves`."""

    p_ac50: float
    p_ac50_se: float
    p_ac50_low: float
    p_ac50_high: float
    hill: float
    hill_se: float
    top: float
    top_se: float
    top_locked: bool
    bottom: float
    bottom_se: float
    bottom_locked: bool
    p_value: float
    p_relation: str
    p_relative: float
    p_absolute: float
    half_effect: str
    r2: float
    rmse: float
    curve_class: str
    note: str
    outliers: tuple[int, ...]


def fit_curve(
    concentration_m: Sequence[float],
    response: Sequence[float],
    rules: CurveRules | None = None,
    *,
    excluded: Sequence[bool] | None = None,
) -> FittedCurve:
    """Fit one curve.

    Parameters
    ----------
    concentration_m
        mol/L, above zero; replicates are repeated concentrations.
    response
        Percent, rising with concentration; NaN for a well that was not read.
    excluded
        Points set aside before.

    Examples
    --------
    >>> doses = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9]
    >>> curve = fit_curve(doses, [99.1, 90.7, 50.2, 9.3, 0.8, 0.2])
    >>> curve.curve_class, curve.p_relation, round(curve.p_value, 2)
    ('full', '=', 6.0)
    """
    if len(concentration_m) != len(response):
        raise InputError(
            f"{len(concentration_m)} concentrations for {len(response)} responses",
            remedy="give one response a concentration",
        )
    points = pd.DataFrame(
        {"curve": 0, "concentration_m": list(concentration_m), "response": list(response)}
    )
    if excluded is not None:
        points["outlier"] = list(excluded)
    fits = fit_curves(points, ["curve"], rules)
    if fits.curves.empty:
        raise InputError("no points to fit", remedy="give concentrations and responses")
    flagged = tuple(int(place) for place in np.flatnonzero(fits.points["outlier"]))
    names = [name for name in FittedCurve.__dataclass_fields__ if name != "outliers"]
    values = fits.curves[names].to_dict("records")[0]
    values["p_relation"] = values["p_relation"] or ""
    return FittedCurve(**{str(name): value for name, value in values.items()}, outliers=flagged)
