"""Dose response and plates: curves through points, with the errors and the doubts they deserve.

::

    fitting         points in, curves out: thousands at once; single is for one
    rules           what is locked, bounded and set aside
    logistic        the four-parameter logistic and its solver
    outliers        points that a curve cannot explain
    plateaus        tops that the points refute, falls at high concentration
    precision       standard errors, goodness of fit
    classes         what a curve is, and what may be reported from it
    replicates      several curves of one compound as one value
    normalisation   raw signals as percent between the controls
    plates          Z', S/B, CV, drift: whether a plate can be trusted
    references      a reference compound across plates
"""

from molagent.curves.classes import CLASSES
from molagent.curves.fitting import CurveFits, fit_curves
from molagent.curves.normalisation import control_levels, normalise
from molagent.curves.plates import STORED_QUALITY, PlateLimits, plate_figures, plate_quality
from molagent.curves.replicates import combine_curves
from molagent.curves.rules import AS_GIVEN, FREE, CurveRules
from molagent.curves.single import FittedCurve, fit_curve

__all__ = [
    "AS_GIVEN",
    "CLASSES",
    "FREE",
    "STORED_QUALITY",
    "CurveFits",
    "CurveRules",
    "FittedCurve",
    "PlateLimits",
    "combine_curves",
    "control_levels",
    "fit_curve",
    "fit_curves",
    "normalise",
    "plate_figures",
    "plate_quality",
]
