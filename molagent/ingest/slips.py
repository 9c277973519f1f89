"""What values say about each other: repeats, conflicts, outliers, and units that slipped.

Nothing is dropped. A flag stands beside the value, and what makes it doubtful for a model makes it
``suspect`` with a sentence.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from molagent.store.assays import CONFLICT_LOG_UNITS

__all__ = ["Flags", "flag_values"]

# uM read as nM or the other way: three log units, give or take what repeated measurement scatters.
SLIP_LOG_UNITS: Final = 3.0
_SLIP_SCATTER: Final = 0.5
# Between 1 mM and 1 pM: outside, an exact potency is more often a unit than a measurement.
_LOWEST_P: Final = 3.0
_HIGHEST_P: Final = 12.0
# Two heaps of one assay with nothing between them.
_FEWEST_FOR_SHAPE: Final = 20
_GAP_LOG_UNITS: Final = 1.5
# One or two weak compounds of a potent series are no heap.
_FEWEST_IN_HEAP: Final = 3
_SHIFT_SHARE: Final = 0.5
_FEWEST_SHARED: Final = 3
# Iglewicz and Hoaglin (1993): 3.5 modified z-scores, at least half a log unit or 15 percent points.
_Z_LIMIT: Final = 3.5
_MAD_TO_SD: Final = 0.6745
_FEWEST_REPLICATES: Final = 4
_SMALL_SPREAD: Final = {"p": 0.5, "%": 15.0}
_FRACTION_TOP: Final = 1.5
_PERCENT_BOTTOM: Final = 3.0


@dataclass(frozen=True, slots=True)
class Flags:
    """A flag and a reason a value ('' where nothing is odd), and notes on the file as a whole."""

    flag: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    notes: tuple[str, ...]


def flag_values(values: pd.DataFrame, known: pd.DataFrame | None = None) -> Flags:
    """Flag repeats, conflicts, outliers and slips of units.

    Parameters
    ----------
    values
        One row a result: ``compound`` and ``endpoint`` (any keys), ``value`` (p value of a potency,
        else in the standard unit), ``is_p``, ``is_exact``, ``unit`` (standard) and ``given_unit``.
    known
        What the project holds already: ``compound, endpoint, value`` of exact potencies.

    Returns
    -------
    Flags
        ``unit_slip`` goes before ``conflict``, this before ``outlier`` and ``duplicate``.
    """
    n = len(values)
    flag = np.full(n, "", dtype=object)
    reason = np.full(n, "", dtype=object)
    notes: list[str] = []
    keys = ["compound", "endpoint"]
    flag[values.duplicated(keys).to_numpy()] = "duplicate"
    exact = values[values["is_exact"]].assign(place=np.flatnonzero(values["is_exact"]))
    for row in _outliers(exact, keys):
        flag[row] = "outlier"
        reason[row] = "further from the median of its replicates than they scatter"
    potencies = exact[exact["is_p"]]
    grouped = potencies.groupby(keys, sort=False)["value"]
    spread = grouped.transform("max") - grouped.transform("min")
    flag[potencies["place"][spread > CONFLICT_LOG_UNITS].to_numpy()] = "conflict"
    for place, sentence in _slips(potencies, keys, known, notes):
        flag[place] = "unit_slip"
        reason[place] = sentence
    for place, sentence in _fractions(exact, notes):
        flag[place] = "unit_slip"
        reason[place] = sentence
    return Flags(flag, reason, tuple(notes))


def _outliers(exact: pd.DataFrame, keys: list[str]) -> list[int]:
    sizes = exact.groupby(keys, sort=False)["value"].transform("size")
    many = exact[sizes >= _FEWEST_REPLICATES]
    if many.empty:
        return []
    grouped = many.groupby(keys, sort=False)["value"]
    deviation = (many["value"] - grouped.transform("median")).abs()
    groups = [many[key] for key in keys]
    mad = deviation.groupby(groups, sort=False).transform("median")
    kind = pd.Series(np.where(many["is_p"], "p", many["unit"]), index=many.index)
    small = kind.map(_SMALL_SPREAD).astype("float64")
    # Of other units nothing is known of what is small: a tenth of the median.
    small = small.fillna(grouped.transform("median").abs() * 0.1)
    far = (_MAD_TO_SD * deviation > _Z_LIMIT * mad) & (deviation > small)
    return [int(place) for place in many["place"][far]]


def _slips(
    potencies: pd.DataFrame, keys: list[str], known: pd.DataFrame | None, notes: list[str]
) -> list[tuple[int, str]]:
    """Return places and sentences of potencies that look a thousandfold wrong."""
    found: list[tuple[int, str]] = []
    beyond = (potencies["value"] < _LOWEST_P) | (potencies["value"] > _HIGHEST_P)
    found += [
        (int(place), f"a p value of {value:.2f} is outside {_LOWEST_P:g} to {_HIGHEST_P:g}")
        for place, value in zip(potencies["place"][beyond], potencies["value"][beyond], strict=True)
    ]
    found += _against_replicates(potencies, keys)
    for endpoint, group in potencies.groupby("endpoint", sort=False):
        found += _two_heaps(str(endpoint), group, notes)
        if known is not None:
            found += _against_known(str(endpoint), group, known, notes)
    return found


def _against_replicates(potencies: pd.DataFrame, keys: list[str]) -> list[tuple[int, str]]:
    sizes = potencies.groupby(keys, sort=False)["value"].transform("size")
    repeated = potencies[sizes > 1]
    if repeated.empty:
        return []
    grouped = repeated.groupby(keys, sort=False)["value"]
    apart = grouped.transform("max") - grouped.transform("min")
    slipped = (apart - SLIP_LOG_UNITS).abs() <= _SLIP_SCATTER
    return [
        (int(place), "a replicate is a thousandfold apart: uM for nM, or the other way?")
        for place in repeated["place"][slipped]
    ]


def _two_heaps(endpoint: str, group: pd.DataFrame, notes: list[str]) -> list[tuple[int, str]]:
    """Flag the smaller of two heaps three log units apart with nothing between them."""
    if len(group) < _FEWEST_FOR_SHAPE:
        return []
    ordered = group.sort_values("value", kind="stable")
    values = ordered["value"].to_numpy()
    gaps = np.diff(values)
    cut = int(gaps.argmax()) + 1
    apart = float(np.median(values[cut:]) - np.median(values[:cut]))
    if gaps[cut - 1] < _GAP_LOG_UNITS or abs(apart - SLIP_LOG_UNITS) > 2.0 * _SLIP_SCATTER:
        return []
    smaller = ordered.iloc[:cut] if cut <= len(values) - cut else ordered.iloc[cut:]
    if len(smaller) < _FEWEST_IN_HEAP:
        return []
    notes.append(
        f"{endpoint}: {len(smaller)} of {len(group)} values form a heap of their own, "
        f"{apart:.1f} log units from the others: a slip of units?"
    )
    return [
        (int(place), f"one of {len(smaller)} values {apart:.1f} log units from all others")
        for place in smaller["place"]
    ]


def _against_known(
    endpoint: str, group: pd.DataFrame, known: pd.DataFrame, notes: list[str]
) -> list[tuple[int, str]]:
    before = known[known["endpoint"] == endpoint].groupby("compound")["value"].median()
    difference = group["value"] - group["compound"].map(before)
    shared = difference.dropna()
    slipped = (shared.abs() - SLIP_LOG_UNITS).abs() <= _SLIP_SCATTER
    if not slipped.any():
        return []
    if len(shared) >= _FEWEST_SHARED and slipped.mean() > _SHIFT_SHARE:
        notes.append(
            f"{endpoint}: {int(slipped.sum())} of {len(shared)} compounds measured before are a "
            "thousandfold apart: the file's unit may be wrong"
        )
        sentence = "most of the file is a thousandfold apart from what was measured before"
        return [(int(place), sentence) for place in group["place"]]
    return [
        (int(place), "a thousandfold apart from what was measured before")
        for place in group["place"][shared.index[slipped]]
    ]


def _fractions(exact: pd.DataFrame, notes: list[str]) -> list[tuple[int, str]]:
    """Flag endpoints whose percentages are all small, and fractions that are not."""
    found: list[tuple[int, str]] = []
    for endpoint, group in exact[exact["unit"] == "%"].groupby("endpoint", sort=False):
        given = group["given_unit"].to_numpy()
        values = np.abs(group["value"].to_numpy())
        as_percent = given == "%"
        if as_percent.sum() >= _FEWEST_FOR_SHAPE and values[as_percent].max() <= _FRACTION_TOP:
            notes.append(
                f"{endpoint}: no percentage is above {values[as_percent].max():.2g}: fractions?"
            )
            sentence = "all percentages of the file are as small as fractions"
            found += [(int(place), sentence) for place in group["place"][as_percent]]
        large = ~as_percent & (values / 100.0 > _PERCENT_BOTTOM)
        found += [
            (int(place), "too large for a fraction: a percentage?")
            for place in group["place"][large]
        ]
    return found
