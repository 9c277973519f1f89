"""Several curves of one compound as one value, bounds included."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import InputError

__all__ = ["combine_curves"]

_CONFLICT: Final = 0.48  # log units: threefold


def combine_curves(curves: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return one row a compound: the mean of its curves on the log scale.

    Points of one plate share their dilutions, so the standard error within a curve says little of
    what a repetition would give. Where a compound has two or more curves with a value, the error is
    that between curves; where it has one, it is the fit's own and ``between`` is False.

    Parameters
    ----------
    curves
        ``p_value``, ``p_relation``, ``p_ac50_se`` and the columns `by`.

    Returns
    -------
    pandas.DataFrame
        `by`, ``p_value``, ``p_relation``, ``p_sd`` (between curves), ``p_se``, ``between``, ``n``
        (curves), ``n_exact``, ``n_censored``, ``n_none`` (without a reportable value) and ``note``.
        Exact values are averaged; bounds do not enter the mean, but a bound that shuts it out is
        named in the note. Of bounds alone the tightest stands. ``>`` and ``<`` that contradict each
        other give no value.

    Examples
    --------
    >>> two = pd.DataFrame({"sample": "A", "p_value": [6.1, 6.3], "p_relation": "=",
    ...                     "p_ac50_se": [0.02, 0.02]})
    >>> combine_curves(two, ["sample"])[["p_value", "p_se", "between"]].round(2).values.tolist()
    [[6.2, 0.1, True]]
    """
    missing = [n for n in ("p_value", "p_relation", "p_ac50_se", *by) if n not in curves]
    if missing:
        raise InputError(
            f"no column {', '.join(map(repr, missing))} among the curves",
            remedy="give the curves that fit_curves returns",
        )
    rows = []
    for key, part in curves.groupby(list(by), sort=False, dropna=False, observed=True):
        rows.append(dict(zip(by, key, strict=True)) | _combined(part))
    return pd.DataFrame(rows)


def _combined(part: pd.DataFrame) -> dict[str, object]:
    relation = part["p_relation"].fillna("").to_numpy(dtype=str)
    value = part["p_value"].to_numpy(dtype=float)
    exact = value[relation == "="]
    below, above = value[relation == "<"], value[relation == ">"]
    counts = {
        "n": len(part),
        "n_exact": len(exact),
        "n_censored": len(below) + len(above),
        "n_none": int((relation == "").sum()),
    }
    spread = float(exact.std(ddof=1)) if len(exact) > 1 else float("nan")
    single = part.loc[relation == "=", "p_ac50_se"].to_numpy(dtype=float)
    error = (
        spread / np.sqrt(len(exact))
        if len(exact) > 1
        else float(single[0])
        if len(single)
        else np.nan
    )
    combined, how, note = _value(exact, below, above)
    return {
        "p_value": combined,
        "p_relation": how,
        "p_sd": spread,
        "p_se": error,
        "between": len(exact) > 1,
        **counts,
        "note": note,
    }


def _value(
    exact: np.ndarray, below: np.ndarray, above: np.ndarray
) -> tuple[float, str | None, str]:
    if len(exact):
        mean = float(exact.mean())
        notes = []
        if len(exact) > 1 and np.ptp(exact) > _CONFLICT:
            notes.append(f"curves are {np.ptp(exact):.2f} log units apart")
        if len(below) and below.min() < mean - _CONFLICT:
            notes.append(f"another curve says below {below.min():.2f}")
        if len(above) and above.max() > mean + _CONFLICT:
            notes.append(f"another curve says above {above.max():.2f}")
        return mean, "=", "; ".join(notes)
    if len(below) and len(above):
        words = f"one curve says below {below.min():.2f}, another above {above.max():.2f}"
        return float("nan"), None, words
    if len(below):
        return float(below.min()), "<", ""
    if len(above):
        return float(above.max()), ">", ""
    return float("nan"), None, "no curve has a reportable value"
