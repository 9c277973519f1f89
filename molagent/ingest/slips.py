"""What values say about each other: repeats, conflicts, outliers, and units that slipped.

Nothing is dropped. A flag stands beside the value, and what makes it doubtful for a model makes it
``suspect`` with a sentence.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from molagent.store.assays import CONFLICT_LOG_UNITS

__all__ = ["FLAGS", "Flags", "flag_values"]

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
_AGREEING_SHARE: Final = 0.5
_SMALL_SPREAD: Final = {"p": 0.5, "%": 15.0}
_FRACTION_TOP: Final = 1.5
_PERCENT_BOTTOM: Final = 3.0


# Names of the flags by their code; a higher one goes before a lower one.
FLAGS: Final = ("", "duplicate", "outlier", "conflict", "unit_slip")
_DUPLICATE, _OUTLIER, _CONFLICT, _SLIP = range(1, 5)
_COMPOUNDS_AT_ONCE: Final = 250_000


@dataclass(frozen=True, slots=True)
class Flags:
    """A flag a value, a reason where there is more to say, and notes on the file as a whole.

    Attributes
    ----------
    codes
        Places in `FLAGS`, one a value.
    reasons
        Place of a value to a sentence.
    """

    codes: npt.NDArray[np.int8]
    reasons: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def flag(self) -> npt.NDArray[np.object_]:
        """The flags by name."""
        return np.array(FLAGS, dtype=object)[self.codes]

    @property
    def reason(self) -> list[str]:
        """The sentences, '' where there is none."""
        return [self.reasons.get(place, "") for place in range(len(self.codes))]

    def mark(self, places: npt.NDArray[np.int64], code: int) -> None:
        """Flag values, unless a flag that goes before stands there."""
        self.codes[places] = np.maximum(self.codes[places], code)

    def suspect(self, places: Iterable[int], code: int, sentence: str) -> None:
        """Flag values with a sentence; the first one said of a value stays."""
        for place in places:
            if self.codes[place] < code or place not in self.reasons:
                self.reasons[int(place)] = sentence
            self.codes[place] = max(int(self.codes[place]), code)


def flag_values(
    values: pd.DataFrame,
    known: pd.DataFrame | None = None,
    *,
    rows_at_once: int = _COMPOUNDS_AT_ONCE,
) -> Flags:
    """Flag repeats, conflicts, outliers and slips of units.

    Parameters
    ----------
    values
        One row a result: ``compound`` and ``endpoint`` (integers or any keys), ``value`` (p value
        of a potency, else in the standard unit), ``is_p``, ``is_exact``, ``unit`` (standard) and
        ``given_unit``; where there is ``tested_at``, only values of one concentration are repeats.
    known
        What the project holds already: ``compound, endpoint, value`` of exact potencies.
    rows_at_once
        Of more rows than this, replicates are compared for some compounds at a time, so that
        memory stays small.

    Returns
    -------
    Flags
        ``unit_slip`` goes before ``conflict``, this before ``outlier`` and ``duplicate``. Of the
        replicates of one compound those are flagged that the majority contradicts, and all of them
        only where there is no majority.
    """
    found = Flags(np.zeros(len(values), dtype=np.int8))
    n_parts = 1 + len(values) // rows_at_once
    part_of = values["compound"].to_numpy() % n_parts if n_parts > 1 else None
    for part in range(n_parts):
        if part_of is None:
            _flag_replicates(values.assign(place=np.arange(len(values))), found)
        else:
            places = np.flatnonzero(part_of == part)
            _flag_replicates(values.iloc[places].assign(place=places), found)
    for endpoint in values["endpoint"].unique():
        of_endpoint = ((values["endpoint"] == endpoint) & values["is_exact"]).to_numpy()
        places = np.flatnonzero(of_endpoint)
        if not len(places):
            continue
        group = values.iloc[places]
        if bool(group["is_p"].iloc[0]):
            _flag_heaps(str(endpoint), group, places, found)
            if known is not None:
                _flag_against_known(endpoint, group, places, known, found)
        elif group["unit"].iloc[0] == "%":
            _flag_fractions(str(endpoint), group, places, found)
    return found


def _flag_replicates(values: pd.DataFrame, found: Flags) -> None:
    """Flag what the values of one compound in one endpoint say of each other."""
    keys = ["compound", "endpoint"]
    keys += ["tested_at"] if "tested_at" in values else []
    found.mark(values["place"].to_numpy()[values.duplicated(keys).to_numpy()], _DUPLICATE)
    exact = values[values["is_exact"]]
    potencies = exact[exact["is_p"]]
    p_values = potencies["value"]
    for beyond in potencies[(p_values < _LOWEST_P) | (p_values > _HIGHEST_P)].itertuples():
        sentence = f"a p value of {beyond.value:.2f} is outside {_LOWEST_P:g} to {_HIGHEST_P:g}"
        found.suspect([int(str(beyond.place))], _SLIP, sentence)
    repeated = exact[exact.duplicated(keys, keep=False)]
    if repeated.empty:
        return
    found.suspect(
        _outliers(repeated, keys),
        _OUTLIER,
        "further from the median of its replicates than they scatter",
    )
    repeated = repeated[repeated["is_p"]]
    grouped = repeated.groupby(keys, sort=False)["value"]
    spread = grouped.transform("max") - grouped.transform("min")
    off = (repeated["value"] - grouped.transform("median")).abs()
    near = (off <= CONFLICT_LOG_UNITS / 2.0).groupby([repeated[key] for key in keys], sort=False)
    # Where most of them agree it is the others that contradict; else it may be any of them.
    limit = np.where(near.transform("mean") > _AGREEING_SHARE, 1.0, 0.5) * CONFLICT_LOG_UNITS
    contradicts = ((spread > CONFLICT_LOG_UNITS) & (off > limit)).to_numpy()
    found.mark(repeated["place"].to_numpy()[contradicts], _CONFLICT)
    wide = repeated[spread >= SLIP_LOG_UNITS - _SLIP_SCATTER]
    for _, group in wide.groupby(keys, sort=False):
        places = group["place"].to_numpy()[_slipped(group["value"].to_numpy())]
        found.suspect(
            places, _SLIP, "a replicate is a thousandfold apart: uM for nM, or the other way?"
        )


def _slipped(values: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Return which replicates of one compound look like a slip of units.

    The smaller of two heaps a thousandfold apart, for one wild value says nothing of the
    twenty-nine that agree. All of them where there is no majority to tell by: heaps of one size, or
    up to four values of which no more than half agree. Many that scatter evenly over three log
    units are no slip at all.
    """
    ordered = np.sort(values)
    gaps = np.diff(ordered)
    cut = int(gaps.argmax()) + 1
    apart = float(np.median(ordered[cut:]) - np.median(ordered[:cut]))
    if gaps[cut - 1] >= _GAP_LOG_UNITS and abs(apart - SLIP_LOG_UNITS) <= _SLIP_SCATTER:
        above: npt.NDArray[np.bool_] = values >= ordered[cut]
        n_above = int(above.sum())
        if 2 * n_above == len(values):
            return np.ones(len(values), dtype=bool)
        return above if 2 * n_above < len(values) else ~above
    agree = np.abs(values - np.median(values)) <= CONFLICT_LOG_UNITS / 2.0
    few = len(values) <= _FEWEST_REPLICATES and agree.mean() <= _AGREEING_SHARE
    thousandfold = abs(ordered[-1] - ordered[0] - SLIP_LOG_UNITS) <= _SLIP_SCATTER
    return np.full(len(values), few and thousandfold)


def _outliers(exact: pd.DataFrame, keys: list[str]) -> list[int]:
    sizes = exact.groupby(keys, sort=False)["value"].transform("size")
    many = exact[sizes >= _FEWEST_REPLICATES]
    if many.empty:
        return []
    grouped = many.groupby(keys, sort=False)["value"]
    deviation = (many["value"] - grouped.transform("median")).abs()
    groups = [many[key] for key in keys]
    mad = deviation.groupby(groups, sort=False).transform("median")
    kind = many["unit"].astype("str").where(~many["is_p"], "p")
    small = kind.map(_SMALL_SPREAD).astype("float64")
    # Of other units nothing is known of what is small: a tenth of the median.
    small = small.fillna(grouped.transform("median").abs() * 0.1)
    far = (_MAD_TO_SD * deviation > _Z_LIMIT * mad) & (deviation > small)
    return [int(place) for place in many["place"][far]]


def _flag_heaps(
    endpoint: str, group: pd.DataFrame, places: npt.NDArray[np.int64], found: Flags
) -> None:
    """Flag the smaller of two heaps three log units apart with nothing between them."""
    if len(group) < _FEWEST_FOR_SHAPE:
        return
    values = group["value"].to_numpy()
    ordered = np.sort(values)
    gaps = np.diff(ordered)
    cut = int(gaps.argmax()) + 1
    n_small = min(cut, len(ordered) - cut)
    apart = float(np.median(ordered[cut:]) - np.median(ordered[:cut]))
    if gaps[cut - 1] < _GAP_LOG_UNITS or abs(apart - SLIP_LOG_UNITS) > 2.0 * _SLIP_SCATTER:
        return
    if n_small < _FEWEST_IN_HEAP:
        return
    is_small = values < ordered[cut] if cut == n_small else values >= ordered[cut]
    found.notes.append(
        f"{endpoint}: {n_small} of {len(group)} values form a heap of their own, "
        f"{apart:.1f} log units from the others: a slip of units?"
    )
    sentence = f"one of {n_small} values {apart:.1f} log units from all others"
    found.suspect(places[is_small], _SLIP, sentence)


def _flag_against_known(
    endpoint: object,
    group: pd.DataFrame,
    places: npt.NDArray[np.int64],
    known: pd.DataFrame,
    found: Flags,
) -> None:
    before = known[known["endpoint"] == endpoint].groupby("compound")["value"].median()
    difference = (group["value"] - group["compound"].map(before)).to_numpy(dtype=float)
    shared = np.isfinite(difference)
    slipped = shared & (np.abs(np.abs(difference) - SLIP_LOG_UNITS) <= _SLIP_SCATTER)
    if not slipped.any():
        return
    n_shared, n_slipped = int(shared.sum()), int(slipped.sum())
    if n_shared < _FEWEST_SHARED or n_slipped <= _SHIFT_SHARE * n_shared:
        sentence = "a thousandfold apart from what was measured before"
        found.suspect(places[slipped], _SLIP, sentence)
        return
    found.notes.append(
        f"{endpoint}: {n_slipped} of {n_shared} compounds measured before are a "
        "thousandfold apart: the file's unit may be wrong"
    )
    sentence = "most of the file is a thousandfold apart from what was measured before"
    found.suspect(places, _SLIP, sentence)


def _flag_fractions(
    endpoint: str, group: pd.DataFrame, places: npt.NDArray[np.int64], found: Flags
) -> None:
    """Flag percentages that are all small, and fractions that are not."""
    values = np.abs(group["value"].to_numpy())
    as_percent = (group["given_unit"] == "%").to_numpy()
    if as_percent.sum() >= _FEWEST_FOR_SHAPE and values[as_percent].max() <= _FRACTION_TOP:
        top = values[as_percent].max()
        found.notes.append(f"{endpoint}: no percentage is above {top:.2g}: fractions?")
        sentence = "all percentages of the file are as small as fractions"
        found.suspect(places[as_percent], _SLIP, sentence)
    large = ~as_percent & (values / 100.0 > _PERCENT_BOTTOM)
    found.suspect(places[large], _SLIP, "too large for a fraction: a percentage?")
