"""Raw signals of a plate as percent between its controls."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import pandas as pd

from molagent.errors import InputError

__all__ = ["control_levels", "normalise"]

_CENTRES: Final = ("median", "mean")


def normalise(
    wells: pd.DataFrame,
    by: Sequence[str] = ("barcode",),
    *,
    centre: Literal["median", "mean"] = "median",
) -> pd.DataFrame:
    """Return the wells with ``response``: 0 % at the negative, 100 % at the positive control.

    ``response = 100 (neg - signal) / (neg - pos)``, each plate by its own controls. A negative
    control has the effect of no compound (solvent), a positive one the full effect (an inhibitor in
    excess, no enzyme), whichever of the two gives more light.

    Parameters
    ----------
    wells
        ``role`` (sample, pos, neg, ref, empty), ``signal`` and the columns `by`; wells with
        ``outlier`` are not taken as controls.
    by
        What names a plate.
    centre
        The median is not moved by a failed control well.

    Returns
    -------
    pandas.DataFrame
        The same rows; ``response`` is NaN on plates that lack a kind of control, or whose controls
        do not differ.

    Examples
    --------
    >>> wells = pd.DataFrame({"barcode": "P1", "role": ["neg", "pos", "sample"],
    ...                       "signal": [5000.0, 400.0, 2700.0]})
    >>> normalise(wells)["response"].tolist()
    [0.0, 100.0, 50.0]
    """
    levels = control_levels(wells, by, centre=centre)
    keyed = wells[list(by)].merge(levels, on=list(by), how="left", validate="many_to_one")
    window = (keyed["neg"] - keyed["pos"]).to_numpy(dtype=float)
    signal = wells["signal"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        response = 100.0 * (keyed["neg"].to_numpy(dtype=float) - signal) / window
    return wells.assign(response=np.where(window == 0, np.nan, response))


def control_levels(
    wells: pd.DataFrame,
    by: Sequence[str] = ("barcode",),
    *,
    centre: Literal["median", "mean"] = "median",
) -> pd.DataFrame:
    """Return the centre of each plate's controls: the columns `by`, ``neg`` and ``pos``."""
    missing = [name for name in (*by, "role", "signal") if name not in wells]
    if missing:
        raise InputError(
            f"no column {', '.join(map(repr, missing))} among the wells",
            remedy="wells have role, signal and the plate's name",
        )
    if centre not in _CENTRES:
        raise InputError(f"no centre {centre!r}", remedy=f"use one of {', '.join(_CENTRES)}")
    believed = wells
    if "outlier" in wells:
        believed = wells[~wells["outlier"].fillna(value=False).astype(bool)]
    controls = believed[believed["role"].isin(["neg", "pos"])]
    table = controls.pivot_table(
        index=list(by), columns="role", values="signal", aggfunc=centre, observed=True
    )
    levels = wells[list(by)].drop_duplicates().set_index(list(by))
    for role in ("neg", "pos"):
        levels[role] = table.get(role, np.nan)
    return levels.reset_index()
