"""Dose response: curves through points, with the errors and the doubts they deserve.

:func:`fit_curves` fits a frame of points, thousands of curves at once.
"""

from molagent.curves.classes import CLASSES
from molagent.curves.fitting import CurveFits, FittedCurve, fit_curve, fit_curves
from molagent.curves.rules import AS_GIVEN, FREE, CurveRules

__all__ = [
    "AS_GIVEN",
    "CLASSES",
    "FREE",
    "CurveFits",
    "CurveRules",
    "FittedCurve",
    "fit_curve",
    "fit_curves",
]
